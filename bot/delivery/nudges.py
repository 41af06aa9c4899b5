"""Claim, render, send, record: one tick of the way out."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from tenacity import wait_exponential_jitter

from bot.channels.base import SendCancelled, SendError, TemporaryFailure, Unreachable
from bot.core.workdays import ON_TIME
from bot.delivery.backoff import wait_before_try
from bot.delivery.claim import ClaimedBatch, LeasedNudge, claim_nudges
from bot.delivery.sender import Sender
from bot.messages import Clock
from bot.store.challenges import drafts
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, retry_transient
from bot.store.lifecycle import linking
from bot.store.nudges import nudges, pending_choices, processed_updates
from bot.store.schema.members import MemberRow
from bot.store.teams import invitations

log = structlog.get_logger(__name__)

MAX_IN_FLIGHT = 50
# A claim takes what goes out in some three seconds, so that it is sent well within its lease.
SMALLEST_BATCH, LARGEST_BATCH = 100, 1_000
BATCH_SECONDS = 3.0
KEEP_PROCESSED = timedelta(days=3)
KEEP_CHOICES = timedelta(days=60)
# A nudge that failed waits some 2, 4, 8... seconds, five minutes at most; all of them not alike.
BETWEEN_TRIES = wait_exponential_jitter(multiplier=2, max=300, jitter=2)
# So does the whole way out while the database cannot be used.
BETWEEN_DATABASE_TRIES = wait_exponential_jitter(multiplier=1, max=30, jitter=1)


class NudgeSender:
    """Brings every due nudge to its member.

    Args:
        database: where members and nudges are.
        delivery: brings one message.
        clock: tells the present.
        held: the names of the channels that this process may send on now; all, unless given.
    """

    def __init__(
        self,
        database: Database,
        delivery: Sender,
        clock: Clock,
        held: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self._database, self._delivery, self._clock = database, delivery, clock
        self._held = held or (lambda: delivery.channels)
        self._stopping = False
        self._batch = SMALLEST_BATCH
        self._idle = asyncio.Event()
        self._idle.set()
        self._awake_since: datetime | None = None
        self._last_look: datetime | None = None
        self._trouble: str | None = None
        self._troubles = 0
        self._rest_until: datetime | None = None

    async def tick(self) -> int:
        """Sends all that is due; how many nudges were attempted.

        A database that cannot be used is told once, and tried again after a while.
        """
        if self._rest_until is not None and self._clock() < self._rest_until:
            return 0
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as group:
                return await self._send_all(group)
        finally:
            self._idle.set()

    async def _send_all(self, group: asyncio.TaskGroup) -> int:
        """Begins to send all that is due; claims a batch while the one before goes out."""
        places = asyncio.Semaphore(MAX_IN_FLIGHT)
        loop = asyncio.get_running_loop()
        attempted = 0
        claimed = await self._claim()
        while claimed is not None:
            coming = group.create_task(self._claim()) if claimed.more else None
            began = loop.time()
            for parcel in claimed.parcels:
                await self._delivery.reply_priority.give_way()
                await places.acquire()
                sending = group.create_task(self._send(parcel))
                sending.add_done_callback(lambda _: places.release())
            attempted += len(claimed.parcels)
            within = len(claimed.parcels) * BATCH_SECONDS / max(loop.time() - began, 0.001)
            self._batch = max(SMALLEST_BATCH, min(int(within), LARGEST_BATCH))
            claimed = await coming if coming else None
        return attempted

    async def take_over(self, channel: str) -> None:
        """This process sends on `channel` from now on; what an earlier one left goes out first."""
        async with self._database.transaction() as session:
            await nudges.release_leases(session, channel)

    async def trouble(self) -> str | None:
        """Why nothing can be sent now; None when it can."""
        return self._trouble

    def stop(self) -> None:
        """No new message is begun; what is in flight goes on."""
        self._stopping = True

    async def finished(self, within: float) -> None:
        """Waits until nothing is in flight, `within` seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within)

    async def purge_expired(self) -> None:
        """Housekeeping: forgets what no platform will tell again, and folds the WAL."""
        async with self._database.transaction() as session:
            await processed_updates.forget_processed(session, self._clock() - KEEP_PROCESSED)
            await pending_choices.purge_old(session, self._clock() - KEEP_CHOICES)
            await linking.purge_expired(session, self._clock())
            await invitations.purge_old(session, self._clock())
            await drafts.purge_old(session, self._clock())
        await self._database.checkpoint_wal()

    async def _claim(self) -> ClaimedBatch | None:
        """The next batch; None: we stop, no channel is ours, or the database cannot be used."""
        if self._stopping:
            return None
        now = self._clock()
        if self._last_look is None or now - self._last_look > ON_TIME:
            self._awake_since = now
        if not (channels := list(self._held())):
            self._last_look = None
            return None
        try:
            async with self._database.transaction() as session:
                # A small one while people are talking: their answers wait for its transaction.
                batch = SMALLEST_BATCH if self._delivery.reply_priority.is_active else self._batch
                claimed = await claim_nudges(
                    session, now, channels, batch, self._awake_since or now
                )
        except DATABASE_ERRORS as error:
            self._met(error, now)
            await self._database.renew()
            return None
        self._last_look = now
        if self._trouble is not None:
            log.info("the database works again")
        self._trouble, self._rest_until, self._troubles = None, None, 0
        return claimed

    def _met(self, error: Exception, now: datetime) -> None:
        why = error_message(error)
        if self._trouble is None:  # told once, not every second
            log.error("nothing can be sent: the database cannot be used", error=why)
        self._trouble = why
        self._troubles += 1
        self._rest_until = now + wait_before_try(BETWEEN_DATABASE_TRIES, self._troubles)

    async def _send(self, parcel: LeasedNudge) -> None:
        try:
            await self._attempt(parcel)
        except DATABASE_ERRORS as error:
            # What happened is not recorded: once its lease runs out it goes out (again), and all
            # copies answer the same nudge. The others of this batch must not suffer by it.
            log.error("outcome not kept", nudge=parcel.nudge_id, error=error_message(error))
        except Exception as error:
            log.error("nudge not sent: a fault of ours", nudge=parcel.nudge_id, exc_info=error)

    def _is_ours(self, parcel: LeasedNudge) -> bool:
        """Whether it still has to go out, and we are to send it.

        What is not begun goes to whoever takes its lease over: another replica, or the next run.
        """
        return (
            not self._stopping
            and parcel.to.channel in self._held()
            and self._clock() < parcel.leased_until
            and not self._delivery.is_silenced(parcel.to)
        )

    async def _attempt(self, parcel: LeasedNudge) -> None:
        def should_send() -> bool:
            return self._is_ours(parcel)

        if not should_send():
            return
        key = f"nudge-{parcel.nudge_id}"
        try:
            await self._delivery.deliver(parcel.to, parcel.message, key, should_send=should_send)
        except SendCancelled:
            return
        except Unreachable as error:
            log.info("member gone", channel=parcel.to.channel, error=str(error))
            await self._gone(parcel)
        except SendError as error:
            log.warning("nudge not sent", nudge=parcel.nudge_id, error=str(error))
            await self._again(parcel, error)

    async def _gone(self, parcel: LeasedNudge) -> None:
        """They cannot be reached: silence, and everything is kept for when they return."""
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    nudge = await nudges.get_leased(session, parcel.nudge_id, parcel.leased_until)
                    member = await session.get(MemberRow, nudge.member_id) if nudge else None
                    if nudge is not None and member is not None:
                        address = parcel.to.pair
                        on = await linking.close_chat(session, member, *address, self._clock())
                        nudges.postpone(nudge, self._clock() if on else None)

    async def _again(self, parcel: LeasedNudge, error: SendError) -> None:
        """Tries again after a wait that grows each time, or as long as the platform asks."""
        asked = error.after if isinstance(error, TemporaryFailure) else timedelta()
        wait = max(asked, wait_before_try(BETWEEN_TRIES, parcel.attempts))
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    nudge = await nudges.get_leased(session, parcel.nudge_id, parcel.leased_until)
                    if nudge is not None:
                        nudges.postpone(nudge, self._clock() + wait)
