"""Leases: a row that is being sent belongs to one sender for a limited time.

The table has a column `leased_until`, which only this module writes. A sender that crashes leaves
its lease behind; when it has run out another sender claims the row, so that a crash costs a delay,
or, when the platform had the message already, a message that arrives twice.
"""

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, case, func, or_
from sqlalchemy.orm import InstrumentedAttribute

NUDGE_LEASE = timedelta(seconds=20)
DIGEST_LEASE = timedelta(seconds=60)
REPLY_LEASE = timedelta(seconds=60)
DUE_COLUMNS = ("send_at", "leased_until")
NO_LEASE: dict[str, Any] = {"leased_until": None}
"""The column values, for a bulk UPDATE, of rows whose leases end; they stay due when they were."""

Lease = InstrumentedAttribute[datetime | None]


class Leasable(Protocol):
    """A row that has to be sent at `send_at`, and that one sender has until `leased_until`."""

    send_at: Any
    leased_until: Any
    attempts: Any


def take(row: Leasable, until: datetime, *, is_attempt: bool = True) -> None:
    """Leases the row until `until`; with `is_attempt` that counts as one attempt to send it.

    The row has to be locked, or new in this transaction: otherwise two senders could both read that
    it is free, and both send it. The lease holds once the transaction is committed, so send after.
    """
    row.leased_until = until
    if is_attempt:
        row.attempts += 1


def leased_values(until: datetime) -> dict[str, Any]:
    """Returns the column values of a row that is inserted with a lease, as its first attempt."""
    return {"leased_until": until, "attempts": 1}


def is_free(leased_until: Lease, now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Returns the condition that no sender has a lease on the row at `now`."""
    return or_(leased_until.is_(None), leased_until <= now)


def due_at(row: Leasable) -> datetime | None:
    """Returns when the row is to be sent, once nobody has a lease on it; None: not any more."""
    if row.send_at is None:
        return None
    moment: datetime = max(row.send_at, row.leased_until or row.send_at)
    return moment


def earliest_due(send_at: Lease, leased_until: Lease) -> ColumnElement[datetime | None]:
    """Returns the earliest moment at which any of the rows is to be sent, as `due_at` has it."""
    return func.min(case((leased_until > send_at, leased_until), else_=send_at))


def is_leased(row: Leasable, now: datetime) -> bool:
    """Returns whether a sender has a lease on the row at `now`."""
    return row.leased_until is not None and row.leased_until > now


def is_still_ours(row: Leasable, until: datetime) -> bool:
    """Returns whether the lease that was taken until `until` is still on the row.

    It is not when it was released, because the row was settled or postponed in the meantime, or
    when another sender leased the row after ours ran out.
    """
    return bool(row.leased_until == until)


def release(row: Leasable, send_at: datetime | None) -> None:
    """Ends the lease; the row is sent again at `send_at`, or not any more when that is None."""
    row.send_at, row.leased_until = send_at, None


def released_values(send_at: Any) -> dict[str, Any]:  # noqa: ANN401 - a moment, None or an expression
    """Returns the column values with which a bulk UPDATE releases rows, as `release` does one."""
    return {"send_at": send_at, **NO_LEASE}
