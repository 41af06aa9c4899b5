"""The weeks of a team in the store: who counts, what stays as it was, and what is closed."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from bot.core.rhythm import WORKWEEK, Rhythm, at_local
from bot.core.rounds import Answer
from bot.core.team_board import Board, Phase, TeamWeek
from bot.store.db.engine import Database
from bot.store.lifecycle import erase, merge_members
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AbsenceRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, RosterRow, TeamRow, TeamWeekRow
from bot.store.teams import teams
from bot.store.teams import weeks as team_weeks
from tests.support.fakes import AMSTERDAM, MONDAY, FixedClock
from tests.support.population import enrol

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
NOON = time(12)
HALF_PAST_NINE = time(9, 30)
MINIMUM = 4
WEEK_OF = date(2026, 11, 23)
TUESDAY = WEEK_OF + DAY
WEDNESDAY = WEEK_OF + 2 * DAY
THURSDAY = WEEK_OF + 3 * DAY
NEXT = WEEK_OF + WEEK
DONE, TRIED, SKIPPED = Answer.DONE, Answer.TRIED, Answer.SKIPPED


def noon(day: date) -> datetime:
    """Twelve o'clock in Amsterdam."""
    return at_local(day, NOON, AMSTERDAM)


@dataclass
class Weeks:
    """A team in a database, its members by number."""

    database: Database
    team: int = 0
    everyone: list[int] = field(default_factory=list)

    async def begins(self, name: str = "Griffie") -> None:
        """There is such a team, from that Monday on."""
        async with self.database.transaction() as session:
            row = await teams.create(session, name, "nl", AMSTERDAM.key, MONDAY)
            self.team = row.id

    async def has(self, many: int, since: date = WEEK_OF) -> list[int]:
        """So many more take part, and belong to the team."""
        first = len(self.everyone) + 1
        numbers = list(range(first, first + many))
        rhythm = Rhythm(WORKWEEK, HALF_PAST_NINE, AMSTERDAM)
        await enrol(self.database, dict.fromkeys(numbers, rhythm), noon(since))
        async with self.database.transaction() as session:
            rows = [
                {"team_id": self.team, "member_id": one, "joined_at": noon(since), "hidden": False}
                for one in numbers
            ]
            await session.execute(insert(MembershipRow), rows)
        self.everyone += numbers
        return numbers

    async def round(
        self, who: list[int], day: date, answer: Answer | None = None, *, extra: bool = False
    ) -> None:
        """A nudge reaches these members at half past nine; they answer it within the hour."""
        at = at_local(day, HALF_PAST_NINE, AMSTERDAM)
        async with self.database.transaction() as session:
            challenge = await session.scalar(select(ChallengeRow.id).order_by(ChallengeRow.id))
            rows = [
                {
                    "member_id": member,
                    "challenge_id": challenge,
                    "round_at": at,
                    "day": day,
                    "per_week": 5,
                    "extra": extra,
                    "sent_at": at,
                    "answer": answer,
                    "answered_at": at + timedelta(hours=1) if answer else None,
                }
                for member in who
            ]
            await session.execute(insert(NudgeRow), rows)

    async def answers(self, who: list[int], answer: Answer, at: datetime) -> None:
        """These members answer whatever they got so far."""
        async with self.database.transaction() as session:
            await session.execute(
                update(NudgeRow)
                .where(NudgeRow.member_id.in_(who))
                .values(answer=answer, answered_at=at)
            )

    async def leaves(self, *who: int) -> None:
        """These members leave."""
        async with self.database.transaction() as session:
            for member in who:
                assert await teams.remove_from_team(session, self.team, member, noon(WEDNESDAY))

    async def hides(self, *who: int) -> None:
        """These members are invisible from now on."""
        async with self.database.transaction() as session:
            await session.execute(
                update(MembershipRow).where(MembershipRow.member_id.in_(who)).values(hidden=True)
            )

    async def is_erased(self, *who: int) -> None:
        """Everything of these members is deleted."""
        async with self.database.transaction() as session:
            for member in who:
                await erase.erase_rows(session, member, noon(WEDNESDAY))

    async def is_away(self, who: list[int], first: date, last: date | None) -> None:
        """These members are away on these days."""
        async with self.database.transaction() as session:
            rows = [{"member_id": one, "first_day": first, "last_day": last} for one in who]
            await session.execute(insert(AbsenceRow), rows)

    async def board(self, at: datetime) -> Board:
        """What a lead sees at that moment."""
        async with self.database.transaction() as session:
            team = await session.get_one(TeamRow, self.team)
            return await team_weeks.board_of(session, team, MINIMUM, at)

    async def closes(self, at: datetime) -> None:
        """What the clock does every few minutes."""
        async with self.database.transaction() as session:
            await team_weeks.close_weeks(
                session, await session.get_one(TeamRow, self.team), MINIMUM, at
            )

    async def count(self, table: type[RosterRow] | type[TeamWeekRow]) -> int:
        """How many rows there are."""
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
async def weeks(database: Database, vault: Vault, clock: FixedClock) -> Weeks:
    """A team without members, on Monday 23 November."""
    found = Weeks(database)
    await found.begins()
    return found


