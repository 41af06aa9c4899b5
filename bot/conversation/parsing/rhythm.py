"""Reads a rhythm as people type it: weekdays, a time, and if they wish a place whose time it is."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.dates import sort_weekdays
from bot.conversation.parsing.places import read_place
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.times import read_time
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import CLOSES, OPENS

MAX_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Understood:
    """What could be read of a rhythm; None: nothing was said about it."""

    weekdays: frozenset[Weekday] | None
    at: time | None
    zone: ZoneInfo | None


class RhythmUnclear(NotUnderstood):
    """Words in a rhythm that cannot be followed, beside those that can."""

    def __init__(self, words: str, understood: Understood) -> None:
        super().__init__("rhythm.unclear", words=words[:MAX_SHOWN])
        self.understood = understood


def read_rhythm(typed: str, current: Rhythm) -> Rhythm:
    """Returns the rhythm that `typed` names; what it leaves out stays as in `current`.

    It reads `di do 9:30`, `ma-vr`, `half tien`, `weekend 10:00` and `elke dag 8:15 New York`.

    Raises:
        NotUnderstood: with what to type instead.
    """
    zone, words = read_place(plain(typed))
    at, words = read_time(words)
    weekdays, unclear = sort_weekdays(words)
    understood = Understood(weekdays or None, at, zone)
    if unclear or understood == Understood(None, None, None):
        raise RhythmUnclear(" … ".join(unclear) or typed, understood)
    chosen = Rhythm(weekdays or current.weekdays, at or current.at, zone or current.zone)
    if not is_open_at(chosen.at):
        raise NotUnderstood("rhythm.quiet", **opening_hours())
    return chosen


def is_open_at(at: time) -> bool:
    """Returns whether the bot sends something at this local time."""
    return OPENS <= at < CLOSES


def opening_hours() -> dict[str, str]:
    """Returns between which times the bot sends something, for a message to fill in: `7:00`."""
    hours = {"opens": OPENS, "closes": CLOSES}
    return {name: f"{at.hour}:{at.minute:02}" for name, at in hours.items()}
