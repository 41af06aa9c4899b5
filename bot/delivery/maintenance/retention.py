"""The daily job that deletes what is too old, and asks silent members whether they stay."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.member.privacy.farewells import farewells_for
from bot.conversation.member.rhythm.silences import ask_to_stay
from bot.conversation.words import Words
from bot.core.challenges.statistics import people_in_batch
from bot.core.privacy.retention import Cutoffs, Periods, cutoffs_at
from bot.core.streaks.team_board import MIN_GROUP_SIZE
from bot.delivery.maintenance.farewells import farewell_envelopes
from bot.delivery.maintenance.job import MaintenanceJob
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope
from bot.messages import Address, Clock
from bot.store.admin import audit
from bot.store.admin.audit import Action, NewEntry
from bot.store.challenges import statistics
from bot.store.db.engine import Database
from bot.store.lifecycle import erase, moments, old_rounds, retention, silent_members
from bot.store.lifecycle.linking import linking
from bot.store.members import roles
from bot.store.members.granting import subject_at
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow

log = structlog.get_logger(__name__)

NOTICES_AT_ONCE = 20
Counts = dict[str, int]
Cut = Callable[[AsyncSession, Cutoffs], Awaitable[int]]


class RetentionJob(MaintenanceJob):
    """Deletes what is too old, in short transactions; running it twice does no harm.

    Args:
        database: where everything is kept.
        vault: seals the notices, and destroys the keys of members who are erased.
        clock: returns the present.
        periods: how long things are kept.
        is_leader: returns whether this process leads the maintenance.
        minimum: how many members a team needs for figures.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        periods: Periods,
        is_leader: Callable[[], bool],
        minimum: int = MIN_GROUP_SIZE,
    ) -> None:
        super().__init__(is_leader)
        self._database, self._vault, self._clock = database, vault, clock
        self._periods, self._minimum = periods, minimum

    async def _work(self) -> None:
        """Runs it, and logs how much was too old.

        Raises:
            SQLAlchemyError: the database cannot be used now; what was deleted stays so.
        """
        counts = await self.run()
        done = {kind: number for kind, number in counts.items() if number}
        if done:
            log.info("too old, and deleted or cut", **done)

    async def preview(self) -> Counts:
        """Returns how much of each kind is too old, and changes nothing."""
        async with self._database.reading() as session:
            return await retention.preview(session, self._cutoffs())

    async def run(self) -> Counts:
        """Deletes what is too old, and empties the write-ahead log of it.

        Returns:
            How much that was of each kind; `notices` is how many members were asked whether they
            stay, `answers` of how many nudges only counts are left, and `moments` and `written` of
            how many nudges and reflections only the day.
        """
        cutoffs = self._cutoffs()
        counts = {
            "notices": await self._send_notices(cutoffs),
            "members": await self._erase_silent(cutoffs),
            "roles": await self._revoke_ended_roles(cutoffs),
        }
        for name, kind in retention.KINDS.items():
            counts[name] = counts.get(name, 0) + await self._delete(kind, cutoffs)
        counts["answers"] = await self._make_counts(cutoffs)
        counts["moments"] = await self._cut(moments.cut_moments, cutoffs)
        counts["written"] = await self._cut(moments.cut_written, cutoffs)
        # After the commits: the log cannot be emptied of a transaction that is still open.
        await self._database.checkpoint_wal()
        return counts

    def _cutoffs(self) -> Cutoffs:
        return cutoffs_at(self._clock(), self._periods)

    async def _send_notices(self, cutoffs: Cutoffs) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                members = await silent_members.notify_next(session, cutoffs, NOTICES_AT_ONCE)
                # Kept in the transaction that records it: nobody is erased without their notice.
                for member in members:
                    chats = await linking.chats_of(session, member)
                    envelopes = [self._notice(member, pair) for pair in chats.addresses]
                    await keep_for_later(session, self._vault, envelopes, cutoffs.now)
            total += len(members)
            if not members:
                return total

    def _notice(self, member: MemberRow, pair: tuple[str, str]) -> Envelope:
        on = f"{self._clock():%Y%m%d}"
        days = timedelta(days=self._periods.notice_days)
        message = ask_to_stay(self._periods.silent_months, days, Words(member.language))
        return Envelope(Address(*pair), message, f"notice-{member.id}-{on}", urgent=False)

    async def _erase_silent(self, cutoffs: Cutoffs) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                member = await silent_members.next_to_erase(session, cutoffs)
                if member is None:
                    return total
                await self._erase(session, member, cutoffs.now)
            total += 1

    async def _revoke_ended_roles(self, cutoffs: Cutoffs) -> int:
        async with self._database.transaction() as session:
            ended = await roles.revoke_ended(session, cutoffs.now)
            for pair, role in ended:
                subject = await subject_at(session, self._vault, pair)
                act = NewEntry(audit.SYSTEM, Action.REVOKED, subject, audit.role(role, None))
                await audit.record(session, act, cutoffs.now)
        return len(ended)

    async def _erase(self, session: AsyncSession, member: MemberRow, at: datetime) -> None:
        """Erases a member as they would themselves, with the same last message in their chats."""
        farewells = await farewells_for(session, member, at)
        act = NewEntry(audit.SYSTEM, Action.ERASED, audit.member(member.id))
        await audit.record(session, act, at)
        await erase.erase_member(session, self._vault, member.id, at)
        session.expunge(member)
        # After the erasure, which drops all that waits for their chats.
        envelopes = farewell_envelopes(member.id, farewells)
        await keep_for_later(session, self._vault, envelopes, at)

    async def _delete(self, kind: retention.Kind, cutoffs: Cutoffs) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                deleted = await retention.delete_batch(session, kind, cutoffs)
            total += deleted
            if not deleted:
                return total

    async def _make_counts(self, cutoffs: Cutoffs) -> int:
        """Makes counts of old rounds, once the figures of challenges have counted them."""
        total, last = 0, 0
        while True:
            async with self._database.transaction() as session:
                member_ids = await old_rounds.members_with_old(session, cutoffs, last)
                if not member_ids:
                    return total
                last = member_ids[-1]
                await old_rounds.lock_members(session, member_ids)
                found = await old_rounds.old_rounds_of(session, member_ids, cutoffs)
                if found and not total:
                    people = people_in_batch(self._minimum)
                    await statistics.challenge_counts(session, people, cutoffs.now)
                total += await old_rounds.make_counts(session, found)

    async def _cut(self, cut_some: Cut, cutoffs: Cutoffs) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                cut = await cut_some(session, cutoffs)
            total += cut
            if not cut:
                return total
