"""Claim, render, send, record: one tick of the way out."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.channel import NotNow, SendError, Unreachable
from bot.dispatch.claim import Parcel, claim_due, take_waiting
from bot.dispatch.delivery import Delivery
from bot.store import members, nudges
from bot.store.engine import Database
from bot.store.tables import MemberRow, NudgeRow
from bot.talk.messages import Clock

log = structlog.get_logger(__name__)

BATCH = 100
AT_ONCE = 20
LONGEST_WAIT = timedelta(minutes=5)
MOST_DOUBLINGS = 9  # beyond the longest wait; how often it was tried knows no bound
KEEP_HEARD = timedelta(days=3)


class Sending:
    """Brings every due nudge to its member.

    Args:
        database: where members and nudges are.
        delivery: brings one message.
        clock: tells the present.
    """

    def __init__(self, database: Database, delivery: Delivery, clock: Clock) -> None:
        self._database, self._delivery, self._clock = database, delivery, clock
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def tick(self) -> int:
        """Sends all that is due; how many nudges were attempted."""
        self._idle.clear()
        try:
            return await self._send_due()
        finally:
            self._idle.set()

    async def _send_due(self) -> int:
        attempted = 0
        while not self._stopping:
            now = self._clock()
            async with self._database.transaction() as session:
                due = await claim_due(session, now, BATCH)
            async with self._database.transaction() as session:
                parcels = await take_waiting(session, now, list(self._delivery.channels), BATCH)
            await self._send_all(parcels)
            attempted += len(parcels)
            if due < BATCH and len(parcels) < BATCH:
                break
        return attempted

    def stop(self) -> None:
        """No new message is begun; what is in flight goes on."""
        self._stopping = True

    async def finished(self, within: float) -> None:
        """Waits until nothing is in flight, `within` seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within)

    async def tidy(self) -> None:
        """Housekeeping: forgets what no platform will tell again, and folds the WAL."""
        async with self._database.transaction() as session:
            await members.forget_heard(session, self._clock() - KEEP_HEARD)
        await self._database.fold()

    async def _send_all(self, parcels: list[Parcel]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def send(parcel: Parcel) -> None:
            async with places:
                await self._send(parcel)

        async with asyncio.TaskGroup() as group:
            for parcel in parcels:
                group.create_task(send(parcel))

    async def _send(self, parcel: Parcel) -> None:
        if self._stopping:  # its lease is not used, so the next run sends it at once
            return
        try:
            await self._attempt(parcel)
        except SQLAlchemyError as error:
            # What happened is not recorded: once its lease runs out it goes out (again), and all
            # copies answer the same nudge. The others of this batch must not suffer by it.
            log.error("outcome not kept", nudge=parcel.nudge_id, error=str(error))

    async def _attempt(self, parcel: Parcel) -> None:
        try:
            await self._delivery.deliver(parcel.to, parcel.message, f"nudge-{parcel.nudge_id}")
        except Unreachable as error:
            log.info("member gone", channel=parcel.to.channel, error=str(error))
            await self._gone(parcel)
        except SendError as error:
            log.warning("nudge not sent", nudge=parcel.nudge_id, error=str(error))
            await self._again(parcel, error)

    async def _gone(self, parcel: Parcel) -> None:
        """They cannot be reached: silence, and everything is kept for when they return."""
        async with self._database.transaction() as session:
            nudge = await session.get(NudgeRow, parcel.nudge_id)
            member = await session.get(MemberRow, nudge.member_id) if nudge else None
            if nudge is not None and member is not None:
                nudge.send_at = None
                member.gone_at = self._clock()

    async def _again(self, parcel: Parcel, error: SendError) -> None:
        """Tries again after a wait that doubles each time, or as long as the platform asks."""
        asked = error.after if isinstance(error, NotNow) else timedelta()
        doubled = timedelta(seconds=2 ** min(parcel.attempts, MOST_DOUBLINGS))
        wait = max(asked, min(LONGEST_WAIT, doubled))
        async with self._database.transaction() as session:
            nudge = await session.get(NudgeRow, parcel.nudge_id)
            if nudge is not None and nudge.send_at is not None:
                nudges.put_off(nudge, self._clock() + wait)
