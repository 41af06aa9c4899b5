"""A team with a group chat, and the digests that come there on Fridays."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.app import Application, build
from bot.channels.base import ShouldSend, always_send
from bot.messages import Outgoing
from bot.store.schema.teams import DigestRow
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, SentMessage

QUESTION = "Voor bij de koffie op maandag"
Hook = Callable[[str, Outgoing], None]


def do_nothing(to: str, message: Outgoing) -> None:
    """Does nothing, before or after a message is sent."""


class InterruptedChannel(FakeChannel):
    """A channel with the chats of another one, and a hook before and after each message.

    A hook that raises is a send that fails: before the message is there, or after.
    """

    def __init__(
        self, fake_channel: FakeChannel, before: Hook = do_nothing, after: Hook = do_nothing
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
        """Sends, between the two hooks."""
        self.before(to, message)
        receipt = await super().send(to, message, key, urgent=urgent, should_send=should_send)
        self.after(to, message)
        return receipt


@dataclass
class TeamChat:
    """A team of five with a group chat, one of whom leads it; it is Monday 23 November."""

    team: Team
    people: list[FakeMember] = field(default_factory=list)

    @property
    def lead(self) -> FakeMember:
        """The member who leads the team."""
        return self.people[0]

    @property
    def application(self) -> Application:
        """The application that the team talks to."""
        return self.team.application

    async def begins(self) -> None:
        """All of them join, and the group chat is connected."""
        await self.team.begins()
        self.people = await self.team.of(5)
        await self.team.led_by(self.lead)
        await self.team.has_group()

    async def week(self, tuesday: int = 24, month: int = 11, did: int = 3) -> None:
        """On Tuesday everybody gets a nudge, and the first `did` members do it."""
        for hour, minute in ((8, 0), (9, 30)):  # the days before passed without this process
            self.team.clock.goes_to(tuesday, month, hour, minute)
            await self.application.nudge_sender.tick()
        for member in self.people[:did]:
            await member.presses("Gedaan")

    async def friday(self, day: int = 27, month: int = 11) -> list[SentMessage]:
        """Ticks on Friday at half past three; returns the digests so far."""
        self.team.clock.goes_to(day, month, 15, 30)
        await self.tick()
        return self.digests

    async def tick(self) -> int:
        """Sends what is due; returns how many digests were attempted."""
        return await self.application.digest_sender.tick()

    async def later(self) -> None:
        """Ticks again, five seconds later."""
        self.team.clock.passes(seconds=5)
        await self.tick()

    @property
    def digests(self) -> list[SentMessage]:
        """The digests in the group, as they read now."""
        return [sheet for sheet in self.team.group if QUESTION in sheet.text]

    @property
    def pictures(self) -> list[SentMessage]:
        """The pictures that came with them."""
        return [sheet for sheet in self.team.group if sheet.text.startswith("De week van")]

    async def shares(self, index: int, words: str, how: str = "Deel met naam") -> str:
        """A member writes about this week's challenge and shares it; returns their message's id."""
        member = self.people[index]
        self.team.clock.passes(minutes=1)
        source = await member.says(words)
        await member.presses("Deel met je team")
        await member.presses(how)
        return source

    async def second_team(self, name: str = "Wijkteam") -> str:
        """Everybody joins another team too, with a group chat of its own; returns its address."""
        other = Team(
            self.application, self.team.fake_channel, self.team.clock, name, f"group-{name}"
        )
        await other.begins()
        for member in self.people:
            await member.says(f"/start {await other.code()}")
        await other.has_group()
        return other.chat

    async def team_id(self, name: str) -> int:
        """Returns the number of the team of this name."""
        team = Team(self.application, self.team.fake_channel, self.team.clock, name)
        return (await team.row()).id

    async def row(self) -> DigestRow:
        """Returns the row of the only digest there is."""
        async with self.application.database.reading() as session:
            return (await session.scalars(select(DigestRow))).one()


def another_process(group: TeamChat, fake_channel: FakeChannel | None = None) -> Application:
    """Returns the application of another process on the same database."""
    application = group.application
    channels = [fake_channel or group.team.fake_channel]
    return build(application.database, application.vault, channels, group.team.clock)
