"""OpenTelemetry: traces go to a collector, if a setting names one. Nothing is loaded otherwise.

What else there is to set is in the standard variables `OTEL_EXPORTER_OTLP_…`, `OTEL_TRACES_SAMPLER`
and `OTEL_BSP_…`: https://opentelemetry.io/docs/languages/sdk-configuration/
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from bot.config.environment import variable_name
from bot.config.settings import ConfigError
from bot.languages.sentences import Sentence
from bot.messages import Clock
from bot.operation.tracing import Attribute, nanoseconds, tracing_with
from bot.operation.version import program_version

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = structlog.get_logger(__name__)
EXTRA = "telemetry"
PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
PATH = "/v1/traces"
# What is left at the end gets so many seconds to leave; a collector that is away holds nobody up.
FLUSH_SECONDS = 1.0


def is_installed() -> bool:
    """Returns whether what traces need is there."""
    try:
        return all(find_spec(package) is not None for package in PACKAGES)
    except ModuleNotFoundError:  # not even the package above it
        return False


def check_installed(url: str) -> None:
    """Checks that what the setting asks for can be done.

    Raises:
        ConfigError: it names a collector, and the packages are not there.
    """
    if url and not is_installed():
        name = variable_name("traces_url")
        raise ConfigError([Sentence("config.no_extra", name=name, extra=EXTRA)])


@contextmanager
def traces_to(url: str, clock: Clock) -> Iterator[None]:
    """Sends what is traced within the block to a collector; an empty `url` means that nothing is.

    Raises:
        ConfigError: the packages are not there.
    """
    if not url:
        yield
        return
    check_installed(url)
    provider = _provider(url)
    try:
        with tracing_with(_OpenTelemetry(provider, clock)):
            yield
    finally:
        # In a thread that nobody waits for any longer: a request may hang until its own time-out.
        flushing = threading.Thread(target=provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(FLUSH_SECONDS)


def _provider(url: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # What fails is logged here, once. The library does so for each batch, with the address.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    named = {"service.name": "olievlek", "service.version": program_version()}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}{PATH}")
    provider.add_span_processor(BatchSpanProcessor(_logged_once(exporter)))
    return provider


def _logged_once(exporter: "SpanExporter") -> "SpanExporter":
    """Returns the exporter with a line in the log when it begins to fail, and when that is over."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class LoggedOnce(SpanExporter):
        is_failing = False

        def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
            result = exporter.export(spans)
            is_failing = result is not SpanExportResult.SUCCESS
            if is_failing and not self.is_failing:
                log.warning("traces cannot be sent; they are dropped until the collector answers")
            if self.is_failing and not is_failing:
                log.info("traces can be sent again")
            self.is_failing = is_failing
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

    return LoggedOnce()


class _OpenTelemetry:
    """A tracer (see `bot.operation.tracing`) on OpenTelemetry's SDK."""

    def __init__(self, provider: "TracerProvider", clock: Clock) -> None:
        from opentelemetry import trace

        self._api, self._clock = trace, clock
        self._tracer = provider.get_tracer("olievlek")

    def moment(self) -> int:
        return nanoseconds(self._clock())

    def start(self, name: str, parent: object | None, since: int) -> object:
        above = parent if isinstance(parent, self._api.Span) else self._api.INVALID_SPAN
        context = self._api.set_span_in_context(above)
        return self._tracer.start_span(name, context, start_time=since)

    def finish(
        self, span: object, until: int, attributes: Mapping[str, Attribute], fault: str
    ) -> None:
        if isinstance(span, self._api.Span):
            span.set_attributes(attributes)
            if fault:
                span.set_status(self._api.StatusCode.ERROR, fault)
            span.end(until)
