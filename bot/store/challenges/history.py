"""What members got and did, as far as the next choice needs it: a row each, however long ago."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.selection import History, Selected
from bot.store.db.engine import upsert
from bot.store.schema.challenges import ChallengeRow, HistoryRow, decode_laps, encode_laps
from bot.store.schema.nudges import COUNTS_FOR_STREAK, NudgeRow

# From twelve on, how many somebody did makes no difference to what they get.
DONE_FOR_HIGHEST_DARING = 12


async def histories_of(session: AsyncSession, member_ids: Collection[int]) -> dict[int, History]:
    """What these members got; where it is not kept yet, it is made of their nudges."""
    done = (
        select(literal_column("1"))
        .where(NudgeRow.member_id == HistoryRow.member_id, COUNTS_FOR_STREAK)
        .limit(DONE_FOR_HIGHEST_DARING)
        .correlate(HistoryRow)
        .subquery()
    )
    query = select(
        HistoryRow.member_id,
        HistoryRow.received_bits,
        HistoryRow.last_theme,
        HistoryRow.rounds,
        select(func.count()).select_from(done).correlate(HistoryRow).scalar_subquery(),
    ).where(HistoryRow.member_id.in_(member_ids))
    connection = await session.connection()
    found = {
        number: History(decode_laps(laps), theme, rounds, counted)
        for number, laps, theme, rounds, counted in await connection.execute(query)
    }
    if missing := set(member_ids) - found.keys():
        found |= await _rebuild(session, missing)
    return found


async def _rebuild(session: AsyncSession, member_ids: Collection[int]) -> dict[int, History]:
    """Goes through all nudges of these members, once, and keeps what they come to."""
    planned = ~NudgeRow.extra & (NudgeRow.swaps == 0)
    query = (
        select(
            NudgeRow.member_id,
            ChallengeRow.number,
            ChallengeRow.set_name,
            planned,
            func.coalesce(COUNTS_FOR_STREAK, literal_column("false")),
        )
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(NudgeRow.member_id.in_(member_ids))
        .order_by(NudgeRow.id)
    )
    found = dict.fromkeys(member_ids, History())
    done: dict[int, int] = defaultdict(int)
    connection = await session.connection()
    for member_id, number, theme, began, counted in await connection.execute(query):
        found[member_id] = found[member_id].after_receiving(number, theme, planned=bool(began))
        done[member_id] += bool(counted)
    found = {
        number: History(
            past.times_received,
            past.last_theme,
            past.rounds,
            min(done[number], DONE_FOR_HIGHEST_DARING),
        )
        for number, past in found.items()
    }
    rows = [
        {"member_id": number, "received_bits": encode_laps(past)} | _from_row(past)
        for number, past in sorted(found.items())
    ]
    await connection.execute(insert(HistoryRow), rows)
    return found


@dataclass(frozen=True, slots=True)
class Received:
    """What a member is going to get, and whether it begins one of their own rounds."""

    past: History
    choice: Selected
    planned: bool


async def record_received(session: AsyncSession, received: Mapping[int, Received]) -> None:
    """Stores that these members received another challenge.

    An upsert, and not an UPDATE: it finds each row through the unique index by definition.
    PostgreSQL planned the UPDATE as a scan of the whole table for each member until autovacuum
    had counted the rows of a new table; that took two thirds of the time of a claim.
    """
    if not received:
        return
    rows = []
    for member_id, item in sorted(received.items()):
        history = item.past.after_receiving(
            item.choice.number, item.choice.theme, planned=item.planned
        )
        rows.append(
            {"member_id": member_id, "received_bits": encode_laps(history)} | _from_row(history)
        )
    connection = await session.connection()
    new = upsert(connection.dialect.name, HistoryRow)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["member_id"],
            set_={name: new.excluded[name] for name in ("received_bits", "last_theme", "rounds")},
        ),
        rows,
    )


def _from_row(past: History) -> dict[str, object]:
    return {"last_theme": past.last_theme, "rounds": past.rounds}


async def discard(session: AsyncSession, member_ids: Collection[int]) -> None:
    """Has it made anew, because whose nudges these are has changed."""
    await session.execute(delete(HistoryRow).where(HistoryRow.member_id.in_(member_ids)))
