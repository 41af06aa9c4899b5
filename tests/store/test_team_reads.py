"""What the pages of a team read: on both databases, and without writing."""

from datetime import date, timedelta

from bot.core.streaks.team_board import Phase, WeekMark
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.teams import InvitationKind, TeamWeekRow
from bot.store.teams import digests, invitations, teams, weeks
from tests.support.fakes import MONDAY

WEEK = timedelta(weeks=1)


async def new_team(database: Database, name: str) -> int:
    """Returns the id of a team that was made on the Monday."""
    async with database.transaction() as session:
        return (await teams.create(session, name, "nl", "Europe/Amsterdam", MONDAY)).id


async def test_a_board_of_closed_weeks_closes_none(database: Database) -> None:
    number = await new_team(database, "Griffie")
    async with database.transaction() as session:
        monday = date(2026, 11, 16)
        session.add(TeamWeekRow(team_id=number, monday=monday, mark=WeekMark.HALF, themes=["lef"]))
    async with database.reading() as session:
        [team] = await teams.teams_by_id(session, frozenset({number}))
        board = await weeks.closed_board(session, team, 5, MONDAY + 2 * WEEK)
        assert (board.phase, board.streak, board.themes) == (Phase.HALF, 1, frozenset({"lef"}))
        running = board.last_weeks(105)[-1]
        assert (running.monday, running.mark) == (team.open_week, WeekMark.RUNNING)
        assert not session.dirty


async def test_the_invitations_that_can_be_used_and_revoking_one(database: Database) -> None:
    number, other = await new_team(database, "Griffie"), await new_team(database, "Wijkteam")
    async with database.transaction() as session:
        people, group = InvitationKind.TEAM, InvitationKind.GROUP
        await invitations.create_invitation(session, number, people, MONDAY)
        await invitations.create_invitation(session, number, group, MONDAY)
        await invitations.create_invitation(session, number, people, MONDAY, uses=0)
        await invitations.create_invitation(session, other, people, MONDAY)
    async with database.transaction() as session:
        found = await invitations.valid_ones(session, number, MONDAY)
        assert [(row.kind, row.uses_left) for row in found] == [(group, 1), (people, 50)]
        kept, revoked = (row.id for row in found)
        assert not await invitations.revoke_one(session, other, revoked, MONDAY)
        assert await invitations.revoke_one(session, number, revoked, MONDAY)
        assert not await invitations.revoke_one(session, number, revoked, MONDAY)
    async with database.reading() as session:
        found = await invitations.valid_ones(session, number, MONDAY)
        assert [row.id for row in found] == [kept]
        assert not await invitations.valid_ones(session, number, MONDAY + WEEK)
        assert len(await invitations.valid_ones(session, other, MONDAY)) == 1


async def test_a_team_without_digests_has_no_stories(database: Database, vault: Vault) -> None:
    number = await new_team(database, "Griffie")
    async with database.reading() as session:
        assert await digests.stories_told(session, vault, number, 4) == []
