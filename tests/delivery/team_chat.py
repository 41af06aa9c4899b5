"""A team with a group chat, and what it hears on Fridays."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.app import Application, build
from bot.channels.base import ShouldSend, always_send
from bot.messages import Outgoing
from bot.store.schema.teams import DigestRow
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, SentMessage

TOLD = "Voor bij de koffie op maandag"
Happens = Callable[[str, Outgoing], None]


def nothing(to: str, message: Outgoing) -> None:
    """Nothing happens."""


class InterruptedChannel(FakeChannel):
    """The paper of somebody else, on which something happens before or after a message lands."""

    def __init__(
        self, fake_channel: FakeChannel, before: Happens = nothing, after: Happens = nothing
    ) -> None:
        super().__init__(fake_channel.messages, keys=fake_channel.keys)
        self.before, self.after = before, after

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Lays down a sheet, if nothing keeps it from that."""
        self.before(to, message)
        receipt = await super().send(to, message, key, urgent=urgent, should_send=should_send)
        self.after(to, message)
        return receipt


@dataclass
class Office:
    """A team of five with a group chat, one of whom leads it; it is Monday 23 November."""

    team: Team
    people: list[FakeMember] = field(default_factory=list)

    @property
    def lead(self) -> FakeMember:
        """Who leads it."""
        return self.people[0]

    @property
    def application(self) -> Application:
        """Where it is told."""
        return self.team.application

    async def begins(self) -> None:
        """They all join, and somebody connects the group."""
        await self.team.begins()
        self.people = await self.team.of(5)
        await self.team.led_by(self.lead)
        await self.team.has_group()

    async def week(self, tuesday: int = 24, month: int = 11, did: int = 3) -> None:
        """Tuesday: everybody gets a nudge, and so many do it."""
        for hour, minute in ((8, 0), (9, 30)):  # the days in between were spent elsewhere
            self.team.clock.goes_to(tuesday, month, hour, minute)
            await self.application.sending.tick()
        for someone in self.people[:did]:
            await someone.presses("Gedaan")

    async def friday(self, day: int = 27, month: int = 11) -> list[SentMessage]:
        """Friday half past three comes."""
        self.team.clock.goes_to(day, month, 15, 30)
        await self.tick()
        return self.digests

    async def tick(self) -> int:
        """What is due is sent."""
        return await self.application.digests.tick()

    async def later(self) -> None:
        """The next tick."""
        self.team.clock.passes(seconds=5)
        await self.tick()

    @property
    def digests(self) -> list[SentMessage]:
        """The digests in the group, as they read now."""
        return [sheet for sheet in self.team.group if TOLD in sheet.text]

    @property
    def pictures(self) -> list[SentMessage]:
        """The pictures that came with them."""
        return [sheet for sheet in self.team.group if sheet.text.startswith("De week van")]

    async def shares(self, number: int, words: str, how: str = "Deel met naam") -> str:
        """The member of this number writes about the challenge of this week, and shares it."""
        someone = self.people[number]
        self.team.clock.passes(minutes=1)
        source = await someone.says(words)
        await someone.presses(how)
        return source

    async def second_team(self, name: str = "Wijkteam") -> str:
        """Everybody is in another team too, with its own group; where that is."""
        other = Team(
            self.application, self.team.fake_channel, self.team.clock, name, f"group-{name}"
        )
        await other.begins()
        for someone in self.people:
            await someone.says(f"/start {await other.code()}")
        await other.has_group()
        return other.chat

    async def number(self, name: str) -> int:
        """The number of the team of this name."""
        return (
            await Team(self.application, self.team.fake_channel, self.team.clock, name).row()
        ).id

    async def row(self) -> DigestRow:
        """The one row of a digest."""
        async with self.application.database.reading() as session:
            return (await session.scalars(select(DigestRow))).one()


def again(office: Office, fake_channel: FakeChannel | None = None) -> Application:
    """Another process on the same database."""
    application = office.application
    papers = [fake_channel or office.team.fake_channel]
    return build(
        application.database, application.vault, papers, office.team.clock, "nl", "Europe/Amsterdam"
    )
