"""Histories: what each member received and did, one row per member, for selecting the next one."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.selection import History, Selected
from bot.store.db.engine import upsert
from bot.store.schema.challenges import ChallengeRow, HistoryRow, decode_bit_sets, encode_bit_sets
from bot.store.schema.nudges import COUNTS_FOR_STREAK, NudgeRow

# From twelve on, the number of challenges done makes no difference to the selection.
DONE_FOR_HIGHEST_DARING = 12


async def histories_of(session: AsyncSession, member_ids: Collection[int]) -> dict[int, History]:
    """Returns the history of each member; one that is not stored yet is rebuilt from the nudges."""
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
    histories = {
        member_id: History(decode_bit_sets(received), theme, rounds, count)
        for member_id, received, theme, rounds, count in await connection.execute(query)
    }
    if missing := set(member_ids) - histories.keys():
        histories |= await _rebuild(session, missing)
    return histories


async def _rebuild(session: AsyncSession, member_ids: Collection[int]) -> dict[int, History]:
    """Builds the histories of these members from all their nudges, stores and returns them."""
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
    received = dict.fromkeys(member_ids, History())
    done: dict[int, int] = defaultdict(int)
    connection = await session.connection()
    for member_id, number, theme, is_planned, counts in await connection.execute(query):
        received[member_id] = received[member_id].after_receiving(
            number, theme, planned=bool(is_planned)
        )
        done[member_id] += bool(counts)
    histories = {
        member_id: replace(history, done=min(done[member_id], DONE_FOR_HIGHEST_DARING))
        for member_id, history in received.items()
    }
    # In the order of the members, so that two transactions lock the rows in the same order.
    rows = [_column_values(member_id, history) for member_id, history in sorted(histories.items())]
    await connection.execute(insert(HistoryRow), rows)
    return histories


@dataclass(frozen=True, slots=True)
class Received:
    """A challenge that a member receives.

    Attributes:
        history: the member's history before it.
        selected: the challenge.
        planned: whether it begins one of the member's own rounds.
    """

    history: History
    selected: Selected
    planned: bool


async def record_received(session: AsyncSession, received: Mapping[int, Received]) -> None:
    """Stores that these members, by id, each received another challenge.

    An upsert, and not an UPDATE: it finds each row through the unique index by definition.
    PostgreSQL planned the UPDATE as a scan of the whole table for each member until autovacuum
    had counted the rows of a new table; that took two thirds of the time of a claim.
    """
    if not received:
        return
    rows = []
    # In the order of the members, so that two transactions lock the rows in the same order.
    for member_id, item in sorted(received.items()):
        history = item.history.after_receiving(
            item.selected.number, item.selected.theme, planned=item.planned
        )
        rows.append(_column_values(member_id, history))
    connection = await session.connection()
    statement = upsert(connection.dialect.name, HistoryRow)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id"],
            set_={
                name: statement.excluded[name] for name in ("received_bits", "last_theme", "rounds")
            },
        ).returning(HistoryRow.member_id),  # so that many rows go in one statement
        rows,
    )


def _column_values(member_id: int, history: History) -> dict[str, object]:
    return {
        "member_id": member_id,
        "received_bits": encode_bit_sets(history.times_received),
        "last_theme": history.last_theme,
        "rounds": history.rounds,
    }


async def discard(session: AsyncSession, member_ids: Collection[int]) -> None:
    """Deletes the stored histories of these members, whose nudges have changed hands.

    They are rebuilt from the nudges when they are needed next.
    """
    await session.execute(delete(HistoryRow).where(HistoryRow.member_id.in_(member_ids)))
