"""Who is due: members whose moment has come get a nudge row, and their next moment is set.

Everything here happens within one transaction, so that a crash leaves a nudge that still has to be
sent, never a moment that passed without one and never two for one moment. What is claimed is leased
to whoever claimed it; when they die, the lease runs out and another takes over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.member.nudges import programme_line, render
from bot.conversation.words import Words
from bot.core.workdays import ON_TIME, Absence, delivery_moment, next_round, spread
from bot.messages import Address, Outgoing
from bot.set_files.programmes import programmes
from bot.store.challenges import selection
from bot.store.db import leases
from bot.store.members import due_members, members
from bot.store.members.absences import absences_of
from bot.store.members.due_members import DueMember
from bot.store.nudges import nudges
from bot.store.nudges.nudges import NewNudge

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeasedNudge:
    """A nudge on its way out.

    Attributes:
        nudge_id: which one.
        attempts: how often it was tried, this time included.
        leased_until: from then on, somebody else may send it.
        to: where it goes.
        message: what goes there.
    """

    nudge_id: int
    attempts: int
    leased_until: datetime
    to: Address
    message: Outgoing


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """What a claim brought; with `more`, there may be more to claim right away."""

    parcels: list[LeasedNudge]
    more: bool


async def claim_nudges(
    session: AsyncSession,
    now: datetime,
    channels: Collection[str],
    limit: int,
    awake_since: datetime,
) -> ClaimedBatch:
    """Claims up to `limit` nudges on `channels`: new ones for whom it is time, and those waiting.

    Args:
        session: one transaction, to which all of it belongs.
        now: the present.
        channels: the channels that this process sends on.
        limit: how many nudges at most.
        awake_since: since when nobody's moment passed unseen. What was planned before that and is
            late, is spread over some minutes.
    """
    # What waits comes first, but never fills more than half: neither holds the other up.
    seen, waiting = await _lease_pending(session, now, channels, (limit + 1) // 2, awake_since)
    room = limit - len(waiting)
    due = await due_members.due_members(session, now, channels, room)
    new = await _claim_due(session, now, due, awake_since)
    return ClaimedBatch(waiting + new, more=len(due) == room or seen == (limit + 1) // 2)


async def _claim_due(
    session: AsyncSession, now: datetime, due: Sequence[DueMember], awake_since: datetime
) -> list[LeasedNudge]:
    """A nudge for each of these members; their next moment moves on."""
    if not due:
        return []
    numbers = [member.id for member in due]
    away = await absences_of(session, numbers)
    waiting = await nudges.pending_of(session, numbers)
    plan = _RoundPlanner(now)
    moments: dict[int, datetime | None] = {}
    ready: dict[int, tuple[DueMember, datetime]] = {}
    for member in due:
        absences = away.get(member.id, [])
        moment = _delivery(member, now, absences, awake_since)
        if moment is not None and moment > now:
            moments[member.id] = moment
            continue
        moments[member.id] = plan.next_round(member, absences)
        if moment is None:
            continue
        round_at = member.planned if now - member.planned <= ON_TIME else now
        for nudge in waiting.get(member.id, []):
            if nudges.has_failed(nudge, now):  # trying ends here, and another one gets its chance
                nudges.postpone(nudge, None)
        if should_send := [
            nudge for nudge in waiting.get(member.id, []) if nudge.send_at is not None
        ]:
            # Put off, or on its way: it takes the place of a new one, in the new round.
            for nudge in should_send:
                nudges.move_to_round(nudge, member.rhythm, round_at)
            continue
        ready[member.id] = member, round_at
    await session.flush()
    given = await selection.select_challenges(session, list(ready), now, programmes(), planned=True)
    if len(given) < len(ready):
        log.warning("no challenges to send")
    new = [NewNudge(*ready[number], one.challenge) for number, one in given.items()]
    await due_members.reschedule(session, moments, [nudge.member.id for nudge in new])
    numbers_of = await nudges.create_leased(session, new, now)
    parcels = []
    for one in new:
        number = numbers_of[one.member.id]
        got, say = given[one.member.id], Words(one.member.language)
        opening = programme_line(got.guide, say)
        message = render(number, one.challenge, say, rounds=got.rounds, opening=opening)
        parcels.append(_leased_nudge(number, 1, now, message, one.member))
    return parcels


async def _lease_pending(
    session: AsyncSession,
    now: datetime,
    channels: Collection[str],
    limit: int,
    awake_since: datetime,
) -> tuple[int, list[LeasedNudge]]:
    """Leases nudges that are to be sent by now; how many were looked at, and those that go."""
    parcels: list[LeasedNudge] = []
    found = await nudges.pending_to_send(session, now, channels, limit)
    wanted = {member.id: member.nudge_channel for _, member in found}
    addresses = await members.addresses_of(session, wanted, channels)
    for nudge, member in found:
        planned = nudge.send_at or now
        where = addresses[member.id]
        due = DueMember(member.id, member.language, member.rhythm, planned, *where)
        moment = _delivery(due, now, member.absences, awake_since)
        if moment is None:  # it goes out at the next round's moment, instead of a new one
            nudges.postpone(nudge, member.next_nudge_at)
        elif moment > now:
            nudges.postpone(nudge, moment)
        else:
            leases.take(nudge, now + nudges.LEASE)
            message = render(
                nudge.id, nudge.challenge, Words(member.language), postponed=nudge.postponed
            )
            parcels.append(_leased_nudge(nudge.id, nudge.attempts, now, message, due))
    await session.flush()
    return len(found), parcels


def _delivery(
    member: DueMember,
    now: datetime,
    absences: Sequence[Absence],
    awake_since: datetime,
) -> datetime | None:
    """When it goes out; None: the next round takes its place."""
    planned = member.planned
    moment = delivery_moment(member.rhythm, planned, now, absences)
    if moment is None or planned >= awake_since or now - planned <= ON_TIME:
        return moment
    return spread(moment, member.id, member.rhythm.zone)


def _leased_nudge(
    number: int,
    attempts: int,
    now: datetime,
    message: Outgoing,
    to: DueMember,
) -> LeasedNudge:
    until = now + nudges.LEASE
    return LeasedNudge(number, attempts, until, Address(to.channel, to.address), message)


class _RoundPlanner:
    """Next rounds, worked out once for all who share a rhythm and are never away."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[object, datetime | None] = {}

    def next_round(self, member: DueMember, absences: Sequence[Absence]) -> datetime | None:
        """The member's first moment from now on that is no day off."""
        if absences:
            return next_round(member.rhythm, self._now, absences)
        key = (member.rhythm.weekdays, member.rhythm.at, member.rhythm.zone.key)
        if key not in self._known:
            self._known[key] = next_round(member.rhythm, self._now, ())
        return self._known[key]
