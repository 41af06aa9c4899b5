"""The weeks of a team, as tests live through them: who had a round, and what the board says."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, insert, select, update

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, at_local
from bot.core.streaks.rounds import Answer
from bot.core.streaks.team_board import Board
from bot.store.db.engine import Database
from bot.store.lifecycle import erase
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AbsenceRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, TeamRow, TeamWeekRow
from bot.store.teams import teams
from bot.store.teams import weeks as team_weeks
from tests.support.fakes import AMSTERDAM, MONDAY
from tests.support.noise import drop_noise
from tests.support.population import enrol

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


NOON = time(12)


HALF_PAST_NINE = time(9, 30)


MINIMUM = 5


WEEK_OF = date(2026, 11, 23)


TUESDAY = WEEK_OF + DAY


WEDNESDAY = WEEK_OF + 2 * DAY


THURSDAY = WEEK_OF + 3 * DAY


NEXT = WEEK_OF + WEEK


DONE, TRIED, SKIPPED = Answer.DONE, Answer.TRIED, Answer.SKIPPED


def noon(day: date) -> datetime:
    """Twelve o'clock in Amsterdam."""
    return at_local(day, NOON, AMSTERDAM)


@dataclass
class Weeks:
    """A team in a database, its members by number."""

    database: Database
    team: int = 0
    everyone: list[int] = field(default_factory=list)

    async def begins(self, name: str = "Griffie") -> None:
        """There is such a team, from that Monday on."""
        async with self.database.transaction() as session:
            row = await teams.create(session, name, "nl", AMSTERDAM.key, MONDAY)
            self.team = row.id
            await drop_noise(session)

    async def has(self, many: int, since: date = WEEK_OF) -> list[int]:
        """So many more take part, and belong to the team."""
        first = len(self.everyone) + 1
        numbers = list(range(first, first + many))
        rhythm = Rhythm(WORKWEEK, HALF_PAST_NINE, AMSTERDAM)
        await enrol(self.database, dict.fromkeys(numbers, rhythm), noon(since))
        async with self.database.transaction() as session:
            rows = [
                {"team_id": self.team, "member_id": one, "joined_at": noon(since), "hidden": False}
                for one in numbers
            ]
            await session.execute(insert(MembershipRow), rows)
        self.everyone += numbers
        return numbers

    async def round(
        self,
        who: list[int],
        day: date,
        answer: Answer | None = None,
        *,
        extra: bool = False,
        swaps: int = 0,
    ) -> None:
        """A nudge reaches these members at half past nine; they answer it within the hour."""
        at = at_local(day, HALF_PAST_NINE, AMSTERDAM)
        async with self.database.transaction() as session:
            challenge = await session.scalar(select(ChallengeRow.id).order_by(ChallengeRow.id))
            rows = [
                {
                    "member_id": member,
                    "challenge_id": challenge,
                    "round_at": at,
                    "day": day,
                    "per_week": 5,
                    "extra": extra,
                    "swaps": swaps,
                    "sent_at": at,
                    "answer": answer,
                    "answered_at": at + timedelta(hours=1) if answer else None,
                }
                for member in who
            ]
            await session.execute(insert(NudgeRow), rows)

    async def answers(self, who: list[int], answer: Answer, at: datetime) -> None:
        """These members answer whatever they got so far."""
        async with self.database.transaction() as session:
            await session.execute(
                update(NudgeRow)
                .where(NudgeRow.member_id.in_(who))
                .values(answer=answer, answered_at=at)
            )

    async def leaves(self, *who: int) -> None:
        """These members leave."""
        async with self.database.transaction() as session:
            for member in who:
                assert await teams.remove_from_team(session, self.team, member, noon(WEDNESDAY))

    async def hides(self, *who: int) -> None:
        """These members are invisible to the team from now on."""
        async with self.database.transaction() as session:
            await session.execute(
                update(MembershipRow)
                .where(MembershipRow.member_id.in_(who), MembershipRow.team_id == self.team)
                .values(hidden=True)
            )

    async def is_erased(self, *who: int) -> None:
        """Everything of these members is deleted."""
        async with self.database.transaction() as session:
            for member in who:
                await erase.erase_rows(session, member, noon(WEDNESDAY))

    async def is_away(self, who: list[int], first: date, last: date | None) -> None:
        """These members are away on these days."""
        async with self.database.transaction() as session:
            rows = [{"member_id": one, "first_day": first, "last_day": last} for one in who]
            await session.execute(insert(AbsenceRow), rows)

    async def board(self, at: datetime) -> Board:
        """What a lead sees at that moment."""
        async with self.database.transaction() as session:
            team = await session.get_one(TeamRow, self.team)
            return await team_weeks.board_of(session, team, MINIMUM, at)

    async def closes(self, at: datetime) -> None:
        """What the clock does every few minutes."""
        async with self.database.transaction() as session:
            await team_weeks.close_weeks(
                session, await session.get_one(TeamRow, self.team), MINIMUM, at
            )

    async def also_belong(self, *who: int) -> None:
        """These members of another team belong to this one too."""
        async with self.database.transaction() as session:
            for member in who:
                await teams.add_to_team(session, self.team, member, noon(WEEK_OF))

    async def count(self) -> int:
        """How many weeks are kept."""
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(TeamWeekRow)) or 0
