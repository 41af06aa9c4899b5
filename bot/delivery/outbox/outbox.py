"""The outbox: what was decided is sent at once, or later, or not any more; it is never lost.

A message is a row from the transaction that decides it until it has arrived. The process that
decided it leases it there and then, and sends it from memory. What cannot be sent now is released,
and claimed again by the same means as nudges and digests, chat by chat: nothing of a chat goes
before what was decided earlier for it and still waits.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox.chat_delivery import ChatDelivery, Turn
from bot.delivery.outbox.stored_messages import (
    MAX_BYTES,
    dump_message,
    label,
    relevant_for,
    subject,
)
from bot.delivery.sender import Envelope
from bot.messages import Address, Clock
from bot.retries import ONCE, REPLY
from bot.store.boxes import outbox
from bot.store.boxes.outbox import NewMessage
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.locks import leases
from bot.store.members.vault import Vault
from bot.store.schema.nudges import NudgeRow

log = structlog.get_logger(__name__)
# After which a nudge that has to wait for others of its chat is claimed again.
IN_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """Messages that are kept, and that the process that decided them sends now.

    Attributes:
        envelopes: in the order in which they were decided; those of one chat are leased together.
        leased_until: from then on, another sender may send them.
        in_order: whether they may not go before what was decided earlier for their chat.
    """

    envelopes: Sequence[Envelope]
    leased_until: datetime
    in_order: bool = True


NOTHING = Kept((), datetime.max.replace(tzinfo=UTC))


class Outbox:
    """Keeps the messages of a reply until they have arrived, and sends them at once if possible.

    Args:
        database: where they are kept.
        vault: seals them.
        delivery: sends them.
        clock: returns the present.
        active_channels: returns the names of the channels that this process may send on now.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        delivery: ChatDelivery,
        clock: Clock,
        active_channels: Callable[[], Collection[str]],
    ) -> None:
        self._database, self._vault, self._delivery = database, vault, delivery
        self._clock, self._active_channels = clock, active_channels
        self._chats: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()

    async def keep(self, session: AsyncSession, envelopes: Sequence[Envelope]) -> Kept:
        """Keeps messages, in the transaction that decides them; returns those to send after it.

        Not among those are messages behind others of their chat, and for a channel that another
        process leads. A nudge gets no row here, because it has one of its own; nor does a file of
        more than `MAX_BYTES`.
        """
        now = self._clock()
        until = now + leases.REPLY_LEASE
        with_row = [envelope for envelope in envelopes if _gets_row(envelope)]
        rows: list[int | None] = []
        if with_row:
            new = [
                _new_message(self._vault, envelope, now, until if self._leads(envelope) else None)
                for envelope in with_row
            ]
            rows = await outbox.add(session, new, now)
        row_of = {envelope.key: row for envelope, row in zip(with_row, rows, strict=True)}
        ready: list[Envelope] = []
        for envelope in envelopes:
            if (row := row_of.get(envelope.key)) is not None:
                ready.append(replace(envelope, row=row))
            elif envelope.key not in row_of:
                if await self._is_next(session, envelope, ready):
                    ready.append(envelope)
                else:
                    await _leave_to_nudges(session, envelope, now)
        return Kept(ready, until)

    async def _is_next(
        self, session: AsyncSession, envelope: Envelope, ready: Sequence[Envelope]
    ) -> bool:
        """Returns whether a message without a row may be sent now, after those that are ready."""
        if any(other.address == envelope.address for other in ready):
            return True
        pair = envelope.address.pair
        return self._leads(envelope) and not await outbox.is_waiting(session, *pair)

    def _leads(self, envelope: Envelope) -> bool:
        return envelope.address.channel in self._active_channels()

    async def keep_alone(self, envelopes: Sequence[Envelope]) -> Kept:
        """Keeps messages in a transaction of their own; without rows if that is impossible."""
        try:
            async with self._database.transaction() as session:
                return await self.keep(session, envelopes)
        except DATABASE_ERRORS as error:
            log.error("messages not kept", error=error_message(error))
            return self.unkept(envelopes)

    def unkept(self, envelopes: Sequence[Envelope]) -> Kept:
        """Returns messages to send from memory alone, for when the database cannot be used.

        They go before what waits for their chat: while the database cannot be written, that also
        holds what has arrived already.
        """
        return Kept(envelopes, self._clock() + leases.REPLY_LEASE, in_order=False)

    async def send(self, kept: Kept, patient: Address) -> None:
        """Sends messages that were kept, right after the commit; returns when nothing more can go.

        What cannot be sent now waits in the outbox from then on.

        Args:
            kept: what `keep` returned.
            patient: the chat where somebody waits, which gets a few tries at once.
        """
        by_chat: defaultdict[Address, list[Envelope]] = defaultdict(list)
        for envelope in kept.envelopes:
            by_chat[envelope.address].append(envelope)
        for address, envelopes in by_chat.items():
            lock = self._chats.setdefault(address, asyncio.Lock())
            must_wait = lock.locked()
            async with lock:
                if kept.in_order and must_wait and await self._is_overtaking(envelopes[0]):
                    await self._delivery.release(_rows(envelopes), kept.leased_until)
                    continue
                policy = REPLY if address == patient else ONCE
                turn = Turn((), (), 0, kept.leased_until, policy)
                await self._send_in_order(envelopes, turn)

    async def _send_in_order(self, envelopes: Sequence[Envelope], turn: Turn) -> None:
        """Sends the messages of a chat; an edit is recorded together with the one after it.

        That saves a transaction for most presses. A crash in between costs nothing that anyone
        would see: the same edit is made again.
        """
        edits: list[int] = []
        for number, envelope in enumerate(envelopes):
            waits = _is_mere_edit(envelope) and envelope is not envelopes[-1]
            arrived = [] if waits else edits + _rows([envelope])
            now = replace(turn, rows=_rows(envelopes[number:]), arrived=arrived)
            if not await self._delivery.deliver(envelope, now):
                await self._delivery.drop(edits)
                return
            edits = edits + _rows([envelope]) if waits else []

    async def _is_overtaking(self, envelope: Envelope) -> bool:
        """Returns whether an earlier message of the chat waits, of a transaction beside this one.

        PostgreSQL lets two transactions add messages for one chat at the same time.
        """
        async with self._database.reading() as session:
            pair = envelope.address.pair
            if envelope.row is None:
                return await outbox.is_waiting(session, *pair)
            return await outbox.has_earlier(session, *pair, envelope.row)

    def cancel_earlier(self, address: Address, kept: Kept) -> None:
        """Keeps what was claimed for a chat before from being sent; its rows were deleted."""
        self._delivery.cancel(address, _rows(kept.envelopes))


