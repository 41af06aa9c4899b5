"""The weeks of a team in the store: who counts, when a week closes, and what stays as it was."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, at_local
from bot.core.streaks.rounds import Answer
from bot.core.streaks.team_board import Board, Phase, TeamWeek, WeekMark
from bot.store.db.engine import Database
from bot.store.lifecycle import erase
from bot.store.lifecycle.linking import merge_members
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AbsenceRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, TeamRow, TeamWeekRow
from bot.store.teams import teams
from bot.store.teams import weeks as team_weeks
from tests.support.fakes import AMSTERDAM, MONDAY, FixedClock
from tests.support.noise import drop_noise
from tests.support.population import enrol

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
NOON = time(12)
HALF_PAST_NINE = time(9, 30)
MINIMUM = 5
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
            await drop_noise(session)

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
        self,
        who: list[int],
        day: date,
        answer: Answer | None = None,
        *,
        extra: bool = False,
        swaps: int = 0,
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
                    "swaps": swaps,
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
        """These members are invisible to the team from now on."""
        async with self.database.transaction() as session:
            await session.execute(
                update(MembershipRow)
                .where(MembershipRow.member_id.in_(who), MembershipRow.team_id == self.team)
                .values(hidden=True)
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

    async def also_belong(self, *who: int) -> None:
        """These members of another team belong to this one too."""
        async with self.database.transaction() as session:
            for member in who:
                await teams.add_to_team(session, self.team, member, noon(WEEK_OF))

    async def count(self) -> int:
        """How many weeks are kept."""
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(TeamWeekRow)) or 0


@pytest.fixture
async def weeks(database: Database, vault: Vault, clock: FixedClock) -> Weeks:
    """A team without members, on Monday 23 November."""
    found = Weeks(database)
    await found.begins()
    return found


MOST, HALF, BELOW, QUIET = WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET


async def marks(weeks: Weeks, at: datetime | None = None) -> list[WeekMark]:
    """What is shown of the weeks that are over, then or on the next Monday."""
    return [week.mark for week in (await weeks.board(at or noon(NEXT))).weeks]


# -- the running week


async def test_of_the_week_that_runs_nothing_is_shown(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    before = await weeks.board(noon(TUESDAY))
    await weeks.round(everyone, TUESDAY, DONE)
    assert await weeks.board(noon(TUESDAY)) == before
    assert before.phase is Phase.NEW and before.streak == before.size == 0
    assert await weeks.count() == 0


async def test_whatever_happens_to_a_team_its_week_is_told_once(weeks: Weeks) -> None:
    """So there are no two outputs about a week, and nothing to subtract."""
    everyone = await weeks.has(8)
    await weeks.round(everyone[:6], TUESDAY, DONE)
    await weeks.round(everyone[6:], TUESDAY)
    shown = await weeks.board(noon(WEDNESDAY))
    await weeks.leaves(everyone[0])
    await weeks.hides(everyone[1])
    await weeks.is_erased(everyone[7])
    new = await weeks.has(1, since=WEDNESDAY)
    await weeks.round(new, THURSDAY, DONE)
    assert (await weeks.board(noon(THURSDAY))).weeks == shown.weeks == ()
    assert await marks(weeks) == [MOST]  # five of the six who are left


# -- counting


async def test_a_team_of_three_hundred(weeks: Weeks) -> None:
    everyone = await weeks.has(300)
    await weeks.hides(*everyone[290:])
    await weeks.round(everyone[:100], TUESDAY, DONE)
    await weeks.round(everyone[100:150], TUESDAY, TRIED)
    await weeks.round(everyone[150:280], TUESDAY)
    await weeks.round(everyone[:200], WEDNESDAY, SKIPPED)
    board = await weeks.board(noon(NEXT))
    assert [week.mark for week in board.weeks] == [HALF]
    assert len(board.themes) == 1


async def test_of_a_small_week_is_only_kept_that_it_was_there(weeks: Weeks) -> None:
    everyone = await weeks.has(4)
    await weeks.round(everyone, TUESDAY, DONE)
    board = await weeks.board(noon(NEXT))
    assert board.weeks == (TeamWeek(WEEK_OF, QUIET),) and board.phase is Phase.SMALL


async def test_the_noise_is_that_of_the_team_and_the_week(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    for n in range(40):
        await weeks.round(everyone[:3], TUESDAY + n * WEEK, DONE)
        await weeks.round(everyone[3:], TUESDAY + n * WEEK)
    async with weeks.database.transaction() as session:
        await session.execute(update(TeamRow).values(noise_key="another key"))
    later = noon(WEEK_OF + 40 * WEEK)
    shown = await marks(weeks, later)
    assert set(shown) == {BELOW, HALF, MOST}  # of three of six, every week
    async with weeks.database.transaction() as session:  # as after an older backup was put back
        await session.execute(delete(TeamWeekRow))
        await session.execute(update(TeamRow).values(open_week=WEEK_OF))
    assert await marks(weeks, later) == shown


async def test_a_week_ends_at_midnight_where_the_team_is(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, THURSDAY)
    midnight = datetime(2026, 11, 29, 23, tzinfo=UTC)
    await weeks.answers(everyone[:3], DONE, midnight - timedelta(seconds=1))
    await weeks.answers(everyone[3:], DONE, midnight)
    await weeks.closes(midnight - timedelta(seconds=1))
    assert await weeks.count() == 0
    assert await marks(weeks, midnight) == [HALF]


async def test_what_reached_somebody_is_a_round_also_on_a_day_off(weeks: Weeks) -> None:
    everyone = await weeks.has(5)
    eve = date(2026, 12, 24)
    await weeks.round(everyone[:3], eve)
    await weeks.round(everyone[3:], eve, TRIED)
    await weeks.is_away(everyone[2:4], eve, eve)  # which they say in the afternoon
    assert await marks(weeks, noon(eve + WEEK)) == [HALF]


async def test_what_they_asked_for_themselves_counts_too(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:2], TUESDAY, DONE, extra=True)
    await weeks.round(everyone[2:3], TUESDAY, SKIPPED, extra=True)
    await weeks.round(everyone[3:4], TUESDAY, extra=True)
    await weeks.round(everyone[4:5], TUESDAY)
    assert await marks(weeks) == [HALF]


async def test_who_is_in_two_teams_counts_in_the_first_that_may_see_them(weeks: Weeks) -> None:
    """Teams that differ by one person could be subtracted otherwise."""
    everyone = await weeks.has(6)
    other = Weeks(weeks.database)
    await other.begins("Wijkteam")
    await other.also_belong(*everyone[:5])
    await weeks.round(everyone, TUESDAY, DONE)
    assert await marks(weeks) == [MOST]
    assert await marks(other) == []
    await weeks.hides(*everyone[:5])
    await weeks.round(everyone, NEXT, DONE)
    assert await marks(weeks, noon(NEXT + WEEK)) == [MOST, QUIET]
    assert await marks(other, noon(NEXT + WEEK)) == [MOST]
    async with weeks.database.reading() as session:
        counted = [await team_weeks.counts_in(session, member) for member in everyone]
    assert [team and team.name for team in counted] == ["Wijkteam"] * 5 + ["Griffie"]


# -- themes


async def test_a_theme_is_shown_when_it_came_to_enough_members(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:3], TUESDAY)
    await weeks.round(everyone[3:4], TUESDAY, DONE, extra=True)  # asked for by themselves
    await weeks.round(everyone[4:], TUESDAY, DONE, swaps=1)
    assert (await weeks.board(noon(NEXT))).themes == frozenset()
    await weeks.round(everyone[3:5], NEXT)
    board = await weeks.board(noon(NEXT + WEEK))
    assert board.weeks[-1].mark is QUIET and board.themes == frozenset()
    await weeks.round(everyone, NEXT + WEEK)
    assert len((await weeks.board(noon(NEXT + 2 * WEEK))).themes) == 1


# -- what was said about a week stays true


async def test_a_closed_week_stays_as_it_was(weeks: Weeks) -> None:
    everyone = await weeks.has(8)
    await weeks.round(everyone[:4], TUESDAY, DONE)
    await weeks.round(everyone[4:], TUESDAY)
    before = await weeks.board(noon(NEXT))
    assert [week.mark for week in before.weeks] == [HALF]
    await weeks.answers(everyone[4:], DONE, noon(THURSDAY))  # an answer found only now
    await weeks.leaves(everyone[0])
    await weeks.hides(everyone[1])
    await weeks.is_erased(everyone[2], everyone[7])
    await weeks.has(2)
    await weeks.closes(noon(NEXT + DAY))
    assert (await weeks.board(noon(NEXT + DAY))).weeks == before.weeks
    assert await weeks.count() == 1


# -- closing


async def test_after_an_outage_all_weeks_are_closed(weeks: Weeks) -> None:
    everyone = await weeks.has(5)
    await weeks.round(everyone[:3], TUESDAY, DONE)
    await weeks.round(everyone[3:], TUESDAY)
    await weeks.round(everyone, NEXT + WEEK, TRIED)  # nobody had a round in the week between
    later = NEXT + 3 * WEEK
    await weeks.closes(noon(later))
    board = await weeks.board(noon(later))
    assert [(week.monday, week.mark) for week in board.weeks] == [
        (WEEK_OF, HALF),
        (NEXT + WEEK, MOST),
    ]
    assert board.streak == 2
    async with weeks.database.reading() as session:
        assert (await session.get_one(TeamRow, weeks.team)).open_week == later
        assert await team_weeks.teams_to_close(session, later, 10) == []


async def test_who_came_after_a_week_does_not_count_in_it(weeks: Weeks) -> None:
    everyone = await weeks.has(4)
    await weeks.round(everyone, TUESDAY, DONE)
    late = await weeks.has(1, since=NEXT)
    await weeks.round(late, THURSDAY, DONE)  # before they joined this team
    assert await marks(weeks) == [QUIET]


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


async def test_members_who_turn_out_to_be_one_belong_once(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    other = Weeks(weeks.database)
    await other.begins("Wijkteam")
    stays, goes = everyone[4:]
    await other.also_belong(goes)
    await weeks.round(everyone, TUESDAY, DONE)
    async with weeks.database.transaction() as session:
        first, second = [await session.get_one(MemberRow, number) for number in (stays, goes)]
        await merge_members.merge_members(session, first, second, noon(WEDNESDAY))
    async with weeks.database.reading() as session:
        belongs = [team.name for team, _ in await teams.teams_of_member(session, stays)]
    assert belongs == ["Griffie", "Wijkteam"]
    assert await marks(weeks) == [MOST]


# -- at once


async def test_a_week_that_two_close_at_once_is_closed_once(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone[:3], TUESDAY, DONE)
    await weeks.round(everyone[3:], TUESDAY)
    boards = await asyncio.gather(*(weeks.board(noon(NEXT)) for _ in range(3)))
    for board in boards:
        assert [week.mark for week in board.weeks] == [HALF]
    assert await weeks.count() == 1


async def test_who_is_erased_while_their_week_is_closed_changes_nothing(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.round(everyone, TUESDAY, DONE)
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
    assert await marks(weeks) == [MOST]


# -- who gets a digest


async def test_who_had_a_round_hangs_on_no_answer(weeks: Weeks) -> None:
    everyone = await weeks.has(6)
    await weeks.hides(everyone[5])
    await weeks.round(everyone[:3], TUESDAY)
    await weeks.round(everyone[3:], TUESDAY, DONE)
    async with weeks.database.reading() as session:
        team = await session.get_one(TeamRow, weeks.team)
        assert await team_weeks.have_had_round(session, team, noon(WEDNESDAY)) == 5
        assert await team_weeks.have_had_round(session, team, noon(NEXT)) == 0
