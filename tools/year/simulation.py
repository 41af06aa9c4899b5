"""Lives a year: challenges are claimed, answered, swapped and missed in a real store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.member.nudges.nudges import MAX_SWAPS
from bot.core.challenges.fit import Span, Tag, does_fit, lessons, without
from bot.core.streaks.rounds import Answer, Round, rounds_of
from bot.delivery.nudges.nudge_claims import claim_nudges
from bot.startup import open_database, prepare
from bot.store.challenges import history, selection
from bot.store.db.engine import Database
from bot.store.db.locks import leases
from bot.store.keys.master_key import new_secret_key
from bot.store.members import due_members, members
from bot.store.members.vault import Vault
from bot.store.nudges import nudges
from bot.store.nudges.nudges import PlaceInRound
from bot.store.schema.members import AbsenceRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from tools.year.people import Kind

CHANNEL = "simulation"
BEGINNING = datetime(2026, 1, 4, 12, tzinfo=UTC)
BATCH = 500
SOON = timedelta(hours=2)  # how long after a challenge it is answered
MAX_DAYS_QUIET = 14  # until somebody comes back who was asked about their pace
MAX_DAYS_LATER = 5  # for a challenge of this week
SEED = 7


@dataclass(frozen=True, slots=True)
class Life:
    """What one person received and did.

    Attributes:
        kind: what kind of person they are.
        nudges: their nudges with the challenges, oldest first.
        rounds: their rounds, oldest first.
    """

    kind: Kind
    nudges: Sequence[NudgeRow]
    rounds: Sequence[Round]


@dataclass
class Simulation:
    """A year of simulated people.

    Args:
        database: with the challenges, and nobody in it.
        kinds: who takes part.
        scale: how many of them there are, as a part of two hundred.
    """

    database: Database
    kinds: Sequence[Kind]
    scale: float = 1.0
    _kind_of: dict[int, Kind] = field(default_factory=dict)
    _chance_of: dict[int, Random] = field(default_factory=dict)
    _later: list[tuple[datetime, int, Answer]] = field(default_factory=list)
    _returns: list[tuple[datetime, int]] = field(default_factory=list)

    async def lived(self, days: int = 364) -> list[Life]:
        """Lives so many days, and returns what everybody received and did."""
        await self._enrol()
        end = BEGINNING + timedelta(days=days)
        now = await self._next_moment()
        while now is not None and now < end:
            async with self.database.transaction() as session:
                await self._answer_later(session, now)
                await self._report_absences(session, now)
                await self._come_back(session, now)
                claimed = await claim_nudges(session, now, [CHANNEL], BATCH, now)
                await self._receive(session, [nudge.nudge_id for nudge in claimed.items], now)
            now = await self._next_moment()
        return await self._lives()

    async def _enrol(self) -> None:
        async with self.database.transaction() as session:
            for kind in self.kinds:
                for number in range(max(1, round(kind.share * self.scale))):
                    member = await members.add_member(
                        session,
                        CHANNEL,
                        f"{kind.name} {number}",
                        "nl",
                        kind.rhythm.zone.key,
                        BEGINNING,
                    )
                    member.welcomed = True
                    await session.flush()
                    await members.set_rhythm(session, member, kind.rhythm, BEGINNING)
                    self._kind_of[member.id] = kind
                    self._chance_of[member.id] = Random(f"{SEED}/{member.id}")

    async def _next_moment(self) -> datetime | None:
        async with self.database.reading() as session:
            return await due_members.next_due_at(session, [CHANNEL])

    async def _answer_later(self, session: AsyncSession, now: datetime) -> None:
        """Answers the challenges of this week that people do by now."""
        while self._later and self._later[0][0] <= now:
            at, nudge_id, answer = heappop(self._later)
            nudge = await session.get(NudgeRow, nudge_id)
            assert nudge is not None
            nudges.record_answer(nudge, answer, at)

    async def _report_absences(self, session: AsyncSession, now: datetime) -> None:
        for member_id, kind in self._kind_of.items():
            if kind.away is None or kind.reported_on is None or now.date() < kind.reported_on:
                continue
            member = await session.get(MemberRow, member_id)
            assert member is not None
            if not member.absence_rows:
                first_day, last_day = kind.away
                absence = AbsenceRow(member_id=member_id, first_day=first_day, last_day=last_day)
                member.absence_rows.append(absence)
                await members.plan_next_nudge(session, member, now - timedelta(minutes=1))
        await session.flush()

    async def _come_back(self, session: AsyncSession, now: datetime) -> None:
        """Lets people give a sign of life who fell silent; those who are away are back first."""
        while self._returns and self._returns[0][0] <= now:
            at, member_id = heappop(self._returns)
            member = await session.get(MemberRow, member_id)
            assert member is not None
            member.quiet_since, member.back_at = None, at
            await members.plan_next_nudge(session, member, now - timedelta(minutes=1))
        await session.flush()

    async def _receive(self, session: AsyncSession, nudge_ids: list[int], now: datetime) -> None:
        query = select(NudgeRow).where(NudgeRow.id.in_(nudge_ids)).order_by(NudgeRow.member_id)
        for nudge in (await session.scalars(query)).all():
            if nudge.sent_at is None:
                await self._respond(session, nudge, now)
            else:  # the question about their pace, after which nothing comes until they come back
                leases.release(nudge, None)
                days = self._chance_of[nudge.member_id].randint(1, MAX_DAYS_QUIET)
                heappush(self._returns, (now + timedelta(days=days), nudge.member_id))

    async def _respond(self, session: AsyncSession, nudge: NudgeRow, now: datetime) -> None:
        """Lets somebody answer a challenge that arrived, and another in its place."""
        nudge.sent_at = now
        leases.release(nudge, None)
        kind, chance = self._kind_of[nudge.member_id], self._chance_of[nudge.member_id]
        answer = kind.answer(nudge.challenge.daring, chance)
        at = now + SOON
        if kind.away is not None and kind.away[0] <= nudge.day <= kind.away[1]:
            return
        if not does_fit([Tag(tag) for tag in nudge.challenge.fits], kind.work):
            await self._learn(session, nudge, at)
            answer = Answer.UNSUITABLE
        elif answer is Answer.SWAPPED and nudge.swaps == MAX_SWAPS:
            answer = Answer.SKIPPED
        if answer in (Answer.SWAPPED, Answer.UNSUITABLE):
            nudges.record_answer(nudge, answer, at)
            await self._replace(session, nudge, at)
        elif answer is not None and nudge.challenge.span == Span.WEEK:
            later = at + timedelta(days=chance.randint(0, MAX_DAYS_LATER))
            heappush(self._later, (later, nudge.id, answer))
        elif answer is not None:
            nudges.record_answer(nudge, answer, at)

    async def _learn(self, session: AsyncSession, nudge: NudgeRow, at: datetime) -> None:
        """Does what the button does that says a challenge does not suit somebody's work."""
        member = await session.get(MemberRow, nudge.member_id)
        assert member is not None
        nudges.record_answer(nudge, Answer.UNSUITABLE, at)
        await history.discard(session, [member.id])
        work = self._kind_of[member.id].work
        for tag in lessons([Tag(tag) for tag in nudge.challenge.fits], member.work):
            if tag in work.avoids or (work.contacts and tag not in work.contacts):
                members.set_work(member, without(member.work, tag))
                return

    async def _replace(self, session: AsyncSession, nudge: NudgeRow, at: datetime) -> None:
        if nudge.swaps == MAX_SWAPS:
            return
        member = await session.get(MemberRow, nudge.member_id)
        assert member is not None
        selected = await selection.select_challenges(session, [member.id], at, {}, planned=False)
        replacement = nudges.create(
            session,
            member,
            selected[member.id].challenge,
            PlaceInRound.after_swap(nudge),
            at,
        )
        await session.flush()
        await self._respond(session, replacement, at)

    async def _lives(self) -> list[Life]:
        lives = []
        async with self.database.reading() as session:
            for member_id, kind in self._kind_of.items():
                member = await session.get(MemberRow, member_id)
                assert member is not None
                rows = await nudges.all_of_member(session, member_id)
                rounds = rounds_of([row.fact for row in rows], member.absences)
                lives.append(Life(kind, rows, rounds))
        return lives


async def lives(
    folder: Path, kinds: Sequence[Kind], *, scale: float = 1.0, days: int = 364
) -> list[Life]:
    """Returns the lives of simulated people, with the bundled challenges, on SQLite.

    Args:
        folder: where the database is made.
        kinds: who takes part.
        scale: how many of them there are, as a part of two hundred.
        days: for how long.
    """
    async with open_database(f"sqlite+aiosqlite:///{folder / 'year.db'}") as database:
        await prepare(database, Vault(new_secret_key()), BEGINNING)
        return await Simulation(database, kinds, scale).lived(days)
