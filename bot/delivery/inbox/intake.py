"""Taking in: what a platform brings is committed before the platform is told, and a flood is cut.

A crash before the commit costs nothing: the platform brings the same again. A crash after it costs
nothing either: what is brought again is known by its key.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import prometheus_client
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import TemporaryFailure
from bot.conversation.commands import is_way_in
from bot.delivery.batch_writer import BatchWriter
from bot.delivery.inbox.flood_limits import FloodLimits, Verdict
from bot.delivery.inbox.queues import QueuedItem
from bot.delivery.inbox.worker import InboxWorker, monotonic
from bot.messages import Clock, ReceivedItem
from bot.operation import tracing
from bot.store.boxes import inbox as rows
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, retry_transient
from bot.store.members.vault import Vault

log = structlog.get_logger(__name__)
DROPPED = prometheus_client.Counter(
    "olievlek_inbox_dropped", "Items that were dropped because a chat brought too many", ["channel"]
)
MAX_KEY = 255
MAX_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a platform brought at once, up to where that is, and when, if that is traced."""

    items: Sequence[ReceivedItem]
    position: str | None
    since: int | None = None


@dataclass(slots=True)
class Decisions:
    """What becomes of the new items of a batch.

    A transaction that is tried again keeps them, because what was decided is remembered of a chat.
    """

    accepted: list[ReceivedItem] = field(default_factory=list)
    dropped: list[tuple[ReceivedItem, Verdict]] = field(default_factory=list)


