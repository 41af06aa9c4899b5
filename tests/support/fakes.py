"""Fakes that most tests share: a fixed clock, a channel in memory, and a member who uses it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from bot.app import Application
from bot.channels.base import IncomingHandler, SendCancelled, SendError, ShouldSend, always_send
from bot.core.rhythm.rhythm import at_local
from bot.messages import Address, Content, Edited, Incoming, Outgoing, Pressed, Typed
from bot.store.members import members
from bot.store.nudges import nudges
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # ten o'clock in Amsterdam


class FixedClock:
    """A clock that shows the same moment until a test moves it."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        """Returns the moment that it is set to."""
        return self.moment

    def passes(self, **duration: float) -> None:
        """Moves on by a duration, given as `timedelta` takes it: `hours=1`."""
        self.moment += timedelta(**duration)

    def goes_to(self, day: int, month: int, hour: int, minute: int = 0, year: int = 2026) -> None:
        """Sets this local time in Amsterdam."""
        at = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - local, its zone comes next
        self.moment = at_local(at.date(), at.time(), AMSTERDAM)


@dataclass
class SentMessage:
    """A message as its receiver sees it now, after any edits."""

    id: str
    message: Outgoing
    edits: int = 0

    @property
    def text(self) -> str:
        """Its present text."""
        return self.message.text

    @property
    def labels(self) -> list[str]:
        """The labels of its present buttons."""
        return [button.label for row in self.message.buttons for button in row]

    def action(self, label: str) -> str:
        """Returns the action of the one button whose label contains `label`."""
        [action] = [b.action for row in self.message.buttons for b in row if label in b.label]
        return action


@dataclass
class FakeChannel:
    """A channel in memory.

    Attributes:
        messages: what was sent, by chat, oldest first.
        fails_with: errors that the next calls of `send` raise, one each.
        keys: the idempotency keys of the messages that were sent, edits left out.
        name: the channel's name in addresses.
    """

    messages: dict[str, list[SentMessage]] = field(default_factory=dict)
    fails_with: list[SendError] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    name: str = "paper"

    async def listen(self, handle: IncomingHandler) -> None:
        """Returns at once: tests hand their messages to the application themselves."""

    async def whoami(self) -> str:
        """Returns its name."""
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
        """Keeps a message, or edits the one it replaces; returns its id."""
        if not should_send():
            raise SendCancelled
        if self.fails_with:
            raise self.fails_with.pop(0)
        chat = self.messages.setdefault(to, [])
        if message.replaces is not None:
            for sent in chat:
                if sent.id == message.replaces:
                    text = message.text or sent.text
                    sent.message, sent.edits = replace(message, text=text), sent.edits + 1
            return message.replaces
        self.keys.append(key)
        chat.append(SentMessage(f"{number_of(to)}-{len(chat) + 1}", message))
        return chat[-1].id

    async def trouble(self) -> str | None:
        """Returns None: nothing is ever wrong with it."""
        return None

    async def close(self) -> None:
        """Does nothing: there is no connection to close."""


def number_of(address: str) -> int:
    """What a chat is called in the ids of its messages, which tell nothing of who it is."""
    return crc32(address.encode())


class FakeMember:
    """A person with a chat on a `FakeChannel`, and what a test wants to know of them.

    Attributes:
        said: how many messages, presses and edits they sent.
        notice: what the application returned for the last of those.
    """

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
        """Hands the application something of theirs; `key` defaults to a new one."""
        self.said += 1
        incoming = Incoming(
            key or f"{number_of(self.address.id)}/{self.said}",
            self.address,
            self.clock(),
            content,
            name=self.called,
        )
        self.notice = await self.application.replies.handle(incoming)

    async def says(self, text: str, reply_to: SentMessage | None = None) -> str:
        """Types a message; returns its id."""
        message = f"from-{number_of(self.address.id)}-{self.said + 1}"
        await self.does(Typed(text, message, reply_to.id if reply_to else None))
        return message

    async def taps(self, action: str, key: str | None = None) -> None:
        """They press a button with this data, under the newest message."""
        await self.does(Pressed(action, self.last.id), key)

    async def edits(self, message: str, text: str) -> None:
        """Edits a message of theirs."""
        await self.does(Edited(text, message))

    async def presses(self, label: str, on: SentMessage | None = None) -> None:
        """Presses a button: on the newest message that has it, unless `on` is given."""
        pressed = on or next(
            sent
            for sent in reversed(self.messages)
            if any(label in offered for offered in sent.labels)
        )
        await self.does(Pressed(pressed.action(label), pressed.id))

    async def joins(self, rhythm: str = "ma-vr 9:30") -> None:
        """Joins, in Dutch."""
        await self.says("/start")
        await self.presses("Nederlands")
        await self.says(rhythm)

    async def waits_for_nudge(self) -> SentMessage:
        """Moves the clock to the next nudge, sends what is due, and returns their last message."""
        async with self.application.database.reading() as session:
            waiting = await nudges.next_send_at(session)
        planned = (await self.member()).next_nudge_at
        known = [moment for moment in (planned, waiting) if moment is not None]
        self.clock.moment = max(min(known), self.clock.moment)
        await self.application.nudge_sender.tick()
        return self.last

    async def round(self, answer: str | None, words: str | None = None) -> SentMessage:
        """Goes through one round: the nudge, then an answer and a reflection where given."""
        nudge = await self.waits_for_nudge()
        if answer:
            await self.presses(answer, nudge)
        if words:
            await self.says(words)
        return nudge

    @property
    def messages(self) -> list[SentMessage]:
        """All messages they got, oldest first."""
        return self.fake_channel.messages.get(self.address.id, [])

    @property
    def last(self) -> SentMessage:
        """The newest message."""
        return self.messages[-1]

    async def member(self) -> MemberRow:
        """Returns their row."""
        async with self.application.database.reading() as session:
            row = await members.find_member(session, *self.address.pair)
        assert row is not None
        return row

    async def nudges(self) -> list[NudgeRow]:
        """Returns their nudges, oldest first."""
        member = await self.member()
        async with self.application.database.reading() as session:
            return await nudges.all_of_member(session, member.id)

    async def streak(self) -> str:
        """Sends /reeks; returns the first line of the answer."""
        await self.says("/reeks")
        return self.last.text.splitlines()[0]
