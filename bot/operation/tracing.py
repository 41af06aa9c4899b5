"""Traces: what a nudge or an update goes through, as spans. Nothing is measured unless asked for.

Whoever sets up a tracer (see `bot.operation.telemetry`) gets each span when it is over. No span has
an id, a name, an address or a text of anybody: its attributes say what kind of work it was.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Protocol

Attribute = str | int
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tracer(Protocol):
    """Where spans go; moments are nanoseconds since 1970."""

    def moment(self) -> int:
        """Returns the present."""
        ...

    def start(self, name: str, parent: object | None, since: int) -> object:
        """Returns a new span, of a trace of its own if it has no parent."""
        ...

    def finish(
        self, span: object, until: int, attributes: Mapping[str, Attribute], fault: str
    ) -> None:
        """Takes a span that is over; `fault` is the kind of error that ended it, or empty."""
        ...


class Span:
    """A piece of work that is being done.

    Args:
        tracer: where it goes.
        name: what kind of work it is.
        parent: what it is a part of; None: nothing, it is a trace.
        since: when it began; None: now.
        attributes: what more is known of it.

    Attributes:
        is_over: whether it has ended.
    """

    __slots__ = ("_attributes", "_parent", "_span", "_tracer", "is_over")

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        parent: "Span | None",
        since: int | None,
        attributes: Mapping[str, Attribute],
    ) -> None:
        self._tracer, self._parent, self.is_over = tracer, parent, False
        above = None if parent is None else parent._span
        self._span: object = tracer.start(name, above, tracer.moment() if since is None else since)
        self._attributes = dict(attributes)

    def part(self, name: str, since: int | None = None) -> "Span":
        """Returns a span that is a part of this one, and begins now or began then."""
        return Span(self._tracer, name, self, since, {})

    def note(self, **attributes: Attribute) -> None:
        """Adds what is known by now."""
        self._attributes.update(attributes)

    def end(self, until: int | None = None, fault: str = "") -> None:
        """Ends it, now or then; once."""
        if not self.is_over:
            self.is_over = True
            end = self._tracer.moment() if until is None else until
            self._tracer.finish(self._span, end, self._attributes, fault)

    def not_over(self) -> "Span | None":
        """Returns this one, or the nearest that it is a part of, as long as that goes on."""
        return self if not self.is_over else self._parent and self._parent.not_over()


_tracers: list[Tracer] = []
_current: ContextVar[Span | None] = ContextVar("span", default=None)


@contextmanager
def tracing_with(tracer: Tracer | None) -> Iterator[None]:
    """Has all that begins within the block traced; None: nothing."""
    before, _tracers[:] = list(_tracers), [tracer] if tracer else []
    try:
        yield
    finally:
        _tracers[:] = before


def moment() -> int | None:
    """Returns the present; None: nothing is traced."""
    return _tracers[0].moment() if _tracers else None


def nanoseconds(at: datetime) -> int:
    """Returns a moment as tracers have it."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1_000


def begin(name: str, since: int | None = None, **attributes: Attribute) -> Span | None:
    """Begins a trace, now or then; None: nothing is traced."""
    return Span(_tracers[0], name, None, since, attributes) if _tracers else None


@contextmanager
def within(span: Span | None) -> Iterator[None]:
    """Has the block be this span, which ends with it; None: nothing is traced."""
    if span is None:
        yield
        return
    token = _current.set(span)
    try:
        yield
    except BaseException as error:
        span.end(fault=type(error).__name__)
        raise
    finally:
        _current.reset(token)
        span.end()


@contextmanager
def stage(name: str, **attributes: Attribute) -> Iterator[None]:
    """Has the block be a part of what is being traced; nothing if nothing is."""
    current = _current.get()
    open_span = current.not_over() if current is not None else None
    part = None if open_span is None else open_span.part(name)
    if part is not None:
        part.note(**attributes)
    with within(part):
        yield


def note(**attributes: Attribute) -> None:
    """Adds what is known by now to what is being traced, if anything is."""
    if (current := _current.get()) is not None:
        current.note(**attributes)
