"""Who is due: members whose moment has come get a nudge row, and their next moment is set.

All of it happens in one transaction. A crash before its commit leaves the members due; a crash
after it leaves leased nudges, which another process claims when the leases have run out. So no
moment passes without a nudge, and none has two.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.member.nudges import check_ins
from bot.conversation.member.nudges.nudges import render, task_text
from bot.conversation.member.rhythm.silences import ask_pace
from bot.conversation.render.openings import Opening
from bot.conversation.words import Words
from bot.core.rhythm.check_in import may_check_in
from bot.core.rhythm.workdays import DAY, ON_TIME, Absence, delivery_moment, next_round, spread
from bot.core.streaks.silences import SILENCES
from bot.delivery.leased_batches import ClaimedBatch
from bot.messages import Address, Outgoing
from bot.operation import tracing
from bot.set_files.programmes import programmes
from bot.store.challenges import selection
from bot.store.db.locks import leases
from bot.store.members import absences, due_members, members
from bot.store.members.due_members import DueMember
from bot.store.nudges import nudges, silences
from bot.store.nudges.nudges import NewNudge
from bot.store.nudges.silences import RecentRounds
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import FollowUp, NudgeRow

log = structlog.get_logger(__name__)
# A member who gets a new nudge, and the moment of the round it is for.
RoundOf = tuple[DueMember, datetime]


@dataclass(frozen=True, slots=True)
class Stage:
    """What was done for a nudge, from one moment until another, as `tracing` measures them."""

    name: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class LeasedNudge:
    """A nudge to send.

    Attributes:
        nudge_id: the number of its row.
        attempts: how often it was tried, this time included.
        leased_until: from then on, another process may send it.
        planned: the moment that it was planned for.
        to: where it goes.
        message: what to send.
        stages: what was done for it so far; empty unless that is traced.
    """

    nudge_id: int
    attempts: int
    leased_until: datetime
    planned: datetime
    to: Address
    message: Outgoing
    stages: tuple[Stage, ...] = ()


async def claim_nudges(
    session: AsyncSession,
    now: datetime,
    channels: Collection[str],
    limit: int,
    awake_since: datetime,
) -> ClaimedBatch[LeasedNudge]:
    """Leases pending nudges, and new ones for members who are due, on `channels`.

    The rows of both are locked until the transaction ends; PostgreSQL passes over those that
    another replica has locked.

    Args:
        session: the transaction to which all of it belongs.
        now: the present.
        channels: the channels that this process sends on.
        limit: how many nudges at most.
        awake_since: since when no moment passed unseen. What was planned before that and is late
            is spread over some minutes.
    """
    # Pending nudges come first, but take half of the batch at most: neither kind delays the other.
    pending_limit = (limit + 1) // 2
    seen, pending = await _lease_pending(session, now, channels, pending_limit, awake_since)
    due_limit = limit - len(pending)
    due = await due_members.due_members(session, now, channels, due_limit)
    new = await _claim_due(session, now, due, awake_since)
    more = len(due) == due_limit or seen == pending_limit
    return ClaimedBatch(pending + new, more)


async def _claim_due(
    session: AsyncSession, now: datetime, due: Sequence[DueMember], awake_since: datetime
) -> list[LeasedNudge]:
    """Writes a leased nudge for each of these members, and sets their next moment."""
    if not due:
        return []
    member_ids = [member.id for member in due]
    absences_by_member = await absences.absences_of(session, member_ids)
    pending_by_member = await nudges.pending_of(session, member_ids)
    planner = _RoundPlanner(now)
    next_moments: dict[int, datetime | None] = {}
    rounds: dict[int, RoundOf] = {}
    for member in due:
        days_away = absences_by_member.get(member.id, [])
        moment = _delivery_moment(member, now, days_away, awake_since)
        if moment is not None and moment > now:
            next_moments[member.id] = moment
            continue
        next_moments[member.id] = planner.next_round(member, days_away)
        if moment is None:
            continue
        round_at = member.planned if now - member.planned <= ON_TIME else now
        if not _move_pending(pending_by_member.get(member.id, []), member, round_at, now):
            rounds[member.id] = member, round_at
    await session.flush()  # what follows reads and writes past the session
    recent = await silences.recent_rounds(session, list(rounds), now)
    silent = [member_id for member_id, past in recent.items() if past.silences == SILENCES]
    asked = await _ask_silent(session, now, [(rounds.pop(id_)[0], recent[id_]) for id_ in silent])
    next_moments |= dict.fromkeys(silent)
    greetings = {
        member_id: _greeting(recent[member_id], absences_by_member.get(member_id, []))
        for member_id in rounds.keys() & recent.keys()
    }
    return asked + await _create(session, now, rounds, next_moments, greetings)


async def _ask_silent(
    session: AsyncSession, now: datetime, silent: Sequence[tuple[DueMember, RecentRounds]]
) -> list[LeasedNudge]:
    """Asks these members about their pace, instead of sending a nudge; then they get no more.

    That they were asked, and the message, are written in the transaction of the claim, and the
    message is leased like a nudge: so a crash neither asks twice nor forgets to.
    """
    last = [past.nudge_id for _, past in silent]
    await silences.lease_question(session, last, now)
    await due_members.fall_quiet(session, [member.id for member, _ in silent], now)
    return [
        _leased_nudge(
            past.nudge_id,
            1,
            now,
            ask_pace(past.nudge_id, member.rhythm, Words(member.language)),
            member,
        )
        for member, past in silent
    ]


def _greeting(past: RecentRounds, absences: Sequence[Absence]) -> str:
    """Returns the catalogue's key of the greetings, after what became of their last round."""
    if past.was_away or any(
        absence.last is not None and absence.last > past.day for absence in absences
    ):
        return "nudge.greeting_back"
    return "nudge.greeting_after_miss" if past.missed else "nudge.greeting"