async def counts(weeks: Weeks, at: datetime) -> tuple[int, int]:
    """Of the running week, who had a round and who took part."""
    running = (await weeks.board(at)).running
    return (0, 0) if running is None else (running.had_round, running.took_part)


# -- counting


async def test_a_team_of_three_hundred(weeks: Weeks) -> None:
    everyone = await weeks.has(300)
    await weeks.hides(*everyone[290:])
    await weeks.round(everyone[:100], TUESDAY, DONE)
    await weeks.round(everyone[100:150], TUESDAY, TRIED)
    await weeks.round(everyone[150:280], TUESDAY)
    await weeks.round(everyone[:200], WEDNESDAY, SKIPPED)
    board = await weeks.board(noon(WEDNESDAY))
    assert board.running is not None
    assert (board.running.had_round, board.running.took_part) == (280, 150)
    assert len(board.running.themes) == 1
    closed = replace(board.running, monday=WEEK_OF)
    assert (await weeks.board(noon(NEXT))).weeks == (closed,)


async def test_of_a_small_week_is_only_kept_that_it_was_there(weeks: Weeks) -> None:
    everyone = await weeks.has(3)
    await weeks.round(everyone, TUESDAY, DONE)
    board = await weeks.board(noon(NEXT))
    assert board.weeks == (TeamWeek(WEEK_OF, 0, 0),) and board.phase is Phase.SMALL


async def test_looking_twice_shows_the_same(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:3], TUESDAY, DONE)
    await weeks.round(everyone[3:], TUESDAY)
    assert await weeks.board(noon(WEDNESDAY)) == await weeks.board(noon(WEDNESDAY))
    assert await weeks.board(noon(NEXT)) == await weeks.board(noon(NEXT))


async def test_a_week_ends_at_midnight_where_the_team_is(weeks: Weeks) -> None:
    everyone = await weeks.has(4)
    await weeks.round(everyone, THURSDAY)
    midnight = datetime(2026, 11, 29, 23, tzinfo=UTC)
    await weeks.answers(everyone[:2], DONE, midnight - timedelta(seconds=1))
    await weeks.answers(everyone[2:], DONE, midnight)
    await weeks.closes(midnight - timedelta(seconds=1))
    assert await weeks.count(TeamWeekRow) == 0
    board = await weeks.board(midnight)
    assert [(week.had_round, week.took_part) for week in board.weeks] == [(4, 2)]


async def test_what_reached_somebody_is_a_round_also_on_a_day_off(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    eve = date(2026, 12, 24)
    await weeks.round(everyone[:3], eve)
    await weeks.round(everyone[3:], eve, TRIED)
    await weeks.is_away(everyone[2:4], eve, eve)  # which they say in the afternoon
    assert await counts(weeks, noon(eve + DAY)) == (6, 3)


async def test_what_they_asked_for_themselves_counts_too(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:2], TUESDAY, DONE, extra=True)
    await weeks.round(everyone[2:3], TUESDAY, SKIPPED, extra=True)
    await weeks.round(everyone[3:4], TUESDAY, extra=True)
    await weeks.round(everyone[4:5], TUESDAY)
    assert await counts(weeks, noon(WEDNESDAY)) == (5, 2)


