"""What waits in the outbox goes out: claim, send, record, chat by chat."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from bot.delivery.leased_batches import BatchLimits, ClaimedBatch, LeasedBatches
from bot.delivery.outbox.chat_delivery import ChatDelivery, Turn
from bot.delivery.outbox.stored_messages import UnreadableMessage, label, load_message
from bot.delivery.replies.reply_priority import ReplyPriority
from bot.delivery.sender import Envelope
from bot.messages import Address, Clock
from bot.retries import ONCE
from bot.store.boxes import outbox
from bot.store.boxes.outbox import WaitingMessage
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.locks import leases
from bot.store.db.unchanged import UnchangedRead
from bot.store.keys.master_key import WrongKey
from bot.store.members.vault import Vault

log = structlog.get_logger(__name__)
# Chats, not messages. All of it is urgent to the rate limiter, so a new reply waits for at most as
# many of these as are in flight: a third of a second at Telegram's pace.
LIMITS = BatchLimits(in_flight=10, smallest=20, largest=100)
# What waits behind a message that is being sent is looked at again so soon: nothing announces that
# the one before it has arrived.
HELD_UP = timedelta(seconds=1)


class OutboxSender:
    """Sends what could not be sent when it was decided, or was left by a crash.

    Args:
        database: where it is kept.
        vault: opens it.
        delivery: sends it.
        clock: returns the present.
        active_channels: returns the names of the channels that this process may send on now.
        reply_priority: replies that are decided now go first.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        delivery: ChatDelivery,
        clock: Clock,
        active_channels: Callable[[], Collection[str]],
        reply_priority: ReplyPriority,
    ) -> None:
        self._database, self._vault, self._delivery = database, vault, delivery
        self._clock, self._active_channels = clock, active_channels
        self._batches = LeasedBatches(self._claim, self._send, LIMITS, reply_priority)
        self._next_send_at = UnchangedRead(database, outbox.next_send_at)

    async def tick(self) -> int:
        """Sends what is due; returns how many chats were attempted."""
        due = await self.next_due()
        return 0 if due is None or due > self._clock() else await self._batches.run()

    async def next_due(self) -> datetime | None:
        """Returns when a message is due here; None: none waits, or the database cannot be used."""
        now, channels = self._clock(), sorted(self._active_channels())
        try:
            due = await self._next_send_at(channels)
            if due is not None and due > now + HELD_UP:
                async with self._database.reading() as session:
                    held_up = await outbox.is_held_up(session, channels, now)
                due = now + HELD_UP if held_up else due
        except DATABASE_ERRORS as error:  # the sending of nudges logs it as an error
            log.info("outbox not read", error=error_message(error))
            return None
        return due

    def stop(self) -> None:
        """Claims nothing from now on; what is in flight goes on."""
        self._batches.stop()

    async def finished(self, seconds: float) -> None:
        """Waits until nothing that was claimed is in flight, at most so many seconds."""
        await self._batches.finished(seconds)

    async def _claim(self, limit: int) -> ClaimedBatch[list[WaitingMessage]] | None:
        now = self._clock()
        try:
            async with self._database.transaction() as session:
                chats = await outbox.claim(
                    session, now, list(self._active_channels()), limit, now + leases.REPLY_LEASE
                )
        except DATABASE_ERRORS as error:
            log.info("outbox not claimed", error=error_message(error))
            return None
        return ClaimedBatch(chats, more=len(chats) == limit)

    async def _send(self, chat: list[WaitingMessage]) -> None:
        address = Address(chat[0].channel, chat[0].address)
        with self._delivery.in_hand(address, [waiting.id for waiting in chat]):
            await self._send_in_order(chat)

    async def _send_in_order(self, chat: list[WaitingMessage]) -> None:
        try:
            for number, waiting in enumerate(chat):
                if self._batches.is_stopping:
                    return  # whoever claims the rest next sends it
                rows = [later.id for later in chat[number:]]
                turn = Turn(rows, rows[:1], waiting.attempts, waiting.leased_until, ONCE)
                envelope = await self._open(waiting)
                if envelope is not None and not await self._delivery.deliver(envelope, turn):
                    return
        except DATABASE_ERRORS as error:
            # The rest goes out when its lease has run out.
            log.error("outbox not read", error=error_message(error))

    async def _open(self, waiting: WaitingMessage) -> Envelope | None:
        """Reads a message right before it is sent; None: it is not to be sent any more.

        Since it was claimed, its member may have been erased, or its chat may have moved.
        """
        if waiting.expires_at <= self._clock():
            await self._delivery.drop([waiting.id])
            return None
        async with self._database.reading() as session:
            row = await outbox.read_leased(session, waiting.id, waiting.leased_until)
        if row is None:
            return None
        address, sealed = row
        try:
            content = self._vault.open_waiting(label(waiting.channel, waiting.key), sealed)
            to = Address(waiting.channel, address)
            return Envelope(to, load_message(content), waiting.key, waiting.id)
        except (WrongKey, UnreadableMessage) as error:
            log.error("message dropped: it cannot be read", row=waiting.id, error=str(error))
            await self._delivery.drop([waiting.id])
            return None
