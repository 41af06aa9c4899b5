"""The week's message to each team's group chat: sent once, and corrected when it has to be."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import (
    MessageRejected,
    SendCancelled,
    SendError,
    TemporaryFailure,
    Unreachable,
)
from bot.conversation.render import digests as digest_rendering
from bot.conversation.team.group_chats import messages_for_leads
from bot.delivery import metrics
from bot.delivery.digests.digest_claims import DigestClaim, LeasedDigest
from bot.delivery.leased_batches import BatchLimits, ClaimedBatch, LeasedBatches
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope, Sender
from bot.masking import without_text
from bot.messages import Clock
from bot.retries import DIGEST, DIGEST_ATTEMPTS
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, retry_transient
from bot.store.db.locks import leases
from bot.store.db.unchanged import UnchangedRead
from bot.store.members.vault import Vault
from bot.store.schema.teams import DigestRow, TeamRow
from bot.store.teams import digests, teams, weeks

log = structlog.get_logger(__name__)

# A group takes one message every three seconds, and Telegram thirty a second over all chats. So
# while the texts of ninety groups wait, the pictures of ninety others go out; with fewer digests in
# flight than both the platform would stand idle. Composing one takes queries, so claims are small.
LIMITS = BatchLimits(in_flight=200, smallest=10, largest=20)
TEAMS_AT_ONCE = 20


class DigestSender:
    """Tells each team once a week how its week went.

    Args:
        database: where teams are.
        vault: decrypts what was shared.
        sender: sends one message.
        clock: returns the present.
        active_channels: returns the names of the channels that this process may send on now.
        minimum: how many members need to have had a round before a team has figures.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        sender: Sender,
        clock: Clock,
        active_channels: Callable[[], Collection[str]],
        minimum: int,
    ) -> None:
        self._database, self._vault, self._sender = database, vault, sender
        self._clock, self._active_channels, self._minimum = clock, active_channels, minimum
        self._batches = LeasedBatches(self._claim, self._send, LIMITS, sender.reply_priority)
        self._next_due_at = UnchangedRead(database, digests.next_due_at)
        self._in_flight: set[int] = set()
        self._has_picture: set[int] = set()  # the groups that have the picture, and no text yet

    async def tick(self) -> int:
        """Sends what is due; returns how many digests were attempted."""
        return await self._batches.run()

    async def next_due(self) -> datetime | None:
        """Returns when a digest is due here; None: none is planned, or no channel is active.

        None as well while the database cannot be used; it is asked again at the next look.
        """
        if not (channels := sorted(self._active_channels())):
            return None
        try:
            return await self._next_due_at(channels)
        except DATABASE_ERRORS:  # the sending of nudges logs it as an error
            return None

    def stop(self) -> None:
        """Begins no new digest from now on; one whose picture is sent gets its text."""
        self._batches.stop()

    async def finished(self, seconds: float) -> None:
        """Waits until nothing is in flight, at most so many seconds."""
        await self._batches.finished(seconds)

    async def close_weeks(self) -> None:
        """Makes counts of the weeks that are over, of every team.

        Each batch of teams is a transaction in which they are locked; PostgreSQL passes over teams
        that another replica has locked.

        Raises:
            SQLAlchemyError: the database cannot be used now; weeks that were closed stay so.
        """
        now = self._clock()
        today = (now + timedelta(hours=14)).date()  # where the date is the furthest ahead
        monday = today - timedelta(days=today.weekday())
        while True:
            async with self._database.transaction() as session:
                batch = await weeks.teams_to_close(session, monday, TEAMS_AT_ONCE)
                open_weeks = [team.open_week for team in batch]
                for team in batch:
                    await weeks.close_weeks(session, team, self._minimum, now)
                if open_weeks == [team.open_week for team in batch]:
                    return

    async def _claim(self, limit: int) -> ClaimedBatch[LeasedDigest] | None:
        """Leases the next batch.

        Returns None when no channel is active here, or the database cannot be used.
        """
        channels = list(self._active_channels())
        if not channels:
            return None
        try:
            async with self._database.transaction() as session:
                claim = DigestClaim(session, self._vault, self._minimum, self._clock())
                due_teams = await claim.write_due(limit)
                rows = await claim.lease(channels, limit, self._in_flight)
                leased = [
                    await claim.compose(row, has_picture=row.id in self._has_picture)
                    for row in rows
                ]
        except DATABASE_ERRORS as error:  # the sending of nudges logs it as an error
            log.info("digests not claimed", error=error_message(error))
            return None
        # Only after the commit: what was rolled back is claimed again.
        self._in_flight.update(digest.digest_id for digest in leased)
        return ClaimedBatch(leased, more=limit in (due_teams, len(leased)))

    async def _send(self, digest: LeasedDigest) -> None:
        try:
            await self._send_and_record(digest)
        except DATABASE_ERRORS as error:
            # It may have arrived without a record of that: when its lease has run out it is sent
            # (again), and the group may get a copy. The other digests go on.
            log.error("digest not recorded", digest=digest.digest_id, error=error_message(error))
        except Exception as error:
            log.error(
                "digest not sent: a fault of ours", digest=digest.digest_id, **without_text(error)
            )
        finally:
            self._in_flight.discard(digest.digest_id)

    def _may_send(self, digest: LeasedDigest) -> bool:
        """Returns whether the lease still holds and this process may still send there."""
        return digest.to.channel in self._active_channels() and self._clock() < digest.leased_until

    async def _send_and_record(self, digest: LeasedDigest) -> None:
        if self._batches.is_stopping or not self._may_send(digest):
            return  # whoever claims it next sends it
        try:
            receipt = await self._send_messages(digest)
        except SendCancelled:
            return
        except (Unreachable, MessageRejected) as error:
            metrics.DIGESTS.labels(digest.to.channel, metrics.UNREACHABLE).inc()
            log.info("digest refused", channel=digest.to.channel, error=str(error))
            await self._give_up(digest, is_gone=isinstance(error, Unreachable))
        except SendError as error:
            metrics.DIGESTS.labels(digest.to.channel, metrics.FAILED).inc()
            log.warning("digest not sent", digest=digest.digest_id, error=str(error))
            await self._plan_next_try(digest, error)
        else:
            metrics.DIGESTS.labels(digest.to.channel, metrics.SENT).inc()
            await self._record(digest, receipt)

    async def _send_messages(self, digest: LeasedDigest) -> str | None:
        """Sends the picture and then the text; returns the platform's id of the text.

        A crash between the two costs a second picture: that the group has it is not in the
        database, because nothing ever has to change in it.
        """

        def should_send() -> bool:
            return self._may_send(digest)

        key = f"digest-{digest.digest_id}"
        if digest.picture is not None:
            await self._sender.send(
                digest.to, digest.picture, f"{key}-picture", should_send=should_send
            )
            self._has_picture.add(digest.digest_id)
        if digest.is_correction:  # to the platform, each correction is a message of its own
            key = f"{key}-{self._clock().timestamp() * 1000:.0f}"
        return await self._sender.send(digest.to, digest.text, key, should_send=should_send)

    async def _record(self, digest: LeasedDigest, receipt: str | None) -> None:
        """Records that the text arrived, and plans a correction if it does not stand any more.

        What was taken back while the text was on its way has to leave the group. A first text that
        was tried before is corrected as well: to the platform it was a repeat under the same key,
        of which it may have kept the words of the first try. Not so if it has stories without a
        name, which would leave with that at once: those leave with the team's next digest.
        """
        self._has_picture.discard(digest.digest_id)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    row = await session.get(DigestRow, digest.digest_id)
                    if row is None:
                        return
                    is_repeat = row.receipt is None and digest.attempts > 1
                    row.receipt = row.receipt or receipt
                    row.sent_at = row.sent_at or self._clock()
                    if digest.is_correction:
                        row.nameless_until = None
                    if not leases.is_still_ours(row, digest.leased_until):
                        return  # a correction is planned already
                    is_outdated = (is_repeat and not row.nameless) or await self._differs(
                        session, row, digest
                    )
                    next_at = self._clock() if is_outdated else row.nameless_until
                    leases.release(row, next_at if row.receipt is not None else None)

    async def _differs(self, session: AsyncSession, row: DigestRow, digest: LeasedDigest) -> bool:
        """Returns whether somebody took back or changed a story with their name since `digest`."""
        stories = await digests.stories_in(session, self._vault, row)
        return digest_rendering.lasting_text_of(row, stories) != digest.lasting

    async def _plan_next_try(self, digest: LeasedDigest, error: SendError) -> None:
        """Plans another try, after a wait that grows each time or as long as the platform asks."""
        requested = error.after if isinstance(error, TemporaryFailure) else timedelta()
        wait = DIGEST.delay(digest.attempts, requested)
        async with self._database.transaction() as session:
            row = await session.get(DigestRow, digest.digest_id)
            if row is not None:
                can_retry = digest.attempts < DIGEST_ATTEMPTS
                leases.release(row, self._clock() + wait if can_retry else None)

    async def _give_up(self, digest: LeasedDigest, *, is_gone: bool) -> None:
        """Tries no more and tells the leads; a chat that is gone is not the team's any more.

        What they are told is kept in the same transaction, and the outbox sends it.
        """
        self._has_picture.discard(digest.digest_id)
        async with self._database.transaction() as session:
            row = await session.get(DigestRow, digest.digest_id)
            if row is None:
                return
            leases.release(row, None)
            team = await session.get_one(TeamRow, row.team_id)
            chats = {chat.channel: chat for chat in await teams.group_chats_of(session, team.id)}
            chat = chats.get(digest.to.channel)
            is_current = chat is not None and chat.posting_address == digest.to.id
            if chat is not None and is_current and not digest.is_correction:
                key = "lead.put_out" if is_gone else "lead.muted"
                messages = await messages_for_leads(session, team, key)
                envelopes = [  # numbered: the key is stored in clear, so it does not name the lead
                    Envelope(address, message, f"digest-{digest.digest_id}-lead-{number}")
                    for number, (address, message) in enumerate(messages)
                ]
                await keep_for_later(session, self._vault, envelopes, self._clock())
                if is_gone:
                    await teams.disconnect_group_chat(
                        session, chat.channel, chat.address, self._clock()
                    )
