"""What members got and did, as far as the next choice needs it: a row each, however long ago."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.selection import Choice, Past
from bot.store.schema.challenges import ChallengeRow, PastRow, laps_of, laps_text
from bot.store.schema.nudges import COUNTED, NudgeRow

# From twelve on, how many somebody did makes no difference to what they get.
ENOUGH_DONE = 12


async def of_members(session: AsyncSession, member_ids: Collection[int]) -> dict[int, Past]:
    """What these members got; where it is not kept yet, it is made of their nudges."""
    done = (
        select(literal_column("1"))
        .where(NudgeRow.member_id == PastRow.member_id, COUNTED)
        .limit(ENOUGH_DONE)
        .correlate(PastRow)
        .subquery()
    )
    query = select(
        PastRow.member_id,
        PastRow.laps,
        PastRow.last_theme,
        PastRow.rounds,
        select(func.count()).select_from(done).correlate(PastRow).scalar_subquery(),
    ).where(PastRow.member_id.in_(member_ids))
    connection = await session.connection()
    found = {
        number: Past(laps_of(laps), theme, rounds, counted)
        for number, laps, theme, rounds, counted in await connection.execute(query)
    }
    if missing := set(member_ids) - found.keys():
        found |= await _made(session, missing)
    return found


async def _made(session: AsyncSession, member_ids: Collection[int]) -> dict[int, Past]:
    """Goes through all nudges of these members, once, and keeps what they come to."""
    planned = ~NudgeRow.extra & (NudgeRow.swaps == 0)
    query = (
        select(
            NudgeRow.member_id,
            ChallengeRow.number,
            ChallengeRow.set_name,
            planned,
            func.coalesce(COUNTED, literal_column("false")),
        )
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(NudgeRow.member_id.in_(member_ids))
        .order_by(NudgeRow.id)
    )
    found = dict.fromkeys(member_ids, Past())
    done: dict[int, int] = defaultdict(int)
    connection = await session.connection()
    for member_id, number, theme, began, counted in await connection.execute(query):
        found[member_id] = found[member_id].with_one(number, theme, planned=bool(began))
        done[member_id] += bool(counted)
    found = {
        number: Past(past.laps, past.last_theme, past.rounds, min(done[number], ENOUGH_DONE))
        for number, past in found.items()
    }
    rows = [
        {"member_id": number, "laps": laps_text(past)} | _kept(past)
        for number, past in sorted(found.items())
    ]
    await connection.execute(insert(PastRow), rows)
    return found


@dataclass(frozen=True, slots=True)
class Got:
    """What a member is going to get, and whether it begins one of their own rounds."""

    past: Past
    choice: Choice
    planned: bool


async def note(session: AsyncSession, got: Mapping[int, Got]) -> None:
    """Keeps that these members got another challenge."""
    if not got:
        return
    rows = []
    for number, one in sorted(got.items()):
        past = one.past.with_one(one.choice.number, one.choice.theme, planned=one.planned)
        rows.append({"member": number, "now": laps_text(past)} | _kept(past))
    connection = await session.connection()
    await connection.execute(
        update(PastRow)
        .where(PastRow.member_id == bindparam("member"))
        .values(
            laps=bindparam("now"),
            last_theme=bindparam("last_theme"),
            rounds=bindparam("rounds"),
        ),
        rows,
    )


def _kept(past: Past) -> dict[str, object]:
    return {"last_theme": past.last_theme, "rounds": past.rounds}


async def forget(session: AsyncSession, member_ids: Collection[int]) -> None:
    """Has it made anew, because whose nudges these are has changed."""
    await session.execute(delete(PastRow).where(PastRow.member_id.in_(member_ids)))