# -- what was said about a week stays true


async def test_a_closed_week_stays_as_it_was(weeks: Weeks) -> None:
    everyone = await weeks.has(8)
    await weeks.round(everyone[:5], TUESDAY, DONE)
    await weeks.round(everyone[5:], TUESDAY)
    before = await weeks.board(noon(NEXT))
    assert [(week.had_round, week.took_part) for week in before.weeks] == [(8, 5)]
    await weeks.answers(everyone[5:], DONE, noon(THURSDAY))  # an answer found only now
    await weeks.leaves(everyone[0])
    await weeks.hides(everyone[1])
    await weeks.is_erased(everyone[2], everyone[7])
    await weeks.has(2)
    await weeks.closes(noon(NEXT + DAY))
    assert (await weeks.board(noon(NEXT + DAY))).weeks == before.weeks
    assert await weeks.count(TeamWeekRow) == 1


async def test_from_the_first_look_on_the_same_people_count(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, TUESDAY)
    assert await counts(weeks, noon(TUESDAY)) == (6, 0)
    new = await weeks.has(2, since=WEDNESDAY)
    await weeks.round(new, THURSDAY, DONE)
    await weeks.leaves(everyone[0])
    await weeks.hides(everyone[1])
    assert await counts(weeks, noon(THURSDAY)) == (6, 0)
    await weeks.round([*everyone, *new], NEXT, DONE)
    board = await weeks.board(noon(NEXT))
    assert board.weeks == (TeamWeek(WEEK_OF, 6, 0),)
    assert board.running is not None
    assert (board.running.had_round, board.running.took_part) == (6, 6)
    assert await weeks.count(RosterRow) == 6  # of the week that runs alone


async def test_a_week_without_figures_is_not_fixed_yet(weeks: Weeks) -> None:
    everyone = await weeks.has(3)
    await weeks.round(everyone, TUESDAY, DONE)
    assert await counts(weeks, noon(TUESDAY)) == (3, 3)
    assert await weeks.count(RosterRow) == 0
    new = await weeks.has(1, since=WEDNESDAY)
    await weeks.round(new, THURSDAY)
    assert await counts(weeks, noon(THURSDAY)) == (4, 3)
    assert await weeks.count(RosterRow) == 4


async def test_who_is_erased_leaves_their_counts(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:3], TUESDAY, DONE)
    await weeks.round(everyone[3:], TUESDAY)
    before = await weeks.board(noon(TUESDAY))
    await weeks.is_erased(everyone[0], everyone[5])
    assert await weeks.board(noon(TUESDAY)) == before
    assert await counts(weeks, noon(WEDNESDAY)) == (6, 3)
    assert await weeks.count(RosterRow) == 4
    await weeks.round(everyone[1:5], THURSDAY, DONE)
    closed = (await weeks.board(noon(NEXT))).weeks
    assert [(week.had_round, week.took_part) for week in closed] == [(6, 5)]


async def test_who_is_erased_before_anything_was_said_leaves_nothing(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, TUESDAY, DONE)
    await weeks.is_erased(everyone[0])
    assert await counts(weeks, noon(TUESDAY)) == (5, 5)


# -- closing


async def test_after_an_outage_all_weeks_are_closed(weeks: Weeks) -> None:
    everyone = await weeks.has(5)
    await weeks.round(everyone[:3], TUESDAY, DONE)
    await weeks.round(everyone[3:], TUESDAY)
    assert await counts(weeks, noon(WEDNESDAY)) == (5, 3)
    await weeks.round(everyone, NEXT + WEEK, TRIED)  # nobody had a round in the week between
    later = NEXT + 3 * WEEK
    await weeks.closes(noon(later))
    board = await weeks.board(noon(later))
    assert [(week.monday, week.had_round, week.took_part) for week in board.weeks] == [
        (WEEK_OF, 5, 3),
        (NEXT + WEEK, 5, 5),
    ]
    assert board.streak == 2 and board.running is None
    async with weeks.database.reading() as session:
        assert (await session.get_one(TeamRow, weeks.team)).open_week == later
        assert await team_weeks.teams_to_close(session, later, 10) == []


