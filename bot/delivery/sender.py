"""Sends one message to one address, and records that it arrived."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.channels.base import Channel, ChatMoved, ShouldSend, Unreachable, always_send
from bot.delivery.batch_writer import BatchWriter
from bot.delivery.replies.picture_drawer import PictureDrawer
from bot.delivery.replies.reply_priority import ReplyPriority
from bot.messages import Address, Clock, DrawnPicture, Outgoing, Picture
from bot.operation.tracing import stage
from bot.retries import STORE
from bot.store.boxes import outbox
from bot.store.db.engine import Database
from bot.store.db.errors import (
    DATABASE_ERRORS,
    error_message,
    is_outage,
    is_transient,
    retry_transient,
)
from bot.store.db.locks import leases
from bot.store.members import members
from bot.store.nudges.receipts import Receipt, record_receipts
from bot.store.teams import teams

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message, and where it goes.

    Attributes:
        address: the chat.
        message: what to send.
        key: the same for a repeat of the same message; a nudge has a key of its own.
        row: the id of its row in the outbox; None: it has none.
        urgent: whether it goes before what is not urgent, at a platform's pace.
    """

    address: Address
    message: Outgoing
    key: str
    row: int | None = None
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What has to be recorded of a message that arrived: its receipt, and which rows are done."""

    receipt: Receipt | None
    rows: Sequence[int]


class Sender:
    """Sends through the right channel and keeps the receipt.

    Args:
        database: where receipts go.
        channels: by name.
        clock: returns the present.

    Attributes:
        reply_priority: knows whether someone is being answered.
    """

    def __init__(self, database: Database, channels: dict[str, Channel], clock: Clock) -> None:
        self.channels = channels
        self.reply_priority = ReplyPriority()
        self._database, self._clock = database, clock
        self._record_arrival = BatchWriter(self._record_arrivals, is_common=is_transient)
        self._silenced: dict[Address, datetime] = {}
        self._drawer = PictureDrawer()
        self._recording: set[asyncio.Task[None]] = set()

    def silence(self, address: Address) -> None:
        """Keeps nudges that were claimed already from being sent to someone who was erased.

        It lasts as long as a lease: whatever is claimed later sees that the member is gone.
        """
        now = self._clock()
        self._silenced = {silent: until for silent, until in self._silenced.items() if until > now}
        self._silenced[address] = now + leases.NUDGE_LEASE

    def is_silenced(self, address: Address) -> bool:
        """Returns whether nothing that was claimed for this address may be sent now."""
        until = self._silenced.get(address)
        return until is not None and self._clock() < until

    async def send_and_record(
        self,
        envelope: Envelope,
        rows: Sequence[int] = (),
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> None:
        """Sends a message, records the receipt if it is about a nudge, and deletes rows.

        When it returns, that is committed; messages that arrive at the same time share a
        transaction. A crash between the platform's answer and that commit costs a copy: the message
        is sent again when its lease has ended, under the same key. Both copies of a nudge answer
        it.

        Args:
            envelope: what to send, and where; a picture is drawn first.
            rows: the rows of the outbox that are done when it has arrived.
            urgent: someone is waiting for it.
            should_send: asked right before it leaves.

        Raises:
            SendCancelled: `should_send` said no.
            Unreachable: it can never arrive.
            TemporaryFailure: it may arrive later.
            SendError: it did not arrive.
            SQLAlchemyError: it arrived, and that is not written yet.
        """
        message = envelope.message
        address, message_id = await self._send(
            envelope.address, message, envelope.key, urgent=urgent, should_send=should_send
        )
        receipt = None
        if message_id is not None and (about := message.about) is not None:
            receipt = Receipt(
                about.nudge_id,
                about.purpose,
                address.channel,
                address.id,
                message_id,
                self._clock(),
                bool(message.buttons),
            )
        if receipt is not None or rows:
            await self._record(_Arrival(receipt, rows))

    async def _record(self, arrival: _Arrival) -> None:
        """Records an arrival; when the database cannot be used, goes on trying in the background.

        Until the rows are deleted, what comes after them in the same chat waits for their leases.

        Raises:
            SQLAlchemyError: it is not recorded yet.
        """
        try:
            await self._record_arrival(arrival)
        except DATABASE_ERRORS as error:
            if is_outage(error):  # anything else would only come again
                task = asyncio.create_task(self._record_when_possible(arrival))
                self._recording.add(task)
                task.add_done_callback(self._recording.discard)
            raise

    async def _record_when_possible(self, arrival: _Arrival) -> None:
        try:
            async for attempt in STORE.attempts(is_outage):
                with attempt:
                    await self._record_arrival(arrival)
        except DATABASE_ERRORS as error:
            log.error("arrival not kept", error=error_message(error))
        else:
            # What waited behind it may go. Nothing else says so where the database could not even
            # be read: then the outbox did not see that anything waits.
            self._database.due_moments.announce(self._clock())

    async def close(self) -> None:
        """Stops recording; what is not recorded is sent again when its lease has ended."""
        for task in self._recording:
            task.cancel()
        if self._recording:
            await asyncio.wait(self._recording)

    async def send(
        self,
        address: Address,
        message: Outgoing,
        key: str,
        *,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends `message` and records nothing; returns the platform's id of it.

        None means that the platform has no id to refer to it later.

        Raises:
            SendError: as with `send_and_record`.
        """
        _, message_id = await self._send(
            address, message, key, urgent=False, should_send=should_send
        )
        return message_id

    async def _send(
        self,
        address: Address,
        message: Outgoing,
        key: str,
        *,
        urgent: bool,
        should_send: ShouldSend,
    ) -> tuple[Address, str | None]:
        """Returns where the chat is by now, and the platform's id of the message."""
        message = await self._with_drawn_picture(message, urgent=urgent)
        channel = self.channels[address.channel]
        if message.about is not None and message.replaces is None:
            key = message.about.key or key
        with stage("send", channel=address.channel):
            try:
                return address, await channel.send(
                    address.id, message, key, urgent=urgent, should_send=should_send
                )
            except ChatMoved as moved:
                address = await self._follow_moved_chat(address, moved.to)
                return address, await channel.send(
                    address.id, message, key, urgent=urgent, should_send=should_send
                )

    async def _with_drawn_picture(self, message: Outgoing, *, urgent: bool) -> Outgoing:
        """Returns the message with its picture as bytes."""
        if message.picture is None:
            return message
        png = await self._drawer.draw(message.picture.drawing, urgent=urgent)
        return replace(message, picture=Picture(DrawnPicture(png), message.picture.name))

    async def _follow_moved_chat(self, address: Address, new_id: str) -> Address:
        async with self._database.transaction() as session:
            await outbox.move_chat(session, address.channel, address.id.partition("/")[0], new_id)
            group, slash, topic = address.id.partition("/")
            if await teams.move_group_chat(session, address.channel, group, new_id):
                return Address(address.channel, f"{new_id}{slash}{topic}")
            if not await members.move_address(session, address.channel, address.id, new_id):
                raise Unreachable(f"moved to {new_id}, where another member is already")
        return Address(address.channel, new_id)

    async def _record_arrivals(self, arrivals: list[_Arrival]) -> None:
        receipts = [arrival.receipt for arrival in arrivals if arrival.receipt is not None]
        rows = [row for arrival in arrivals for row in arrival.rows]
        async for attempt in retry_transient():
            with attempt:
                async with self._database.writing() as connection:
                    if receipts:
                        await record_receipts(connection, receipts)
                    if rows:
                        await outbox.delete_arrived(connection, rows)