def _move_pending(
    pending: Sequence[NudgeRow], member: DueMember, round_at: datetime, now: datetime
) -> bool:
    """Moves nudges that are postponed or under way to this round, in which they replace a new one.

    Returns whether there is any. One that was tried and never arrived is given up, so that another
    challenge gets its chance.
    """
    for nudge in pending:
        if nudges.has_failed(nudge, now):
            nudges.reschedule(nudge, None)
        elif nudge.follow_up is not None:  # how it went is not asked in the next round
            nudges.reschedule_without_follow_up(nudge, None)
    going_out = [nudge for nudge in pending if nudge.send_at is not None]
    for nudge in going_out:
        nudges.move_to_round(nudge, member.rhythm, round_at)
    return bool(going_out)


async def _create(
    session: AsyncSession,
    now: datetime,
    rounds: Mapping[int, RoundOf],
    next_moments: Mapping[int, datetime | None],
    greetings: Mapping[int, str],
) -> list[LeasedNudge]:
    """Selects a challenge for each round, and writes the nudges and everybody's next moment."""
    selected = await selection.select_challenges(
        session, list(rounds), now, programmes(), planned=True
    )
    if len(selected) < len(rounds):
        log.warning("no challenges to send")
    new = [NewNudge(*rounds[member_id], one.challenge) for member_id, one in selected.items()]
    await due_members.reschedule(session, next_moments, [nudge.member for nudge in new])
    nudge_ids = await nudges.create_leased(session, new, now)
    leased = []
    tasks = _Tasks()
    for nudge in new:
        nudge_id = nudge_ids[nudge.member.id]
        greeting = greetings.get(nudge.member.id, "nudge.greeting")
        since = tracing.moment()
        message = render(
            nudge_id,
            tasks.text(nudge),
            tasks.words(nudge.member.language),
            opening=Opening(selected[nudge.member.id], greeting),
        )
        stages = stage_since("render", since)
        leased.append(_leased_nudge(nudge_id, 1, now, message, nudge.member, stages))
    return leased


