"""Pending choices: what a message offered on a platform without buttons, until it is answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.engine import upsert
from bot.store.schema.nudges import PendingChoicesRow

Choices = Sequence[Sequence[str]]


async def keep(
    session: AsyncSession,
    place: tuple[str, str, str],
    choices: Choices,
    at: datetime,
) -> None:
    """Stores the choices of the message at `place` (channel, address, receipt).

    Earlier choices of the message are deleted, not updated, so that the row gets a new id: that is
    what makes these the latest of their address.
    """
    await drop(session, place)
    if choices:
        channel, address, receipt = place
        new = upsert(session.get_bind().dialect.name, PendingChoicesRow).values(
            channel=channel,
            address=address,
            receipt=receipt,
            choices=[list(choice) for choice in choices],
            offered_at=at,
        )
        await session.execute(new)


async def drop(session: AsyncSession, place: tuple[str, str, str]) -> None:
    """Deletes the choices of the message at `place`."""
    await session.execute(delete(PendingChoicesRow).where(*_matches(place)))


async def choices_under(session: AsyncSession, place: tuple[str, str, str]) -> Choices | None:
    """Returns the choices of the message at `place`, or None."""
    row = (await session.execute(select(PendingChoicesRow.choices).where(*_matches(place)))).first()
    return None if row is None else row.choices


async def latest_choices(
    session: AsyncSession, channel: str, address: str, place: str
) -> tuple[str, Choices] | None:
    """Returns the receipt and the choices that were stored last for this address, or None.

    Those count whose receipts end with `place`.
    """
    query = (
        select(PendingChoicesRow.receipt, PendingChoicesRow.choices)
        .where(
            PendingChoicesRow.channel == channel,
            PendingChoicesRow.address == address,
            PendingChoicesRow.receipt.endswith(place, autoescape=True),
        )
        .order_by(PendingChoicesRow.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row.receipt, row.choices)


def _matches(place: tuple[str, str, str]) -> list[ColumnElement[bool]]:
    channel, address, receipt = place
    return [
        PendingChoicesRow.channel == channel,
        PendingChoicesRow.address == address,
        PendingChoicesRow.receipt == receipt,
    ]
