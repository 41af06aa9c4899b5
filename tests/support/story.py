"""Telling stories: a clock that stands still, and a person who chats on paper."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.app import Application
from bot.channels.base import IncomingHandler, SendCancelled, SendError, ShouldSend, always_send
from bot.core.rhythm import at_local
from bot.messages import Address, Content, Edited, Incoming, Outgoing, Pressed, Typed
from bot.store.members import members
from bot.store.nudges import nudges
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # ten o'clock in Amsterdam


class FixedClock:
    """Stands still until a test moves it."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        """The test's present."""
        return self.moment

    def passes(self, **duration: float) -> None:
        """Time passes: `hours=1`."""
        self.moment += timedelta(**duration)

    def goes_to(self, day: int, month: int, hour: int, minute: int = 0, year: int = 2026) -> None:
        """It is now this local time in Amsterdam."""
        at = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - local, its zone comes next
        self.moment = at_local(at.date(), at.time(), AMSTERDAM)


@dataclass
class SentMessage:
    """A message as it lies before the person now."""

    id: str
    message: Outgoing
    edits: int = 0

    @property
    def text(self) -> str:
        """What it says now."""
        return self.message.text

    @property
    def labels(self) -> list[str]:
        """The choices it offers now."""
        return [button.label for row in self.message.buttons for button in row]

    def action(self, label: str) -> str:
        """What the button `label` stands for."""
        [found] = [b.action for row in self.message.buttons for b in row if label in b.label]
        return found


@dataclass
class FakeChannel:
    """A channel on paper: keeps what was sent, and can be told to fail."""

    sheets: dict[str, list[SentMessage]] = field(default_factory=dict)
    fails_with: list[SendError] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    name: str = "paper"

    async def listen(self, handle: IncomingHandler) -> None:
        """Nothing comes in by itself."""

    async def whoami(self) -> str:
        """Its name."""
        return self.name

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Lays down a sheet, or changes one."""
        if not should_send():
            raise SendCancelled
        if self.fails_with:
            raise self.fails_with.pop(0)
        chat = self.sheets.setdefault(to, [])
        if message.replaces is not None:
            for sheet in chat:
                if sheet.id == message.replaces:
                    sheet.message, sheet.edits = message, sheet.edits + 1
            return message.replaces
        self.keys.append(key)
        chat.append(SentMessage(f"{to}-{len(chat) + 1}", message))
        return chat[-1].id

    async def trouble(self) -> str | None:
        """Paper has none."""
        return None

    async def close(self) -> None:
        """Nothing to let go of."""


class FakeMember:
    """A person on paper, and what a test wants to know of them."""

    def __init__(
        self,
        application: Application,
        fake_channel: FakeChannel,
        clock: FixedClock,
        name: str,
        called: str | None = None,
    ) -> None:
        self.application, self.fake_channel, self.clock, self.called = (
            application,
            fake_channel,
            clock,
            called,
        )
        self.address = Address(fake_channel.name, name)
        self.said = 0
        self.notice: str | None = None

    async def does(self, content: Content, key: str | None = None) -> None:
        """Something comes in from them."""
        self.said += 1
        incoming = Incoming(
            key or f"{self.address.id}/{self.said}",
            self.address,
            self.clock(),
            content,
            name=self.called,
        )
        self.notice = await self.application.replies.handle(incoming)

    async def says(self, text: str, reply_to: SentMessage | None = None) -> str:
        """They type; returns the id of their message."""
        message = f"from-{self.address.id}-{self.said + 1}"
        await self.does(Typed(text, message, reply_to.id if reply_to else None))
        return message

    async def edits(self, message: str, text: str) -> None:
        """They change what they typed."""
        await self.does(Edited(text, message))

    async def presses(self, label: str, on: SentMessage | None = None) -> None:
        """They press a button, on the newest message that has it."""
        sheet = on or next(
            sheet for sheet in reversed(self.sheets) if any(label in one for one in sheet.labels)
        )
        await self.does(Pressed(sheet.action(label), sheet.id))

    async def joins(self, rhythm: str = "ma-vr 9:30") -> None:
        """They take part, in Dutch."""
        await self.says("/start")
        await self.presses("Nederlands")
        await self.says(rhythm)

    async def waits_for_nudge(self) -> SentMessage:
        """Time goes to their next moment, and what is due is sent."""
        async with self.application.database.reading() as session:
            waiting = await nudges.next_send_at(session)
        planned = (await self.member()).next_nudge_at
        known = [moment for moment in (planned, waiting) if moment is not None]
        self.clock.moment = max(min(known), self.clock.moment)
        await self.application.nudge_sender.tick()
        return self.last

    async def round(self, answer: str | None, words: str | None = None) -> SentMessage:
        """One whole round: the nudge, an answer by button if any, and some words if any."""
        nudge = await self.waits_for_nudge()
        if answer:
            await self.presses(answer, nudge)
        if words:
            await self.says(words)
        return nudge

    @property
    def sheets(self) -> list[SentMessage]:
        """All messages they got, as they are now."""
        return self.fake_channel.sheets.get(self.address.id, [])

    @property
    def last(self) -> SentMessage:
        """The newest message."""
        return self.sheets[-1]

    async def member(self) -> MemberRow:
        """Their row."""
        async with self.application.database.reading() as session:
            found = await members.find_member(session, *self.address.pair)
        assert found is not None
        return found

    async def nudges(self) -> list[NudgeRow]:
        """Their nudges, oldest first."""
        member = await self.member()
        async with self.application.database.reading() as session:
            return await nudges.all_of_member(session, member.id)

    async def streak(self) -> str:
        """What /reeks says, its first line."""
        await self.says("/reeks")
        return self.last.text.splitlines()[0]