async def _lease_pending(
    session: AsyncSession,
    now: datetime,
    channels: Collection[str],
    limit: int,
    awake_since: datetime,
) -> tuple[int, list[LeasedNudge]]:
    """Leases nudges that are to be sent by now; returns how many were due, and those that go."""
    leased: list[LeasedNudge] = []
    pending = await nudges.pending_to_send(session, now, channels, limit)
    preferred_channels = {member.id: member.nudge_channel for _, member in pending}
    addresses = await members.addresses_of(session, preferred_channels, channels)
    for nudge, member in pending:
        planned = nudge.send_at or now
        address = addresses[member.id]
        due = DueMember(member.id, member.language, member.rhythm, planned, *address)
        if nudge.follow_up is FollowUp.CHECK_IN and not may_check_in(
            member.rhythm, planned, now, member.absences
        ):
            nudges.reschedule_without_follow_up(nudge, None)
            continue
        moment = _delivery_moment(due, now, member.absences, awake_since)
        if moment is None and nudge.follow_up is FollowUp.PACE:  # no next round takes its place
            nudges.reschedule(nudge, now + DAY)
        elif moment is None:  # it goes out at the next round's moment, instead of a new one
            nudges.reschedule(nudge, member.next_nudge_at)
        elif moment > now:
            nudges.reschedule(nudge, moment)
        else:
            leases.take(nudge, now + leases.NUDGE_LEASE)
            since = tracing.moment()
            message = _pending_message(nudge, member)
            stages = stage_since("render", since)
            leased.append(_leased_nudge(nudge.id, nudge.attempts, now, message, due, stages))
    await session.flush()  # what follows reads and writes past the session
    return len(pending), leased


def _pending_message(nudge: NudgeRow, member: MemberRow) -> Outgoing:
    say = Words(member.language)
    match nudge.follow_up:
        case FollowUp.PACE:
            return ask_pace(nudge.id, member.rhythm, say)
        case FollowUp.CHECK_IN:
            return check_ins.render(nudge, say)
    task = task_text(nudge.challenge, say, nudge.last_day)
    return render(nudge.id, task, say, postponed=nudge.postponed)


def _delivery_moment(
    member: DueMember,
    now: datetime,
    absences: Sequence[Absence],
    awake_since: datetime,
) -> datetime | None:
    """Returns when it goes out, which may be past; None: the next round takes its place."""
    planned = member.planned
    moment = delivery_moment(member.rhythm, planned, now, absences)
    if moment is None or planned >= awake_since or now - planned <= ON_TIME:
        return moment
    return spread(moment, member.id, member.rhythm.zone)


def _leased_nudge(
    nudge_id: int,
    attempts: int,
    now: datetime,
    message: Outgoing,
    to: DueMember,
    stages: tuple[Stage, ...] = (),
) -> LeasedNudge:
    until = now + leases.NUDGE_LEASE
    address = Address(to.channel, to.address)
    return LeasedNudge(nudge_id, attempts, until, to.planned, address, message, stages)


def stage_since(name: str, since: int | None) -> tuple[Stage, ...]:
    """Returns what was done from then until now; nothing when nothing is traced."""
    until = tracing.moment()
    return () if since is None or until is None else (Stage(name, since, until),)


class _RoundPlanner:
    """Computes next rounds, once for all who share a rhythm and are never absent."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._next_rounds: dict[object, datetime | None] = {}

    def next_round(self, member: DueMember, absences: Sequence[Absence]) -> datetime | None:
        """Returns the member's first moment from now on that is no day off; None if none comes."""
        if absences:
            return next_round(member.rhythm, self._now, absences)
        key = (member.rhythm.weekdays, member.rhythm.at, member.rhythm.zone.key)
        if key not in self._next_rounds:
            self._next_rounds[key] = next_round(member.rhythm, self._now, ())
        return self._next_rounds[key]


class _Tasks:
    """Says what to do, once for all of a batch who get the same challenge until the same day."""

    def __init__(self) -> None:
        self._words: dict[str, Words] = {}
        self._texts: dict[tuple[int, str, date | None], str] = {}

    def words(self, language: str) -> Words:
        """Returns the words of a language."""
        if language not in self._words:
            self._words[language] = Words(language)
        return self._words[language]

    def text(self, nudge: NewNudge) -> str:
        """Returns what this nudge says is to be done."""
        language, last_day = nudge.member.language, nudge.last_day
        key = (nudge.challenge.id, language, last_day)
        if key not in self._texts:
            self._texts[key] = task_text(nudge.challenge, self.words(language), last_day)
        return self._texts[key]
