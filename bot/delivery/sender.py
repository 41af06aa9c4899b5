"""One message to one address, and the note that it arrived."""

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.channels.base import Channel, ChatMoved, ShouldSend, Unreachable, always_send
from bot.delivery.batch_writer import BatchWriter
from bot.delivery.reply_priority import ReplyPriority
from bot.messages import Address, Clock, Outgoing, Picture
from bot.store.db.engine import Database
from bot.store.db.errors import is_transient, retry_transient
from bot.store.members import members
from bot.store.nudges import nudges
from bot.store.nudges.receipts import Receipt, record_receipts
from bot.store.teams import teams


class Sender:
    """Sends through the right channel and keeps the receipt.

    Args:
        database: where receipts go.
        channels: by name.
        clock: tells the present.

    Attributes:
        reply_priority: tells whether somebody is being answered.
    """

    def __init__(self, database: Database, channels: dict[str, Channel], clock: Clock) -> None:
        self.channels = channels
        self.reply_priority = ReplyPriority()
        self._database, self._clock = database, clock
        self._keep = BatchWriter(self._record, is_common=is_transient)
        self._silenced: dict[Address, datetime] = {}

    def silence(self, to: Address) -> None:
        """Somebody was erased: a nudge that was claimed for them already is not sent any more."""
        now = self._clock()
        self._silenced = {who: until for who, until in self._silenced.items() if until > now}
        self._silenced[to] = now + nudges.LEASE

    def is_silenced(self, to: Address) -> bool:
        """Whether nothing that was claimed for them may be sent now."""
        until = self._silenced.get(to)
        return until is not None and self._clock() < until

    async def deliver(
        self,
        to: Address,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> None:
        """Sends `message`, its picture drawn first, and records the receipt if it is about a nudge.

        By the time it returns, the receipt is committed; receipts that come in at the same time
        share a transaction. So what a crash can leave unrecorded is what was on its way then.

        Args:
            to: where it goes.
            message: what goes there.
            key: the same for a repeat of the same message; a nudge has one of its own.
            urgent: somebody is waiting for it.
            should_send: asked right before it leaves.

        Raises:
            SendCancelled: `should_send` said no.
            Unreachable: it can never arrive.
            TemporaryFailure: it may arrive later.
        """
        to, receipt = await self._bring(to, message, key, urgent=urgent, should_send=should_send)
        if receipt is not None and (about := message.about) is not None:
            asks = bool(message.buttons)
            at = self._clock()
            await self._keep(
                Receipt(about.nudge_id, about.purpose, to.channel, to.id, receipt, at, asks)
            )

    async def bring(self, to: Address, message: Outgoing, key: str) -> str | None:
        """Sends `message`, and records nothing; the platform's id of it.

        Raises:
            SendError: as with `deliver`.
        """
        return (await self._bring(to, message, key, urgent=False, should_send=always_send))[1]

    async def _bring(
        self, to: Address, message: Outgoing, key: str, *, urgent: bool, should_send: ShouldSend
    ) -> tuple[Address, str | None]:
        """Sends it, to wherever the chat is by now; where that was, and the platform's id of it."""
        if message.picture is not None:
            # Drawing takes tens of milliseconds of CPU; other chats go on meanwhile.
            png = await asyncio.to_thread(message.picture.draw)
            message = replace(message, picture=Picture(lambda: png, message.picture.name))
        channel = self.channels[to.channel]
        if message.about is not None and message.replaces is None:
            key = message.about.key or key
        try:
            return to, await channel.send(
                to.id, message, key, urgent=urgent, should_send=should_send
            )
        except ChatMoved as moved:
            to = await self._follow(to, moved.to)
            return to, await channel.send(
                to.id, message, key, urgent=urgent, should_send=should_send
            )

    async def _follow(self, to: Address, moved: str) -> Address:
        async with self._database.transaction() as session:
            group, slash, topic = to.id.partition("/")
            if await teams.move_group_chat(session, to.channel, group, moved):
                return Address(to.channel, f"{moved}{slash}{topic}")
            if not await members.move_address(session, to.channel, to.id, moved):
                raise Unreachable(f"moved to {moved}, where somebody is known already")
        return Address(to.channel, moved)

    async def _record(self, receipts: list[Receipt]) -> None:
        async for attempt in retry_transient():
            with attempt:
                async with self._database.writing() as connection:
                    await record_receipts(connection, receipts)
