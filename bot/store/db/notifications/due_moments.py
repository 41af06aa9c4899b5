"""Due moments: whoever waits for the next one hears of each that a transaction changed.

A row that says when something is to be sent implements `due_at`. When a transaction that changed
such rows commits, the earliest of their moments is announced to this process; on PostgreSQL it is
announced to all replicas, by a NOTIFY that is part of the transaction.
"""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from sqlalchemy import event, inspect, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, UOWTransaction

NOTIFY_CHANNEL = "olievlek_due"
_EARLIEST = "earliest due moment"

Listener = Callable[[datetime], None]
"""Is told the earliest moment that a transaction set, after its commit."""


@runtime_checkable
class DueRow(Protocol):
    """A row because of which something is sent at some moment.

    Attributes:
        due_columns: the names of the columns that decide when.
    """

    due_columns: ClassVar[tuple[str, ...]]

    def due_at(self) -> datetime | None:
        """Returns when; None: nothing is to be sent."""


class DueMoments:
    """Announces the due moments that the sessions of one database set.

    Attributes:
        session_class: the class of which the database makes its sessions.
    """

    def __init__(self) -> None:
        self.session_class = type("AnnouncingSession", (Session,), {})
        self._listeners: list[Listener] = []
        event.listen(self.session_class, "after_flush", _note_flushed)
        event.listen(self.session_class, "after_commit", self._announce)
        event.listen(self.session_class, "after_rollback", _forget)

    def listen(self, listener: Listener) -> None:
        """Calls `listener` from now on, for as long as the database is open."""
        self._listeners.append(listener)

    def announce(self, moment: datetime) -> None:
        """Tells every listener in this process that something is due at `moment`."""
        for listener in self._listeners:
            listener(moment)

    def _announce(self, session: Session) -> None:
        moment: datetime | None = session.info.pop(_EARLIEST, None)
        if moment is not None:
            self.announce(moment)


async def note_due(session: AsyncSession, moment: datetime) -> None:
    """Notes what a bulk statement of this transaction made due at `moment`."""
    await session.run_sync(_note, moment)


def _note_flushed(session: Session, _: UOWTransaction) -> None:
    """Notes the earliest moment among the rows that are being written."""
    rows = [row for row in (*session.new, *session.dirty) if isinstance(row, DueRow)]
    moments = [due for row in rows if _is_rescheduled(row) and (due := row.due_at())]
    if moments:
        _note(session, min(moments))


def _is_rescheduled(row: DueRow) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in row.due_columns)


def _note(session: Session, moment: datetime) -> None:
    session.info[_EARLIEST] = min(moment, session.info.get(_EARLIEST, moment))
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # sent at the commit, and not at all without one
        notify = text("SELECT pg_notify(:channel, :moment)")
        connection.execute(notify, {"channel": NOTIFY_CHANNEL, "moment": moment.isoformat()})


def _forget(session: Session) -> None:
    session.info.pop(_EARLIEST, None)
