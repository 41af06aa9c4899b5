"""The weeks of a team in the store: who counts, when a week closes, and what stays as it was."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from bot.core.streaks.team_board import Phase, TeamWeek, WeekMark
from bot.store.db.engine import Database
from bot.store.lifecycle.linking import merge_members
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import TeamRow, TeamWeekRow
from bot.store.teams import teams
from bot.store.teams import weeks as team_weeks
from tests.store.weeks import (
    DAY,
    DONE,
    MINIMUM,
    NEXT,
    SKIPPED,
    THURSDAY,
    TRIED,
    TUESDAY,
    WEDNESDAY,
    WEEK,
    WEEK_OF,
    Weeks,
    noon,
)
from tests.support.fakes import FixedClock


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
