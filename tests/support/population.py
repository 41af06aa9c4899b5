"""Many members at once, written straight into the store, and what it says of their nudges."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.core.rhythm import Rhythm
from bot.core.workdays import next_round
from bot.store.db.engine import Database
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow


async def enrol(
    database: Database,
    people: Mapping[int, Rhythm],
    at: datetime,
    *,
    channel: str = "telegram",
    addresses: Mapping[int, str] | None = None,
) -> None:
    """Everyone in `people` takes part from `at` on.

    Their chat's number is their member's too, unless `addresses` says where they are.
    """
    members = [
        {
            "id": chat,
            "language": "nl",
            "weekdays": rhythm.weekdays,
            "nudge_time": rhythm.at,
            "zone": rhythm.zone.key,
            "joined_at": at,
            "welcomed": True,
            "next_nudge_at": next_round(rhythm, at, []),
        }
        for chat, rhythm in people.items()
    ]
    where = addresses or {chat: str(chat) for chat in people}
    rows = [{"member_id": chat, "channel": channel, "address": where[chat]} for chat in people]
    async with database.transaction() as session:
        await session.execute(insert(MemberRow), members)
        await session.execute(insert(AddressRow), rows)


async def all_are_due(database: Database, at: datetime) -> None:
    """The moment of everyone has come."""
    async with database.transaction() as session:
        await session.execute(update(MemberRow).values(next_nudge_at=at))


async def nudges_per_member(database: Database) -> dict[int, list[int]]:
    """The numbers of each member's nudges, oldest first."""
    query = select(NudgeRow.member_id, NudgeRow.id).order_by(NudgeRow.id)
    found: dict[int, list[int]] = {}
    async with database.reading() as session:
        for member, nudge in (await session.execute(query)).all():
            found.setdefault(member, []).append(nudge)
    return found


async def recorded(database: Database) -> set[int]:
    """The nudges of which it is noted that they were sent."""
    query = select(NudgeRow.id).where(NudgeRow.sent_at.is_not(None))
    async with database.reading() as session:
        return set((await session.scalars(query)).all())
