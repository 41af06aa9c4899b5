"""The orders in which trainers put the weeks and challenges of programmes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.programme import Programme
from bot.core.challenges.programme_order import Order, WeekOrder, in_order
from bot.store.db.engine import upsert
from bot.store.schema.challenges import ProgrammeOrderRow

NOT_CHANGED = 0  # the revision of a programme in the order in which it is packaged


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order that was chosen for a programme.

    Attributes:
        order: the order; it may be of an earlier release's programme.
        revision: how often it was changed.
        last_move: what the last change was.
    """

    order: Order
    revision: int
    last_move: str


async def stored_orders(session: AsyncSession) -> dict[str, StoredOrder]:
    """Returns the orders that were chosen, by programme."""
    rows = (await session.scalars(select(ProgrammeOrderRow))).all()
    return {
        row.programme: StoredOrder(
            tuple(WeekOrder(week, tuple(challenges)) for week, challenges in row.weeks),
            row.revision,
            row.last_move,
        )
        for row in rows
    }


async def with_orders(
    session: AsyncSession, programmes: Mapping[str, Programme]
) -> dict[str, Programme]:
    """Returns the programmes, by name, each in the order that was chosen for it."""
    stored = await stored_orders(session)
    return {
        name: in_order(programme, stored[name].order) if name in stored else programme
        for name, programme in programmes.items()
    }


async def save(session: AsyncSession, programme: str, changed: StoredOrder, at: datetime) -> bool:
    """Saves an order in the place of one revision; returns False when that is not the newest one.

    Args:
        session: the transaction.
        programme: the programme's name.
        changed: what is saved, with the revision that it was made of; `NOT_CHANGED`: nobody had
            changed the order.
        at: the present.
    """
    revision = changed.revision
    values = {
        "weeks": [[each.week, [*each.challenges]] for each in changed.order],
        "last_move": changed.last_move,
        "revision": revision + 1,
        "saved_at": at,
    }
    if revision == NOT_CHANGED:
        insert = upsert(session.get_bind().dialect.name, ProgrammeOrderRow).on_conflict_do_nothing()
        saved = await session.scalars(
            insert.values(programme=programme, **values).returning(ProgrammeOrderRow.programme)
        )
    else:
        change = update(ProgrammeOrderRow).where(*_newest(programme, revision)).values(**values)
        saved = await session.scalars(change.returning(ProgrammeOrderRow.programme))
    return bool(saved.all())


async def reset(session: AsyncSession, programme: str, revision: int) -> bool:
    """Deletes an order; returns False when this is not its newest revision."""
    deleted = await session.scalars(
        delete(ProgrammeOrderRow)
        .where(*_newest(programme, revision))
        .returning(ProgrammeOrderRow.programme)
    )
    return bool(deleted.all())


def _newest(programme: str, revision: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ProgrammeOrderRow.programme == programme, ProgrammeOrderRow.revision == revision