async def test_who_came_after_a_week_does_not_count_in_it(weeks: Weeks) -> None:
    everyone = await weeks.has(4)
    await weeks.round(everyone, TUESDAY, DONE)
    late = await weeks.has(1, since=NEXT)
    await weeks.round(late, THURSDAY, DONE)  # before they joined this team
    assert [week.had_round for week in (await weeks.board(noon(NEXT))).weeks] == [4]


async def test_a_week_closes_for_every_team_that_waits(weeks: Weeks) -> None:
    other = Weeks(weeks.database)
    await other.begins("Wijkteam")
    async with weeks.database.transaction() as session:
        found = await team_weeks.teams_to_close(session, NEXT, 10)
        assert [team.name for team in found] == ["Griffie", "Wijkteam"]
        for team in found:
            await team_weeks.close_weeks(session, team, MINIMUM, noon(NEXT))
        assert await team_weeks.teams_to_close(session, NEXT, 10) == []


# -- two who are one


async def test_members_who_turn_out_to_be_one_belong_once(weeks: Weeks, vault: Vault) -> None:
    everyone = await weeks.has(6)
    other = Weeks(weeks.database)
    await other.begins("Wijkteam")
    stays, goes = everyone[4:]
    async with weeks.database.transaction() as session:
        await teams.add_to_team(session, other.team, goes, noon(WEEK_OF))
    await weeks.round(everyone, TUESDAY, DONE)
    assert await counts(weeks, noon(TUESDAY)) == (6, 6)
    async with weeks.database.transaction() as session:
        one, two = [await session.get_one(MemberRow, number) for number in (stays, goes)]
        await merge_members.merge_members(session, vault, one, two, noon(WEDNESDAY))
    async with weeks.database.reading() as session:
        belongs = [team.name for team, _ in await teams.teams_of_member(session, stays)]
    assert belongs == ["Griffie", "Wijkteam"]
    assert await counts(weeks, noon(WEDNESDAY)) == (6, 6)  # two figures stay two


# -- at once


async def test_two_who_look_first_at_once_both_see_it(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, TUESDAY, DONE)

    async def looks(number: int) -> Board:
        async with weeks.database.transaction() as session:
            await members.find_member(session, "telegram", str(number), for_update=True)
            await asyncio.sleep(0.1)
            team = await session.get_one(TeamRow, weeks.team)
            found = await team_weeks.board_of(session, team, MINIMUM, noon(TUESDAY))
            await asyncio.sleep(0.1)
            return found

    boards = await asyncio.gather(*(looks(number) for number in everyone[:3]))
    assert boards[0] == boards[1] == boards[2]
    assert await weeks.count(RosterRow) == 6


async def test_a_week_that_two_close_at_once_is_counted_once(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:4], TUESDAY, DONE)
    await weeks.round(everyone[4:], TUESDAY)
    boards = await asyncio.gather(*(weeks.board(noon(NEXT)) for _ in range(3)))
    for board in boards:
        assert [(week.had_round, week.took_part) for week in board.weeks] == [(6, 4)]


async def test_who_is_erased_while_their_week_is_closed_counts_in_it(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, TUESDAY, DONE)
    assert await counts(weeks, noon(TUESDAY)) == (6, 6)
    looking = asyncio.Event()

    async def closes() -> None:
        async with weeks.database.transaction() as session:
            team = await session.get_one(TeamRow, weeks.team)
            await team_weeks.board_of(session, team, MINIMUM, noon(NEXT))
            looking.set()
            await asyncio.sleep(0.3)

    async def goes() -> None:
        await looking.wait()
        await weeks.is_erased(everyone[0])

    await asyncio.gather(closes(), goes())
    assert (await weeks.board(noon(NEXT))).weeks[0].had_round == 6
