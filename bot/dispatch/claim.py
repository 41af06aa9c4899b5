"""Who is due: members whose moment has come get a nudge row, and their next moment is set.

Everything here happens within one transaction, so that a crash leaves a nudge that still has to be
sent, never a moment that passed without one and never two for one moment.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.workdays import ON_TIME, delivery_moment
from bot.store import members, nudges, sets
from bot.store.tables import MemberRow, NudgeRow
from bot.talk.messages import Address, Outgoing
from bot.talk.nudge import render
from bot.talk.words import Words

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A nudge on its way out."""

    nudge_id: int
    attempts: int
    to: Address
    message: Outgoing


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> int:
    """Makes a nudge for each member whose moment has come; how many members there were."""
    due = await members.due_members(session, now, limit)
    if not due:
        return 0
    numbers = [member.id for member in due]
    waiting = await nudges.waiting_of(session, numbers)
    history = await nudges.history_of(session, numbers)
    challenges = await sets.live_challenges(session)
    for member in due:
        planned = member.next_nudge_at or now
        moment = delivery_moment(member.rhythm, planned, now, member.absences)
        if moment is not None and moment > now:
            member.next_nudge_at = moment
            continue
        members.plan(member, now)
        if moment is None:
            continue
        round_at = planned if now - planned <= ON_TIME else now
        if member.id in waiting:
            # Put off, or not delivered yet: it takes the place of a new one, in the new round.
            for nudge in waiting[member.id]:
                nudges.move(nudge, member, round_at)
            continue
        challenge = history.choose_for(member.id, challenges)
        if challenge is None:
            log.warning("no challenges to send")
            continue
        nudges.create(session, member, challenge, round_at, now)
    await session.flush()
    return len(due)


async def take_waiting(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[Parcel]:
    """Leases nudges that are to be sent by now on one of `channels`, rendered for their members."""
    taken: list[tuple[NudgeRow, MemberRow]] = []
    for nudge, member in await nudges.waiting(session, now, channels, limit):
        moment = delivery_moment(member.rhythm, nudge.send_at or now, now, member.absences)
        if moment is None:  # it goes out at the next round's moment, instead of a new one
            nudges.put_off(nudge, member.next_nudge_at)
        elif moment > now:
            nudges.put_off(nudge, moment)
        else:
            nudge.leased_until = now + nudges.LEASE
            nudge.attempts += 1
            taken.append((nudge, member))
    addresses = await members.addresses_of(session, [member.id for _, member in taken])
    return [
        Parcel(
            nudge.id,
            nudge.attempts,
            Address(*addresses[member.id]),
            render(nudge, Words(member.language)),
        )
        for nudge, member in taken
    ]
