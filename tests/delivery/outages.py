"""A platform that is away, processes that die, and what then lies in the outbox."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from bot.app import Application, Leads, build
from bot.channels.base import SendError, ShouldSend, TemporaryFailure, always_send
from bot.delivery.outbox.chat_delivery import ChatDelivery
from bot.delivery.outbox.outbox import Outbox
from bot.delivery.sender import Sender
from bot.delivery.take_over import take_over
from bot.messages import Outgoing
from bot.store.schema.outbox import OutboxRow
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


@dataclass
class Platform(FakeChannel):
    """A channel that can be away, or keep a message on its way.

    Attributes:
        away: what each message fails with; None: it works.
        stuck: set while messages stay on their way.
        gate: what messages wait for before they are asked whether they still have to go out.
        tried: the texts of all messages that were tried, in order.
    """

    away: Exception | None = None
    stuck: bool = False
    gate: asyncio.Event | None = None
    tried: list[str] = field(default_factory=list)
    _at_gate: int = 0

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Keeps a message, unless it is away or stuck."""
        if self.gate is not None:
            self._at_gate += 1
            await self.gate.wait()
        if should_send():
            self.tried.append(message.text)
            if self.stuck:
                await asyncio.Event().wait()
            if self.away is not None:
                raise self.away
        return await super().send(to, message, key, urgent=urgent, should_send=should_send)

    async def until_at_gate(self, messages: int) -> None:
        """Waits until so many messages have come to the gate."""
        async with asyncio.timeout(10):
            while self._at_gate < messages:
                await asyncio.sleep(0.005)

    def goes_away(self, error: SendError | None = None) -> None:
        """From now on each message fails."""
        self.away = error or TemporaryFailure("away")

    def comes_back(self) -> None:
        """From now on messages arrive."""
        self.away, self.stuck = None, False
        self.tried.clear()


def process(
    application: Application, platform: FakeChannel, clock: FixedClock, *, leads: bool = True
) -> Application:
    """Returns another process on the same database: after a restart, or another replica."""
    active: Collection[str] = (platform.name,) if leads else ()
    return build(
        application.database, application.vault, [platform], clock, leads=Leads(lambda: active)
    )


async def someone_on(
    application: Application, platform: FakeChannel, clock: FixedClock, name: str = "sanne"
) -> FakeMember:
    """Returns a member with a chat on `platform`."""
    member = FakeMember(process(application, platform, clock), platform, clock, name)
    await member.joins()
    return member


@pytest.fixture
def platform() -> Platform:
    """Where the member has a chat."""
    return Platform()


@pytest.fixture
async def sanne(application: Application, platform: Platform, clock: FixedClock) -> FakeMember:
    """A member on it."""
    member = await someone_on(application, platform, clock)
    platform.tried.clear()
    return member


async def restart(member: FakeMember, clock: FixedClock) -> Application:
    """Replaces the process that serves the member by one that takes the channel over."""
    member.application = process(member.application, member.fake_channel, clock)
    await take_over(member.application.database, member.fake_channel.name)
    return member.application


async def dies_while_answering(member: FakeMember, text: str) -> None:
    """The member types, and the process dies after the commit, while the answer is on its way."""
    platform = member.fake_channel
    assert isinstance(platform, Platform)
    platform.stuck = True
    answering = asyncio.create_task(member.says(text))
    async with asyncio.timeout(10):
        while not platform.tried:
            await asyncio.sleep(0.005)
    answering.cancel()
    await asyncio.wait([answering])


async def waiting(application: Application) -> list[OutboxRow]:
    """Returns what lies in the outbox, in order."""
    async with application.database.reading() as session:
        return list((await session.scalars(select(OutboxRow).order_by(OutboxRow.id))).all())


async def comes_back(member: FakeMember, platform: Platform, clock: FixedClock) -> int:
    """The platform works again and the wait is over; returns how many chats were attempted."""
    platform.comes_back()
    clock.passes(seconds=40)
    return await member.application.outbox_sender.tick()


def outbox_on(application: Application, platform: Platform, clock: FixedClock) -> Outbox:
    """Returns an outbox that sends on `platform`."""
    database, channels = application.database, {platform.name: platform}
    sender = Sender(database, dict(channels), clock)
    delivery = ChatDelivery(database, sender, clock, lambda: channels)
    return Outbox(database, application.vault, delivery, clock, lambda: channels)
