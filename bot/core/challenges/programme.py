"""Programmes: weeks of challenges in an order, and which week a participant is in."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.core.challenges.challenge import Frozen, InLanguages, Slug, Title
from bot.core.rhythm.workdays import Absence
from bot.languages.registry import text_in

Key = tuple[str, str]
"""The name of a set and the id of a challenge in it."""
DAYS = 7


class About(InLanguages):
    """What a programme is about, in a few sentences: 1..600 characters in each language."""

    __pydantic_extra__: dict[str, Annotated[str, Field(min_length=1, max_length=600)]] = Field(
        init=False
    )

    def in_language(self, tag: str) -> str:
        """Returns the text in the language `tag`, or in another that there is."""
        return text_in(self.__pydantic_extra__, tag)


class Week(Frozen):
    """One week of a programme; its challenges are written `set/id`."""

    title: Title
    challenges: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of its challenges, in order."""
        parts = (challenge.partition("/") for challenge in self.challenges)
        return tuple((set_name, slug) for set_name, _, slug in parts)


class Programme(Frozen):
    """Weeks of challenges, each challenge in one week at most.

    Attributes:
        programme: the programme's name, which never changes.
        title: what people call it.
        about: what it is about.
        order: `fixed`: the challenges of a week come in its order; `free`: in any.
        weeks: at least one, in order.
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
        """The keys of all its challenges, in order."""
        return tuple(key for week in self.weeks for key in week.keys)


def week_at(start: date, day: date, absences: Sequence[Absence]) -> int | None:
    """Returns the week (from 0) that a participant is in on `day`; None before `start`.

    Days of absence do not count, so an absence moves all that comes after it.

    Args:
        start: the day on which the participant began.
        day: the day in question.
        absences: the participant's absences.
    """
    if day < start:
        return None
    days = (start + timedelta(days=n) for n in range((day - start).days))
    present = sum(not any(absence.covers(past) for absence in absences) for past in days)
    return present // DAYS


def week_candidates(programme: Programme, week: int, received: Collection[Key]) -> tuple[Key, ...]:
    """Returns the challenges of a week that a participant has not received yet, in order.

    In a fixed order the first of these that is live for the participant comes next, in a free order
    any of them may.

    Args:
        programme: the programme.
        week: which week, from 0.
        received: the keys of the challenges received since the programme began.

    Returns:
        Keys; empty when all of the week were received, and after the last week.
    """
    if week >= len(programme.weeks):
        return ()
    return tuple(key for key in programme.weeks[week].keys if key not in received)


def has_just_ended(
    programme: Programme, start: date, last: date | None, today: date, absences: Sequence[Absence]
) -> bool:
    """Returns whether today's challenge is the first one after the last week.

    Args:
        programme: the programme.
        start: the day on which the participant began.
        last: the day of the challenge received before today's; None: there was none.
        today: the participant's date.
        absences: the participant's absences.

    Returns:
        False too for a participant who received nothing since `start`.
    """
    if last is None:
        return False
    week_before, week_now = (week_at(start, day, absences) for day in (last, today))
    if week_before is None or week_now is None:
        return False
    return week_before < len(programme.weeks) <= week_now
