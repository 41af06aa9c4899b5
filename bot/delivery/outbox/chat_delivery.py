"""Sends the messages of one chat in order, and records what came of each."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.channels.base import (
    MessageRejected,
    SendCancelled,
    SendError,
    TemporaryFailure,
    Unreachable,
)
from bot.delivery.sender import Envelope, Sender
from bot.masking import without_text
from bot.messages import Address, Clock, Farewell
from bot.retries import OUTBOX, OUTBOX_FAULTS, RetryPolicy
from bot.store.boxes import outbox
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, retry_transient
from bot.store.lifecycle.linking import linking
from bot.store.members import members

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """The messages of one chat that are being sent, from the one whose turn it is.

    Attributes:
        rows: their rows, in order, as far as they have one.
        arrived: the rows that are done when this message has arrived.
        attempts: how often the first of them failed before.
        leased_until: from then on, another sender may send them.
        policy: how often it is tried before it waits in the outbox.
    """

    rows: Sequence[int]
    arrived: Sequence[int]
    attempts: int
    leased_until: datetime
    policy: RetryPolicy


class ChatDelivery:
    """Sends messages of the outbox, and records that they arrived, failed or are pointless.

    Args:
        database: where their rows are.
        sender: sends one message.
        clock: returns the present.
        active_channels: returns the names of the channels that this process may send on now.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        clock: Clock,
        active_channels: Callable[[], Collection[str]],
    ) -> None:
        self._database, self._sender = database, sender
        self._clock, self._active_channels = clock, active_channels
        self._in_hand: dict[int, Address] = {}
        self._cancelled: set[int] = set()

    @contextmanager
    def in_hand(self, address: Address, rows: Sequence[int]) -> Iterator[None]:
        """Marks rows of a chat as claimed, within the block, so that they can be cancelled."""
        self._in_hand.update(dict.fromkeys(rows, address))
        try:
            yield
        finally:
            for row in rows:
                self._in_hand.pop(row, None)
                self._cancelled.discard(row)

    def cancel(self, address: Address, except_rows: Collection[int]) -> None:
        """Keeps what was claimed for a chat from being sent; its rows were deleted."""
        self._cancelled.update(
            row for row, chat in self._in_hand.items() if chat == address and row not in except_rows
        )

    def _may_send(self, envelope: Envelope, turn: Turn) -> bool:
        """Returns whether the lease still holds and this process may still send there."""
        return (
            envelope.address.channel in self._active_channels()
            and self._clock() < turn.leased_until
            and envelope.row not in self._cancelled
        )

    async def deliver(self, envelope: Envelope, turn: Turn) -> bool:
        """Sends a message and records what came of it; returns whether the next may go."""

        def should_send() -> bool:
            return self._may_send(envelope, turn)

        channel = envelope.address.channel
        farewell = envelope.message.farewell
        if farewell is not None and not await self._is_swept(envelope, turn, farewell):
            return False
        own_row = [] if envelope.row is None else [envelope.row]
        try:
            async for attempt in turn.policy.attempts(_is_temporary):
                with attempt:
                    await self._sender.send_and_record(
                        envelope, turn.arrived, urgent=envelope.urgent, should_send=should_send
                    )
        except SendCancelled:
            return False  # whoever claims it next sends it
        except Unreachable as error:
            log.info("chat gone", channel=channel, error=str(error))
            await self._close_chat(envelope.address)
            return False
        except MessageRejected as error:
            log.warning("message refused", channel=channel, error=str(error))
            await self.drop(own_row)
        except SendError as error:
            log.warning("message not sent", channel=channel, error=str(error))
            await self._postpone(turn, error.after if isinstance(error, TemporaryFailure) else None)
            return False
        except DATABASE_ERRORS as error:
            # It was sent, but there is no record of that: its buttons stay, and can be pressed. It
            # is sent again when its lease has run out.
            log.error("arrival not kept", channel=channel, error=error_message(error))
        except Exception as error:
            log.error("message not sent: a fault of ours", channel=channel, **without_text(error))
            if turn.attempts + 1 < OUTBOX_FAULTS:
                await self._postpone(turn)
                return False
            await self.drop(own_row)
        if farewell is not None:  # its row held the address
            await self._database.checkpoint_wal()
        return True

    async def _is_swept(self, envelope: Envelope, turn: Turn, farewell: Farewell) -> bool:
        """Returns whether the disk holds nothing any more of whom a farewell is for.

        If it does, they are told so at the first try, and the farewell waits. A crash between those
        two tells them twice.
        """
        try:
            if await self._database.checkpoint_wal():
                return True
        except DATABASE_ERRORS as error:
            log.warning("the log of the database stays", error=error_message(error))
        if turn.attempts == 0:
            meanwhile = replace(envelope.message, text=farewell.meanwhile, farewell=None)
            try:
                await self._sender.send(envelope.address, meanwhile, f"{envelope.key}-meanwhile")
            except SendError as error:
                log.info("message not sent", error=str(error))
        await self._postpone(turn)
        return False

    async def _postpone(self, turn: Turn, requested: timedelta | None = None) -> None:
        """Leaves this message and those behind it to the outbox, after a wait that grows."""
        wait = OUTBOX.delay(turn.attempts + 1, requested or timedelta())
        await self.release(turn.rows, turn.leased_until, self._clock() + wait)

    async def release(
        self, rows: Sequence[int], leased_until: datetime, failed: datetime | None = None
    ) -> None:
        """Ends the leases of rows of one chat; with `failed`, the first is tried again then.

        When that cannot be written, they are tried again when the leases have run out.
        """
        if not rows:
            return
        try:
            async for attempt in retry_transient():
                with attempt:
                    async with self._database.transaction() as session:
                        if failed is None:
                            await outbox.release(session, rows, leased_until)
                        else:
                            await outbox.postpone(session, rows, leased_until, failed)
        except DATABASE_ERRORS as error:
            log.error("messages not postponed", error=error_message(error))

    async def drop(self, rows: Sequence[int]) -> None:
        """Deletes rows that are not sent any more; if that fails, they are tried again."""
        if not rows:
            return
        try:
            async with self._database.transaction() as session:
                await outbox.drop(session, rows)
        except DATABASE_ERRORS as error:
            log.error("messages not dropped", error=error_message(error))

    async def _close_chat(self, address: Address) -> None:
        """Drops what waits for a chat that is gone; its member counts as having left, as nudges do.

        All else of theirs is kept for their return.
        """
        try:
            async for attempt in retry_transient():
                with attempt:
                    async with self._database.transaction() as session:
                        member = await members.find_member(session, *address.pair, for_update=True)
                        if member is not None:
                            await linking.close_chat(session, member, *address.pair, self._clock())
                        await outbox.drop_chat(session, *address.pair)
        except DATABASE_ERRORS as error:
            log.error("chat not closed", error=error_message(error))


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, TemporaryFailure)