async def _leave_to_nudges(session: AsyncSession, envelope: Envelope, now: datetime) -> None:
    """Has a nudge that may not go before others of its chat claimed again in a moment."""
    if (about := envelope.message.about) is not None:
        nudge = await session.get(NudgeRow, about.nudge_id)
        if nudge is not None and leases.is_leased(nudge, now):
            leases.take(nudge, now + IN_A_MOMENT, is_attempt=False)


async def keep_for_later(
    session: AsyncSession, vault: Vault, envelopes: Sequence[Envelope], now: datetime
) -> None:
    """Keeps messages that the outbox sends, whoever leads their channels."""
    if envelopes:
        new = [_new_message(vault, envelope, now, None) for envelope in envelopes]
        await outbox.add(session, new, now)


def _new_message(
    vault: Vault, envelope: Envelope, now: datetime, leased_until: datetime | None
) -> NewMessage:
    message, (channel, address) = envelope.message, envelope.address.pair
    return NewMessage(
        channel,
        address,
        envelope.key,
        vault.seal_waiting(label(channel, envelope.key), dump_message(message)),
        subject(message),
        now + relevant_for(message),
        leased_until,
    )


def _is_mere_edit(envelope: Envelope) -> bool:
    """Returns whether it edits a message, and nothing has to be known about it afterwards."""
    return envelope.message.replaces is not None and envelope.message.about is None


def _gets_row(envelope: Envelope) -> bool:
    message = envelope.message
    is_nudge = message.replaces is None and message.about is not None and message.about.key
    return not is_nudge and (message.file is None or len(message.file.content) <= MAX_BYTES)


def _rows(envelopes: Sequence[Envelope]) -> list[int]:
    return [envelope.row for envelope in envelopes if envelope.row is not None]
