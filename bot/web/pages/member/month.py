"""The weeks that come, as a calendar shows them: when a challenge comes, and the days away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.rhythm.workdays import Absence

DAYS = 7


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a calendar.

    Attributes:
        day: the day.
        kind: `round`: a challenge comes; `away`: the member is away; `past`: it is over; empty:
            nothing of these.
    """

    day: date
    kind: str


def weeks_ahead(
    today: date, weeks: int, rounds: Collection[date], absences: Sequence[Absence]
) -> list[list[CalendarDay]]:
    """Returns so many weeks of seven days, from the Monday of this one.

    Args:
        today: the member's date.
        weeks: how many.
        rounds: the days on which a challenge comes.
        absences: the member's absences.
    """
    monday = today - timedelta(days=today.weekday())

    def kind(day: date) -> str:
        if day < today:
            return "past"
        if any(absence.covers(day) for absence in absences):
            return "away"
        return "round" if day in rounds else ""

    days = [monday + timedelta(days=number) for number in range(weeks * DAYS)]
    cells = [CalendarDay(day, kind(day)) for day in days]
    return [cells[at : at + DAYS] for at in range(0, len(cells), DAYS)]
