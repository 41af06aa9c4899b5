"""Leases: a row that is being sent belongs to one sender until a moment, and then to anybody.

The table has a column `leased_until`. A sender that dies leaves its lease behind, which runs out.
"""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

Lease = InstrumentedAttribute[datetime | None]


class Leasable(Protocol):
    """A row that has to be sent at `send_at`, and that one sender has until `leased_until`."""

    send_at: Any
    leased_until: Any
    attempts: Any


def take(row: Leasable, until: datetime) -> None:
    """Leases the row until `until`, which counts as one attempt to send it.

    The row has to be locked, or nobody else may know of it yet; flush before the transaction ends.
    """
    row.leased_until = until
    row.attempts += 1


def is_free(leased_until: Lease, now: datetime) -> ColumnElement[bool]:
    """Returns the condition that nobody has a lease on the row at `now`."""
    return or_(leased_until.is_(None), leased_until <= now)


def is_leased(row: Leasable, now: datetime) -> bool:
    """Returns whether somebody has a lease on the row at `now`."""
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
