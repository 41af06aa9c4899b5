"""Programmes: weeks of challenges in an order, and where somebody is in one."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.core.challenge import Slug, Title
from bot.core.workdays import Absence

Key = tuple[str, str]
"""The name of a set and the id of a challenge in it."""
DAYS = 7


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Frozen):
    """What a programme is about, in a few sentences."""

    nl: Annotated[str, Field(min_length=1, max_length=600)]
    en: Annotated[str, Field(min_length=1, max_length=600)]


class Week(_Frozen):
    """One week of a programme; its challenges are named `set/id`."""

    title: Title
    challenges: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def keys(self) -> tuple[Key, ...]:
        """Its challenges."""
        return tuple((one.partition("/")[0], one.partition("/")[2]) for one in self.challenges)


class Programme(_Frozen):
    """Weeks of challenges.

    Attributes:
        programme: its name for ever.
        title: what people call it.
        about: what it is.
        order: `fixed`: the challenges of a week come in its order; `free`: in any.
        weeks: one after the other.
    """

    programme: Slug
    title: Title
    about: About
    order: Literal["fixed", "free"]
    weeks: Annotated[tuple[Week, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_challenge_once(self) -> Self:
        if len(set(self.keys)) < len(self.keys):
            raise ValueError("a challenge is there twice")
        return self

    @property
    def keys(self) -> tuple[Key, ...]:
        """All its challenges, in its order."""
        return tuple(key for week in self.weeks for key in week.keys)


def week_at(start: date, day: date, absences: Sequence[Absence]) -> int | None:
    """In which week (from 0) somebody is on a day, who began at `start`; None: not yet.

    Only days that they are not away count, so a pause moves all that comes after it.
    """
    if day < start:
        return None
    days = (start + timedelta(days=n) for n in range((day - start).days))
    return sum(not any(away.covers(one) for away in absences) for one in days) // DAYS


def week_candidates(programme: Programme, week: int, had: Collection[Key]) -> tuple[Key, ...]:
    """Returns the challenges of a week that somebody has not had yet, in the programme's order.

    In a fixed order the first of these that is live for them comes next, in a free order any of
    them does.

    Args:
        programme: which one they follow.
        week: in which week they are, from 0; past the last week the programme is over.
        had: the challenges they had since it began.

    Returns:
        Nothing when they had all of this week, or when the programme is over.
    """
    if week >= len(programme.weeks):
        return ()
    return tuple(key for key in programme.weeks[week].keys if key not in had)


def has_just_ended(
    programme: Programme, start: date, last: date | None, today: date, absences: Sequence[Absence]
) -> bool:
    """Whether this is the first challenge after the last week.

    Args:
        programme: which one.
        start: when they began.
        last: the day of the challenge they got before; None: there was none.
        today: the day of this one.
        absences: when they were away.
    """
    over = len(programme.weeks)
    if last is None or last < start:  # they never got anything of it
        return False
    before = week_at(start, last, absences)
    now = week_at(start, today, absences)
    return before is not None and now is not None and before < over <= now
