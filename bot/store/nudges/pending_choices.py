"""What was offered on platforms without buttons, so that an answer is understood later."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.engine import upsert
from bot.store.schema.nudges import OfferRow

Choices = Sequence[Sequence[str]]


async def keep(
    session: AsyncSession,
    place: tuple[str, str, str],
    choices: Choices,
    at: datetime,
) -> None:
    """Remembers what the message at `place` (channel, address, receipt) offers now.

    The last one that was kept is the latest of its address.
    """
    await drop(session, place)
    if choices:
        channel, address, receipt = place
        new = upsert(session.get_bind().dialect.name, OfferRow).values(
            channel=channel,
            address=address,
            receipt=receipt,
            choices=[list(choice) for choice in choices],
            at=at,
        )
        await session.execute(new)


async def drop(session: AsyncSession, place: tuple[str, str, str]) -> None:
    """The message at `place` offers nothing any more."""
    await session.execute(delete(OfferRow).where(*_at(place)))


async def of(session: AsyncSession, place: tuple[str, str, str]) -> Choices | None:
    """What the message at `place` offers."""
    row = (await session.execute(select(OfferRow.choices).where(*_at(place)))).first()
    return None if row is None else row.choices


async def latest(session: AsyncSession, channel: str, address: str) -> tuple[str, Choices] | None:
    """The receipt and the choices of what was offered last at this address."""
    query = (
        select(OfferRow.receipt, OfferRow.choices)
        .where(OfferRow.channel == channel, OfferRow.address == address)
        .order_by(OfferRow.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row.receipt, row.choices)


async def forget_old(session: AsyncSession, before: datetime) -> None:
    """Drops what was offered before this moment."""
    await session.execute(delete(OfferRow).where(OfferRow.at < before))


def _at(place: tuple[str, str, str]) -> list[ColumnElement[bool]]:
    channel, address, receipt = place
    return [
        OfferRow.channel == channel,
        OfferRow.address == address,
        OfferRow.receipt == receipt,
    ]
