"""Absences against a plain model: each is a set of days, and what is planned is nobody else's."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.store.members import absences
from bot.store.schema.members import AbsenceRow, MemberRow

BEGIN = date(2026, 11, 23)
HORIZON = frozenset(BEGIN + timedelta(days=n) for n in range(-10, 150))
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("pause"), st.integers(-3, 0), st.none() | st.integers(0, 12)),
        st.tuples(st.just("leave"), st.integers(1, 20), st.integers(0, 12)),
        st.tuples(st.just("days pass"), st.integers(1, 9)),
        st.tuples(st.just("resume")),
        st.tuples(st.just("end leave")),
        st.tuples(st.just("drop"), st.integers(0, 4)),
    ),
    max_size=15,
)


@dataclass
class Away:
    """An absence as a set of days."""

    days: set[date]
    is_leave: bool  # planned ahead, with an end


class Model:
    """What is said about absences, as sets of days."""

    def __init__(self) -> None:
        self.today = BEGIN
        self.absences: list[Away] = []

    def add(self, first: int, length: int | None, *, ahead: bool) -> None:
        """Somebody names days; what they say about today replaces what they said about it."""
        begin = self.today + timedelta(days=first)
        last = max(HORIZON) if length is None else begin + timedelta(days=length)
        days = {day for day in HORIZON if begin <= day <= last}
        if not ahead and self.today in days:
            for away in self.absences:
                if self.today in away.days and not away.is_leave:
                    away.days = {day for day in away.days if day < begin}
        if not ahead or Away(days, True) not in self.absences:
            self.absences.append(Away(days, ahead))

    def end(self, *, leave: bool) -> None:
        """What runs today of one kind ends."""
        for away in self.absences:
            if self.today in away.days and away.is_leave is leave:
                away.days = {day for day in away.days if day < self.today}

    @property
    def days(self) -> set[date]:
        """All days away."""
        return set().union(*(away.days for away in self.absences))


@given(OPERATIONS)
def test_absences_are_what_was_said_about_them(operations: list[tuple[Any, ...]]) -> None:
    member, model = MemberRow(absence_rows=[]), Model()
    for name, *numbers in operations:
        before = model.days
        match name, numbers:
            case (("pause" | "leave"), [int() as first, length]):
                ahead = name == "leave"
                begin = model.today + timedelta(days=first)
                last = None if length is None else begin + timedelta(days=length)
                absences.add_absence(member, begin, last, model.today)
                model.add(first, length, ahead=ahead)
            case "days pass", [int() as count]:
                model.today += timedelta(days=count)
            case "resume", []:
                absences.end_pauses(member, model.today)
                model.end(leave=False)
            case "end leave", []:
                for row in absences.running_leave(member, model.today):
                    absences.end_absence(member, row, model.today)
                model.end(leave=True)
            case "drop", [int() as number]:
                if number < len(coming := absences.coming_absences(member, model.today)):
                    row = coming[number]
                    kind = row.planned, {day for day in HORIZON if _covers(row, day)}
                    absences.end_absence(member, row, model.today)
                    dropped = next(a for a in model.absences if (a.is_leave, a.days) == kind)
                    dropped.days = {day for day in dropped.days if day < model.today}
        assert {day for day in HORIZON if any(a.covers(day) for a in member.absences)} == model.days
        if name in ("resume", "end leave", "drop"):  # what is past stays as it was
            assert {d for d in before if d < model.today} == {
                d for d in model.days if d < model.today
            }


def _covers(row: AbsenceRow, day: date) -> bool:
    return row.first_day <= day and (row.last_day is None or day <= row.last_day)
