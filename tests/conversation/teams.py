"""Teams for conversation tests: their lead, their members, and their group chat."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.app import Application
from bot.messages import Address, Incoming, Pressed, Typed
from bot.store.members import members, roles
from bot.store.schema.teams import GroupRequestRow, InvitationKind, Role, TeamRow
from bot.store.teams import invitations, teams
from tests.support.fakes import FakeChannel, FakeMember, FixedClock, SentMessage
from tests.support.noise import drop_noise

GROUP = "group-1"


@dataclass
class Team:
    """A team in a house, and its group chat on paper."""

    application: Application
    fake_channel: FakeChannel
    clock: FixedClock
    name: str = "Griffie"
    chat: str = GROUP

    async def begins(self) -> None:
        """There is such a team."""
        async with self.application.database.transaction() as session:
            zone = "Europe/Amsterdam"
            await teams.create(session, self.name, "nl", zone, self.clock())
            await drop_noise(session)

    async def row(self) -> TeamRow:
        """Its row."""
        async with self.application.database.reading() as session:
            found = await teams.find_team(session, self.name)
        assert found is not None
        return found

    async def code(self, opens: InvitationKind = InvitationKind.TEAM, **how: int) -> str:
        """A fresh invitation."""
        number = (await self.row()).id
        async with self.application.database.transaction() as session:
            return await invitations.create_invitation(session, number, opens, self.clock(), **how)  # type: ignore[arg-type]  # its own keywords

    async def led_by(self, someone: FakeMember) -> None:
        """They lead it, from now on."""
        number = (await self.row()).id
        async with self.application.database.transaction() as session:
            pair = someone.address.pair
            await roles.grant(session, pair, Role.LEAD, number, self.clock())

    async def member(self, name: str, language: str = "Nederlands") -> FakeMember:
        """Somebody who was invited, and takes part on workdays at half past nine."""
        someone = FakeMember(
            self.application, self.fake_channel, self.clock, name, called=name.capitalize()
        )
        await someone.says(f"/start {await self.code()}")
        await someone.presses(language)
        await someone.says("ma-vr 9:30")
        return someone

    async def of(self, many: int, first: int = 1) -> list[FakeMember]:
        """So many members."""
        return [await self.member(f"lid{number}") for number in range(first, first + many)]

    async def has_group(self) -> None:
        """A group code is typed, and a lead connects the group; without a lead it just is."""
        await self.hears(f"/start {await self.code(InvitationKind.GROUP)}")
        number, channel = (await self.row()).id, self.fake_channel.name
        async with self.application.database.transaction() as session:
            asked = select(GroupRequestRow.id).where(GroupRequestRow.address == self.chat)
            request = await session.scalar(asked)
            leads = await roles.lead_addresses(session, number)
            if request is None:
                await teams.connect_group_chat(
                    session, number, channel, self.chat, self.chat, self.clock()
                )
                return
        press = Pressed(f"team:connect:{number}:{request}:yes")
        key = f"connects-{self.chat}-{request}"
        agrees = Incoming(key, Address(*leads[0]), self.clock(), press, "nl")
        await self.application.replies.handle(agrees)

    async def hears(self, text: str, by: str = "iemand") -> None:
        """Somebody says this in the group, to the bot."""
        group = Address(self.fake_channel.name, self.chat)
        self.said = getattr(self, "said", 0) + 1
        await self.application.replies.handle(
            Incoming(
                f"{self.chat}/{self.said}",
                Address(self.fake_channel.name, by),
                self.clock(),
                Typed(text, str(self.said)),
                "nl",
                group=group,
            )
        )

    @property
    def group(self) -> list[SentMessage]:
        """What the bot said in the group, as it stands there now."""
        return self.fake_channel.messages.get(self.chat, [])

    async def week(
        self, monday: int, month: int, did: list[FakeMember], tried: bool = False
    ) -> None:
        """Tuesday of this week: everybody gets a nudge, and these do it (or try)."""
        self.clock.goes_to(monday + 1, month, 9, 30)
        await self.application.nudge_sender.tick()
        for someone in did:
            await someone.presses("Geprobeerd" if tried else "Gedaan")

    async def everyone(self) -> set[int]:
        """The numbers of its members."""
        async with self.application.database.reading() as session:
            found = await teams.members_of(session, (await self.row()).id)
        return {member.id for member, _ in found}


async def number_of(someone: FakeMember) -> int:
    """A member's number."""
    async with someone.application.database.reading() as session:
        found = await members.find_member(session, *someone.address.pair)
    assert found is not None
    return found.id
