"""Reads a rhythm as people type it: weekdays, a time, and if they wish a time zone."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.dates import read_time, read_weekdays
from bot.conversation.parsing.vocabulary import vocabulary
from bot.core.rhythm import Rhythm
from bot.core.workdays import CLOSES, OPENS


def read_rhythm(typed: str, current: Rhythm) -> Rhythm:
    """Returns the rhythm that `typed` names; what it leaves out stays as in `current`.

    It reads `di do 9:30`, `ma-vr`, `10:00` and `elke dag 8:15 America/Curacao`.

    Raises:
        NotUnderstood: with what to type instead.
    """
    words = " ".join(typed.lower().split())
    zone, words = _read_zone(words, current.zone)
    try:
        at, days = read_time(words)
    except ValueError as error:
        raise NotUnderstood("rhythm.no_such_time") from error
    days = " ".join(vocabulary().dates.fillers.sub(" ", days).split())
    weekdays = read_weekdays(days) if days else current.weekdays
    if weekdays is None:
        raise NotUnderstood("rhythm.unclear", words=days[:40])
    at = at or current.at
    if not OPENS <= at < CLOSES:
        raise NotUnderstood("rhythm.quiet", **opening_hours())
    return Rhythm(weekdays, at, zone)


def opening_hours() -> dict[str, str]:
    """Returns between which times the bot sends something, for a message to fill in: `7:00`."""
    hours = {"opens": OPENS, "closes": CLOSES}
    return {name: f"{at.hour}:{at.minute:02}" for name, at in hours.items()}


def _read_zone(words: str, current: ZoneInfo) -> tuple[ZoneInfo, str]:
    """Returns the IANA zone that ends `words`, by its name or its city, and what precedes it."""
    before, _, last = words.rpartition(" ")
    name = _zones().get(last.replace("ç", "c"))
    return (current, words) if name is None else (ZoneInfo(name), before)


@cache
def _zones() -> dict[str, str]:
    """IANA zones by their name and by their city, in small letters; short names are no cities."""
    names = [name for name in sorted(available_timezones(), reverse=True) if "/" in name]
    cities = {name.lower().rpartition("/")[2]: name for name in names}
    return cities | {name.lower(): name for name in names}
