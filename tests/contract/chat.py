"""Somebody in conversation with the bot, on whichever channel a story is told for."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.app import Application
from bot.core.streaks.rounds import Answer
from bot.store.members import members, roles
from bot.store.nudges import nudges
from bot.store.nudges.nudges import PlaceInRound
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AddressRow
from bot.store.schema.teams import InvitationKind, Role
from bot.store.teams import invitations, teams
from tests.contract.client import Client
from tests.support.fakes import FixedClock

ON_MATRIX = pytest.param("matrix", marks=pytest.mark.server)
EVERYWHERE = ("terminal", "telegram", ON_MATRIX, "web")
WITH_EDITS = ("telegram", ON_MATRIX, "web")


@dataclass
class Chat:
    """Somebody in conversation with the bot."""

    client: Client
    application: Application
    clock: FixedClock

    async def joins(self) -> None:
        """The two questions."""
        await self.client.begins()
        await self.client.receives("In welke taal")
        await self.client.chooses("Nederlands")
        await self.client.receives("Wanneer")
        await self.client.says("ma-zo 9:30")
        await self.client.receives("elke dag om 9:30")

    async def nudge(self, day: int = 24) -> str:
        """Their moment comes, in November."""
        self.clock.goes_to(day, 11, 9, 30)
        assert await self.application.nudge_sender.tick() == 1
        return await self.client.receives("Lef:")

    async def team(self, name: str, *, led: bool = False) -> str:
        """A team of this name, which this person leads if so; a code with which one joins it."""
        async with self.application.database.transaction() as session:
            team = await teams.create(session, name, "nl", "Europe/Amsterdam", self.clock())
            if led:
                pair = await self._address()
                await roles.grant(session, pair, Role.LEAD, team.id, self.clock())
            return await invitations.create_invitation(
                session, team.id, InvitationKind.TEAM, self.clock()
            )

    async def trains(self) -> None:
        """This person makes challenges."""
        async with self.application.database.transaction() as session:
            await roles.grant(session, await self._address(), Role.TRAINER, None, self.clock())

    async def others_join(self, name: str, many: int) -> None:
        """So many others are in that team, who take part elsewhere."""
        async with self.application.database.transaction() as session:
            team = await teams.find_team(session, name)
            assert team is not None
            for number in range(many):
                pair = ("elsewhere", f"{name}-{number}")
                zone = "Europe/Amsterdam"
                member = await members.add_member(session, *pair, "nl", zone, self.clock())
                member.name = f"Lid {number + 1}"
                await teams.add_to_team(session, team.id, member.id, self.clock())

    async def others_do(self, name: str, many: int) -> None:
        """So many others in that team did a challenge on Tuesday 24 November."""
        await self.others_join(name, many)
        self.clock.goes_to(24, 11, 9, 0)
        async with self.application.database.transaction() as session:
            team = await teams.find_team(session, name)
            assert team is not None
            challenge = await session.scalar(select(ChallengeRow).limit(1))
            assert challenge is not None
            for member, _ in await teams.members_of(session, team.id):
                if str(member.name).startswith("Lid"):
                    at = self.clock()
                    nudge = nudges.create(session, member, challenge, PlaceInRound(at), at)
                    nudge.sent_at = at
                    nudges.record_answer(nudge, Answer.DONE, at)

    async def _address(self) -> tuple[str, str]:
        async with self.application.database.reading() as session:
            query = select(AddressRow.channel, AddressRow.address)
            [row] = (await session.execute(query.where(AddressRow.channel != "elsewhere"))).all()
        return row.channel, row.address


everywhere = pytest.mark.parametrize("chat", EVERYWHERE, indirect=True)
where_messages_change = pytest.mark.parametrize("chat", WITH_EDITS, indirect=True)
