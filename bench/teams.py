"""Many teams at once: one of three hundred with two years behind it, and thousands of six."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.crowd import settle
from bot.core.rhythm.rhythm import WORKWEEK, at_local, local_day
from bot.core.streaks.rounds import Answer
from bot.core.streaks.team_board import WeekMark, monday_of
from bot.store.db.engine import Database
from bot.store.schema import Base
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, TeamRow, TeamWeekRow

BIG = 1  # the number of the team of 300; those of six have higher ones
BIG_SIZE, BIG_ROUNDS = 300, 200
SIZE, ROUNDS = 6, 10
WEEKS = 104
ZONE = ZoneInfo("Europe/Amsterdam")
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
HALF_PAST_NINE = time(9, 30)
CHUNK = 10_000

Row = dict[str, object]
Crowd = Sequence[tuple[int, range, int]]  # the number of a team, its members, rounds of each


async def enrol_teams(database: Database, big: bool, others: int, at: datetime) -> None:
    """A team of 300, if wanted, and so many of six; all with closed weeks and rounds behind them.

    Args:
        database: migrated, with the sets, and nobody in it.
        big: whether there is a team of 300.
        others: how many teams of six.
        at: the present, in the afternoon; two of three did what they got until then.
    """
    crowd = _crowd(big, others)
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        challenges = (await connection.execute(select(ChallengeRow.id))).scalars().all()
        await _insert(connection, TeamRow, (_team(number, at) for number, *_ in crowd))
        numbers = (number for _, members, _ in crowd for number in members)
        await _insert(connection, MemberRow, (_member(number, at) for number in numbers))
        await _insert(connection, MembershipRow, _memberships(crowd, at))
        await _insert(connection, TeamWeekRow, _weeks(crowd, at))
        await _insert(connection, NudgeRow, _nudges(crowd, at, challenges))
    await settle(database)


def _crowd(big: bool, others: int) -> Crowd:
    found = [(BIG, range(1, BIG_SIZE + 1), BIG_ROUNDS)] if big else []
    for other in range(others):
        first = BIG_SIZE + 1 + other * SIZE
        found.append((BIG + 1 + other, range(first, first + SIZE), ROUNDS))
    return found


async def _insert(connection: AsyncConnection, table: type[Base], rows: Iterable[Row]) -> None:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        await connection.execute(insert(table), chunk)


def _team(number: int, at: datetime) -> Row:
    return {
        "id": number,
        "name": f"Team {number}",
        "name_key": f"team {number}",
        "language": "nl",
        "zone": ZONE.key,
        "created_at": at - WEEKS * WEEK,
        "open_week": monday_of(local_day(at, ZONE)),
        "digest_weekday": 5,
        "digest_time": time(15, 30),
        "next_digest_at": at + WEEK,
    }


def _member(number: int, at: datetime) -> Row:
    return {
        "id": number,
        "language": "nl",
        "weekdays": WORKWEEK,
        "nudge_time": HALF_PAST_NINE,
        "zone": ZONE.key,
        "joined_at": at - WEEKS * WEEK,
        "welcomed": True,
        "seen_on": at.date(),
        "next_nudge_at": at + DAY,
    }


def _memberships(crowd: Crowd, at: datetime) -> Iterator[Row]:
    for team, members, _ in crowd:
        for member in members:
            yield {
                "team_id": team,
                "member_id": member,
                "joined_at": at - WEEKS * WEEK,
                "hidden": False,
            }


def _weeks(crowd: Crowd, at: datetime) -> Iterator[Row]:
    """The weeks that are closed: two years of the team of 300, two of each other one."""
    this_monday = monday_of(local_day(at, ZONE))
    for team, _, _ in crowd:
        for back in range(WEEKS if team == BIG else 2, 0, -1):
            yield {
                "team_id": team,
                "monday": this_monday - back * WEEK,
                "mark": WeekMark.MOST if back % 6 > 1 else WeekMark.HALF,
                "themes": ["lef", "nieuwsgierig", "toeval"],
            }


def _nudges(crowd: Crowd, at: datetime, challenges: Sequence[int]) -> Iterator[Row]:
    """The nudges of the last days at work, team after team; two of three were done."""
    today = local_day(at, ZONE)
    days = [day for back in range(400) if (day := today - back * DAY).weekday() < 5]
    for _, members, rounds in crowd:
        for back in range(rounds - 1, -1, -1):
            day = days[back]
            round_at = at_local(day, HALF_PAST_NINE, ZONE)
            for member in members:
                did = (member + back) % 3 > 0
                yield {
                    "member_id": member,
                    "challenge_id": challenges[(member + back) % len(challenges)],
                    "round_at": round_at,
                    "day": day,
                    "per_week": 5,
                    "extra": False,
                    "swaps": 0,
                    "attempts": 1,
                    "sent_at": round_at,
                    "answer": Answer.DONE if did else None,
                    "answered_at": round_at if did else None,
                }