class Intake:
    """Stores what a channel brings.

    Args:
        channel: its name.
        database: where items go.
        vault: seals them.
        clock: returns the present.
        flood_limits: decides what is dropped.
        worker: handles what was stored, when this process leads the channel.
    """

    def __init__(
        self,
        channel: str,
        database: Database,
        vault: Vault,
        clock: Clock,
        flood_limits: FloodLimits,
        worker: InboxWorker,
    ) -> None:
        self._channel, self._database, self._vault = channel, database, vault
        self._clock, self._flood_limits, self._worker = clock, flood_limits, worker
        # All in one transaction, or none: after an error nothing of it was taken in.
        self._write = BatchWriter(self._write_deliveries, is_common=lambda _: True)
        self._dropped = DROPPED.labels(channel)
        self._told_delayed: set[str] = set()

    async def receive(self, items: Sequence[ReceivedItem], position: str | None = None) -> None:
        """Stores items and the position in one transaction, and then has them handled.

        Raises:
            TemporaryFailure: nothing was stored; the platform has to bring the same again.
        """
        if len(self._worker.queues) >= self._flood_limits.limits.total:
            raise TemporaryFailure("too much waits to be handled")
        try:
            await self._write(Delivery(items, position, tracing.moment()))
        except DATABASE_ERRORS as error:
            self._tell_delayed(items)
            raise TemporaryFailure(
                f"what comes in cannot be stored ({error_message(error)})"
            ) from error
        self._told_delayed.clear()

    async def finished(self) -> None:
        """Waits until nothing is being stored, so that the database can be closed."""
        await self._write.finished()

    def _tell_delayed(self, items: Sequence[ReceivedItem]) -> None:
        """Has each chat told, once until the database can be written again, that it takes longer.

        The platform keeps the items, and brings them again.
        """
        for item in items:
            if item.chat not in self._told_delayed and len(self._told_delayed) < MAX_TOLD:
                self._told_delayed.add(item.chat)
                self._worker.tell_delayed(item)

    async def position(self, max_age: timedelta | None = None) -> str | None:
        """Returns the position that was committed last, unless it is older than `max_age`.

        Raises:
            TemporaryFailure: the database cannot be read now.
        """
        try:
            async with self._database.reading() as session:
                after = None if max_age is None else self._clock() - max_age
                return await rows.position(session, self._channel, after)
        except DATABASE_ERRORS as error:
            raise TemporaryFailure(error_message(error)) from error

    async def _write_deliveries(self, deliveries: list[Delivery]) -> None:
        decisions: Decisions | None = None
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    new = await self._new_items(session, deliveries)
                    if decisions is None:
                        decisions = self._decide(new, await self._waiting(session, new))
                    queued = await self._store(session, decisions.accepted)
                    await self._save_position(session, deliveries)
        # Only what is committed is handled: otherwise a crash could undo what was answered.
        _note_taking_in(queued, deliveries)
        self._worker.add(queued)
        for item, verdict in decisions.dropped if decisions else ():
            self._dropped.inc()
            if item.is_press or verdict is Verdict.DROP_WITH_NOTICE:
                self._worker.notify(item)

    async def _new_items(
        self, session: AsyncSession, deliveries: Iterable[Delivery]
    ) -> list[ReceivedItem]:
        """Returns what is neither in the inbox nor handled before, each key once."""
        items = {item.key: item for delivery in deliveries for item in delivery.items}
        if not items:
            return []
        known = await rows.known_keys(session, self._channel, items.keys())
        return [item for key, item in items.items() if key not in known and len(key) <= MAX_KEY]

    async def _waiting(self, session: AsyncSession, items: list[ReceivedItem]) -> Counter[str]:
        """Returns how many items wait in the chats of these.

        Raises:
            TemporaryFailure: in all chats together, too many.
        """
        chats = {item.chat for item in items}
        if self._worker.loaded.is_set():
            return Counter({chat: self._worker.queues.waiting_in(chat) for chat in chats})
        if await rows.count_waiting(session, self._channel) >= self._flood_limits.limits.total:
            raise TemporaryFailure("too much waits to be handled")
        return Counter(await rows.waiting_counts(session, self._channel, chats))

    def _decide(self, items: list[ReceivedItem], waiting: Counter[str]) -> Decisions:
        now, decisions, limits = monotonic(), Decisions(), self._flood_limits.limits
        for item in items:
            most = limits.backlog if self._worker.is_backlog(item) else limits.waiting
            verdict = self._flood_limits.on_arrival(
                item.chat,
                item.text,
                most - waiting[item.chat],
                now,
                has_priority=item.is_membership or is_way_in(item.text),
            )
            if verdict is Verdict.ACCEPT:
                waiting[item.chat] += 1
                decisions.accepted.append(item)
            else:
                decisions.dropped.append((item, verdict))
        return decisions

    async def _store(self, session: AsyncSession, items: list[ReceivedItem]) -> list[QueuedItem]:
        sealed = [(item, self._sealed(item)) for item in items]
        ids = await rows.add(session, self._channel, sealed, self._clock())
        return list(self._queued(items, ids))

    def _queued(self, items: list[ReceivedItem], ids: dict[str, int]) -> Iterator[QueuedItem]:
        for item in items:
            if item.key in ids:  # or another replica stored it a moment ago
                yield QueuedItem(
                    ids[item.key],
                    item.key,
                    item.chat,
                    is_chatter=item.text is not None and not is_way_in(item.text),
                    content=item.content,
                    is_counted=self._worker.is_backlog(item),
                    since=monotonic(),
                )

    def _sealed(self, item: ReceivedItem) -> bytes:
        label = rows.seal_label(self._channel, item.key)
        return self._vault.seal_waiting(label, item.content)

    async def _save_position(self, session: AsyncSession, deliveries: list[Delivery]) -> None:
        positions = [d.position for d in deliveries if d.position is not None]
        if positions:
            await rows.save_position(session, self._channel, positions[-1], self._clock())


def _note_taking_in(queued: Iterable[QueuedItem], deliveries: Iterable[Delivery]) -> None:
    """Notes of each item when it was being taken in; nothing if nothing is traced."""
    if (until := tracing.moment()) is None:
        return
    since = {item.key: delivery.since for delivery in deliveries for item in delivery.items}
    for item in queued:
        if (began := since.get(item.key)) is not None:
            item.taken_in = began, until
