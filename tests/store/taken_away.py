"""A team of which things are taken away, and databases restored from before that."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.startup import open_database, unlock
from bot.store.admin.restore import restore
from bot.store.db.engine import Database
from bot.store.lifecycle.erase import erase_member
from bot.store.lifecycle.leave_team import leave_team
from bot.store.lifecycle.linking import linking
from bot.store.lifecycle.linking.merge_members import merge_members
from bot.store.members import members, roles
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import InvitationKind, Role, ShareRow
from bot.store.teams import invitations, shares, teams
from tests.support.fakes import MONDAY, FakeMember

LATER = MONDAY + timedelta(days=3)
PEOPLE = ("sanne", "joep", "fatima", "kees")
# What a team or a role gives somebody, and whose rows are compared by their ids.
BY_ID = ("members", "addresses", "reflections", "roles", "memberships", "team_chats")


@dataclass
class Team:
    """A team whose members did and shared something, and the ids of all that.

    Attributes:
        members: by name.
        nudges: by name, the nudge that they wrote about and shared.
        reflections: by name.
    """

    vault: Vault
    id: int = 0
    members: dict[str, int] = field(default_factory=dict)
    nudges: dict[str, int] = field(default_factory=dict)
    reflections: dict[str, int] = field(default_factory=dict)

    async def begins(self, database: Database, person: FakeMember) -> None:
        """Everybody takes part and shares; sanne leads, and a group is connected."""
        async with database.transaction() as session:
            team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", MONDAY)
            self.id = team.id
            for name in PEOPLE:
                await self._joins(session, person, name)
            await roles.grant(session, ("paper", "sanne"), Role.LEAD, team.id, MONDAY)
            await roles.grant(session, ("paper", "kees"), Role.TRAINER, None, MONDAY)
            await teams.connect_group_chat(session, team.id, "paper", "g", "g", MONDAY)
            for kind in InvitationKind:
                await invitations.create_invitation(session, team.id, kind, LATER)

    async def _joins(self, session: AsyncSession, person: FakeMember, name: str) -> None:
        zone = "Europe/Amsterdam"
        member = await members.find_member(session, "paper", name) or await members.add_member(
            session, "paper", name, "nl", zone, MONDAY
        )
        self.members[name] = member.id
        session.add(AddressRow(member_id=member.id, channel=f"pen-{name}", address=name))
        await teams.add_to_team(session, self.id, member.id, MONDAY)
        nudge = (await session.scalars(select(NudgeRow).limit(1))).one()
        values = {column.name: getattr(nudge, column.name) for column in nudge.__table__.columns}
        own = NudgeRow(**(values | {"id": None, "member_id": member.id}))
        session.add(own)
        await session.flush()
        self.nudges[name] = own.id
        diary = Diary(session, self.vault, member.id)
        words = f"Wat {name} schreef"
        self.reflections[name] = await diary.write(own.id, name, words, MONDAY)
        await shares.share(session, own.id, self.id, named=True, at=MONDAY)

    async def member(self, session: AsyncSession, name: str) -> MemberRow:
        """Returns somebody's row."""
        return await session.get_one(MemberRow, self.members[name])


Deed = Callable[[Team, AsyncSession], Awaitable[object]]


async def is_erased(team: Team, session: AsyncSession) -> None:
    """Fatima has everything erased."""
    member = await team.member(session, "fatima")
    await erase_member(session, team.vault, member.id, LATER)
    session.expunge(member)


async def is_merged(team: Team, session: AsyncSession) -> None:
    """Kees turns out to be Joep."""
    joep, kees = await team.member(session, "joep"), await team.member(session, "kees")
    await merge_members(session, joep, kees, LATER)


async def is_merged_and_erased(team: Team, session: AsyncSession) -> None:
    """Kees turns out to be Joep, who has everything erased."""
    await is_merged(team, session)
    joep = await team.member(session, "joep")
    await erase_member(session, team.vault, joep.id, LATER)
    session.expunge(joep)


