"""The kinds of people that the simulated year has, and what they do with a challenge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from random import Random
from zoneinfo import ZoneInfo

from bot.core.challenges.fit import Tag, WorkProfile
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday
from bot.core.streaks.rounds import Answer

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Chances = Mapping[Answer | None, float]
"""The chance of each answer; None: no answer. They add up to one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """People who are alike.

    Attributes:
        name: what they are called.
        share: how many of two hundred they are.
        rhythm: when they get a challenge.
        answers: what they do with one of each daring, 1 to 3.
        work: what their work really has room for. They do not tell; they press that it does not
            suit.
        away: the days on which they are absent.
        reported_on: the day on which they report the absence; None: they report none.
    """

    name: str
    share: int
    rhythm: Rhythm
    answers: tuple[Chances, Chances, Chances]
    work: WorkProfile = field(default_factory=WorkProfile)
    away: tuple[date, date] | None = None
    reported_on: date | None = None

    def answer(self, daring: int, chance: Random) -> Answer | None:
        """Draws what one of them does with a challenge."""
        chances = self.answers[daring - 1]
        [drawn] = chance.choices(list(chances), list(chances.values()))
        return drawn


def _rhythm(days: frozenset[Weekday], hour: int, minute: int = 0) -> Rhythm:
    return Rhythm(days, time(hour, minute), AMSTERDAM)


def _chances(
    done: float, tried: float = 0.0, skipped: float = 0.0, swapped: float = 0.0, none: float = 0.0
) -> Chances:
    silent = round(1 - done - tried - skipped - swapped - none, 6)
    return {
        Answer.DONE: done,
        Answer.TRIED: tried,
        Answer.SKIPPED: skipped,
        Answer.SWAPPED: swapped,
        Answer.NO_OCCASION: none,
        None: silent,
    }


DILIGENT = _chances(0.88, 0.08, none=0.02)
BUSY = _chances(0.45, 0.1, skipped=0.1, swapped=0.05)
REGULAR = _chances(0.72, 0.1, skipped=0.04, swapped=0.04, none=0.02)
TUESDAY_AND_THURSDAY = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
FIRST_HALF = frozenset({Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY})

KINDS = (
    Kind("diligent", 40, _rhythm(WORKWEEK, 9), (DILIGENT,) * 3),
    Kind("busy", 40, _rhythm(WORKWEEK, 13), (BUSY,) * 3),
    Kind(
        "shy",
        40,
        _rhythm(WORKWEEK, 9, 30),
        (
            _chances(0.9, 0.05),
            _chances(0.65, 0.15, skipped=0.08, swapped=0.05),
            _chances(0.0, skipped=0.4, swapped=0.4),
        ),
    ),
    Kind("part-time", 30, _rhythm(FIRST_HALF, 9, 30), (REGULAR,) * 3),
    Kind(
        "at the desk",
        30,
        _rhythm(WORKWEEK, 10),
        (REGULAR,) * 3,
        work=WorkProfile(
            frozenset({Tag.DESK}), frozenset({Tag.COLLEAGUES}), frozenset({Tag.WALKING})
        ),
    ),
    Kind(
        "ill in spring",
        20,
        _rhythm(TUESDAY_AND_THURSDAY, 9, 30),
        (REGULAR,) * 3,
        away=(date(2026, 3, 30), date(2026, 5, 17)),
        reported_on=date(2026, 4, 8),
    ),
)
