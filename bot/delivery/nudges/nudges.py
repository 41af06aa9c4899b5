"""Nudges on their way out: claim, send, record, at every tick."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import SendCancelled, SendError, TemporaryFailure, Unreachable
from bot.core.rhythm.workdays import ON_TIME
from bot.delivery import metrics
from bot.delivery.leased_batches import BatchLimits, ClaimedBatch, LeasedBatches
from bot.delivery.nudges.nudge_claims import LeasedNudge, claim_nudges, stage_since
from bot.delivery.sender import Envelope, Sender
from bot.masking import without_text
from bot.messages import Clock
from bot.operation import tracing
from bot.retries import DATABASE_OUTAGE, NUDGE
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, retry_transient
from bot.store.db.unchanged import UnchangedRead
from bot.store.lifecycle.linking import linking
from bot.store.members import due_members
from bot.store.nudges import nudges
from bot.store.schema.members import MemberRow

log = structlog.get_logger(__name__)

LIMITS = BatchLimits(in_flight=50, smallest=100, largest=1_000)


class NudgeSender:
    """Sends every due nudge to its member.

    Args:
        database: where members and nudges are.
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
        self._database, self._sender, self._clock = database, sender, clock
        self._active_channels = active_channels
        self._batches = LeasedBatches(self._claim, self._send, LIMITS, sender.reply_priority)
        self._next_due_at = UnchangedRead(database, _next_due_at)
        self._awake_since: datetime | None = None
        self._last_look: datetime | None = None
        self._failed_claims = 0
        self._no_claim_before: datetime | None = None

    async def tick(self) -> int:
        """Sends all that is due; returns how many nudges were attempted.

        While the database cannot be used this is logged once, and tried again after a while.
        """
        if self._no_claim_before is not None and self._clock() < self._no_claim_before:
            return 0
        return await self._batches.run()

    async def next_due(self) -> datetime | None:
        """Returns when a nudge is due here; None: none is planned, or no channel is active."""
        now = self._clock()
        if self._no_claim_before is not None and now < self._no_claim_before:
            return self._no_claim_before
        channels = sorted(self._active_channels())
        if not channels:
            self._last_look = None
            return None
        if await self._is_still_out(now):
            return self._no_claim_before
        try:
            due = await self._next_due_at(channels)
        except DATABASE_ERRORS as error:
            await self._postpone_claims(error, now)
            return self._no_claim_before
        if due is None or due > now:  # otherwise the claim that follows is the look
            self._begin_look(now)
            self._last_look = now
            self._note_recovery()
        return due

    async def trouble(self) -> str | None:
        """Returns why nothing can be sent now; None when it can."""
        return self._database.outage.reason

    def stop(self) -> None:
        """Begins no new message from now on; what is in flight goes on."""
        self._batches.stop()

    async def finished(self, seconds: float) -> None:
        """Waits until nothing is in flight, at most so many seconds."""
        await self._batches.finished(seconds)

    async def _claim(self, limit: int) -> ClaimedBatch[LeasedNudge] | None:
        """Leases the next batch.

        Returns None when no channel is active here, or the database cannot be used.
        """
        now = self._clock()
        self._begin_look(now)
        if not (channels := list(self._active_channels())):
            self._last_look = None
            return None
        if await self._is_still_out(now):
            return None
        since = tracing.moment()
        try:
            async with self._database.transaction() as session:
                batch = await claim_nudges(session, now, channels, limit, self._awake_since or now)
        except DATABASE_ERRORS as error:
            await self._postpone_claims(error, now)
            return None
        self._last_look = now
        self._note_recovery()
        if claim := stage_since("claim", since):
            traced = [replace(each, stages=claim + each.stages) for each in batch.items]
            return ClaimedBatch(traced, batch.more)
        return batch

    def _begin_look(self, now: datetime) -> None:
        """Notes since when no moment has passed unseen."""
        if self._last_look is None or now - self._last_look > ON_TIME:
            self._awake_since = now

    async def _is_still_out(self, now: datetime) -> bool:
        """Returns whether the database could not be used, and still cannot."""
        outage = self._database.outage
        if outage.reason is None or (trouble := await self._database.write_trouble()) is None:
            return False
        await self._postpone_claims(trouble, now)
        return True

    def _note_recovery(self) -> None:
        self._database.outage.ended()
        self._no_claim_before, self._failed_claims = None, 0

    async def _postpone_claims(self, error: Exception | str, now: datetime) -> None:
        self._database.outage.began(error)
        self._failed_claims += 1
        self._no_claim_before = now + DATABASE_OUTAGE.delay(self._failed_claims)
        await self._database.renew()

    async def _send(self, nudge: LeasedNudge) -> None:
        with tracing.within(_trace_of(nudge)):
            await self._send_or_log(nudge)

    async def _send_or_log(self, nudge: LeasedNudge) -> None:
        try:
            await self._send_and_record(nudge)
        except DATABASE_ERRORS as error:
            # What happened is not recorded: when its lease has run out it is sent (again), and all
            # copies answer the same nudge. The others of this batch go on.
            log.error("outcome not kept", nudge=nudge.nudge_id, error=error_message(error))
        except Exception as error:
            log.error(
                "nudge not sent: a fault of ours", nudge=nudge.nudge_id, **without_text(error)
            )

    def _may_send(self, nudge: LeasedNudge) -> bool:
        """Returns whether the lease still holds and this process may still send.

        What is not begun goes to the next process that claims it: another replica, or the next run.
        """
        return (
            not self._batches.is_stopping
            and nudge.to.channel in self._active_channels()
            and self._clock() < nudge.leased_until
            and not self._sender.is_silenced(nudge.to)
        )

    async def _send_and_record(self, nudge: LeasedNudge) -> None:
        def should_send() -> bool:
            return self._may_send(nudge)

        if not should_send():
            return
        envelope = Envelope(nudge.to, nudge.message, f"nudge-{nudge.nudge_id}")
        try:
            await self._sender.send_and_record(envelope, should_send=should_send)
        except SendCancelled:
            return
        except Unreachable as error:
            metrics.NUDGES.labels(nudge.to.channel, metrics.UNREACHABLE).inc()
            tracing.note(outcome=metrics.UNREACHABLE)
            log.info("member gone", channel=nudge.to.channel, error=str(error))
            await self._close_chat(nudge)
        except SendError as error:
            metrics.NUDGES.labels(nudge.to.channel, metrics.FAILED).inc()
            tracing.note(outcome=metrics.FAILED)
            log.warning("nudge not sent", nudge=nudge.nudge_id, error=str(error))
            await self._plan_next_try(nudge, error)
        else:
            metrics.note_arrival(nudge.to.channel, nudge.planned, self._clock())
            tracing.note(outcome=metrics.SENT)

    async def _close_chat(self, leased: LeasedNudge) -> None:
        """Records that the member cannot be reached here; all of theirs is kept for their return.

        The nudge goes to another chat of theirs, if they have one. Only while the lease is still
        ours: otherwise the one who holds it now records what came of it.
        """
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    nudge = await nudges.get_leased(session, leased.nudge_id, leased.leased_until)
                    member = await session.get(MemberRow, nudge.member_id) if nudge else None
                    if nudge is not None and member is not None:
                        other_chat = await linking.close_chat(
                            session, member, *leased.to.pair, self._clock()
                        )
                        nudges.reschedule(nudge, self._clock() if other_chat else None)

    async def _plan_next_try(self, leased: LeasedNudge, error: SendError) -> None:
        """Plans another try, after a wait that grows each time or as long as the platform asks."""
        requested = error.after if isinstance(error, TemporaryFailure) else timedelta()
        wait = NUDGE.delay(leased.attempts, requested)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    nudge = await nudges.get_leased(session, leased.nudge_id, leased.leased_until)
                    if nudge is not None:
                        nudges.reschedule(nudge, self._clock() + wait)


def _trace_of(nudge: LeasedNudge) -> tracing.Span | None:
    """Returns the trace of a nudge, with what was done for it so far; None: nothing is traced."""
    if not nudge.stages:
        return None
    planned, claimed = tracing.nanoseconds(nudge.planned), nudge.stages[0].since
    trace = tracing.begin(
        "nudge", min(planned, claimed), channel=nudge.to.channel, attempt=nudge.attempts
    )
    if trace is not None:
        trace.part("due", min(planned, claimed)).end(claimed)
        for each in nudge.stages:
            trace.part(each.name, each.since).end(each.until)
    return trace


async def _next_due_at(session: AsyncSession, channels: Collection[str]) -> datetime | None:
    moments = (
        await due_members.next_due_at(session, channels),
        await nudges.next_due_at(session, channels),
    )
    return min((moment for moment in moments if moment is not None), default=None)