async def loses_a_role(team: Team, session: AsyncSession) -> None:
    """Kees trains no longer."""
    await roles.revoke(session, ("paper", "kees"), Role.TRAINER, None, LATER)


async def leaves(team: Team, session: AsyncSession) -> None:
    """Sanne leaves the team that she leads."""
    await leave_team(session, team.id, team.members["sanne"], LATER)


async def hides(team: Team, session: AsyncSession) -> None:
    """Joep counts for himself alone."""
    row = await teams.membership(session, team.id, team.members["joep"])
    assert row is not None
    teams.set_hidden(session, row, hidden=True, at=LATER)


async def takes_back(team: Team, session: AsyncSession) -> None:
    """Joep takes a story back."""
    await shares.withdraw(session, team.nudges["joep"], LATER)


async def shares_without_name(team: Team, session: AsyncSession) -> None:
    """Joep shares the same without his name."""
    await shares.share(session, team.nudges["joep"], team.id, named=False, at=LATER)


async def revokes_invitations(team: Team, session: AsyncSession) -> None:
    """The lead revokes what was sent round."""
    await invitations.revoke_all(session, team.id, LATER)


async def disconnects(team: Team, session: AsyncSession) -> None:
    """The bot is put out of the group."""
    await teams.disconnect_group_chat(session, "paper", "g", LATER)


async def deletes_a_reflection(team: Team, session: AsyncSession) -> None:
    """Fatima deletes the message that she wrote."""
    await Diary(session, team.vault, team.members["fatima"]).erase_source("fatima", LATER)


async def unlinks(team: Team, session: AsyncSession) -> None:
    """Fatima unlinks a chat."""
    member = await session.get(MemberRow, team.members["fatima"])
    if member is not None:
        await linking.remove_chat(session, member, "pen-fatima", "fatima", LATER)


DEEDS: tuple[Deed, ...] = (
    is_erased,
    is_merged,
    is_merged_and_erased,
    loses_a_role,
    leaves,
    hides,
    takes_back,
    shares_without_name,
    revokes_invitations,
    disconnects,
    deletes_a_reflection,
    unlinks,
)


async def granted(database: Database) -> dict[str, Any]:
    """All that people let others see or do, and that they are there at all."""
    tables = Base.metadata.tables
    async with database.reading() as session:
        ids = {
            name: set((await session.scalars(select(tables[name].c.id))).all()) for name in BY_ID
        }
        shared = (await session.execute(select(ShareRow.nudge_id, ShareRow.named))).all()
        visible = await session.scalars(
            select(tables["memberships"].c.id).where(tables["memberships"].c.hidden.is_(False))
        )
        valid = await session.scalars(
            select(tables["invitations"].c.id).where(
                tables["invitations"].c.revoked_at.is_(None),
                tables["invitations"].c.kind == InvitationKind.TEAM,
            )
        )
        return {
            **ids,
            "shares": {tuple(row) for row in shared},
            "visible": set(visible.all()),
            "valid": set(valid.all()),
        }


def nothing_came_back(
    backup: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Checks that what was taken away stays away, and that all else of the backup is there."""
    for name, ids in after.items():
        assert ids <= before[name], name
        if name != "shares":  # one that was taken back and shared again is not there
            assert ids == backup[name] & before[name], name


@asynccontextmanager
async def restored(
    database: Database, copy: Path, vault: Vault, at: datetime = LATER
) -> AsyncIterator[Database]:
    """The backup, restored over this database."""
    await database.close()
    assert database.file is not None
    assert await restore(copy, database.file, vault, at, lambda: True) is not None
    async with open_database(f"sqlite+aiosqlite:///{database.file}") as opened:
        await unlock(opened, vault)
        yield opened


@pytest.fixture
async def team(database: Database, vault: Vault, member: FakeMember) -> Team:
    """A team on a Monday."""
    await member.round("Gedaan")
    team = Team(vault)
    await team.begins(database, member)
    return team
