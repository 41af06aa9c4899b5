"""Reads days, times and durations as people type them, in any language of the bot."""

import re
from datetime import date, datetime, time, timedelta

from bot.conversation.parsing.vocabulary import vocabulary
from bot.core.rhythm import WORKWEEK, Weekday


def read_weekdays(text: str) -> frozenset[Weekday] | None:
    """Returns the weekdays that `text` names: `di do`, `ma-vr`, `every day`.

    None: there is something in it that is no weekday.
    """
    patterns = vocabulary().dates
    text = " ".join(text.lower().split())
    if text in patterns.every_day:
        return frozenset(Weekday)
    if text in patterns.every_workday:
        return WORKWEEK
    parts = patterns.between_days.split(patterns.through.sub("-", text))
    ranges = [_range(part) for part in parts if part]
    weekdays = [weekdays for weekdays in ranges if weekdays is not None]
    return frozenset().union(*weekdays) if ranges and len(weekdays) == len(ranges) else None


def _range(part: str) -> frozenset[Weekday] | None:
    """One weekday, or a range such as `vr-ma`, which may run over the weekend."""
    names = vocabulary().dates.weekdays
    match [names.get(name.rstrip(".")) for name in part.split("-")]:
        case [Weekday() as day]:
            return frozenset({day})
        case [Weekday() as first, Weekday() as last]:
            length = (last - first) % 7
            return frozenset(Weekday((first - 1 + n) % 7 + 1) for n in range(length + 1))
        case _:
            return None


def read_time(text: str) -> tuple[time | None, str]:
    """Returns the time of day in `text` (`9:30`, `9.30`, `9u30`, `4:15 pm`) and what is left.

    Raises:
        ValueError: it looks like a time, but there is no such time.
    """
    patterns = vocabulary().dates
    match = patterns.time.search(text.lower())
    if match is None:
        return None, text
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in patterns.afternoon else 0)
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return time(hour, minute), patterns.beside_time.sub(" ", rest).strip()


def read_date(text: str, today: date) -> date | None:
    """Returns the day that `text` names: `3 jan`, `2027-01-03`, `morgen`, `vrijdag`.

    A day without a year is the next one; a weekday is the next one after today. None: it names no
    day.
    """
    import dateparser  # here, because loading it takes as long as all else together

    patterns = vocabulary().dates
    words = text.lower().strip()
    if words in patterns.today:
        return today
    if (weekday := patterns.weekdays.get(_without_prefix(words, patterns.next))) is not None:
        return today + timedelta(days=(weekday - today.isoweekday() - 1) % 7 + 1)
    if words.isdigit() or patterns.number_of_days.match(words):
        return None
    moment = dateparser.parse(
        words,
        languages=patterns.date_languages,
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day"],
        },
    )
    return None if moment is None else moment.date()


def _without_prefix(words: str, prefix: re.Pattern[str]) -> str:
    match = prefix.match(words)
    return words if match is None else words[match.end() :]


def read_duration(text: str) -> int | None:
    """Returns the number of days in `2 weken`, `een week`, `3 days`; None: it is no duration."""
    patterns = vocabulary().dates
    match = patterns.duration.fullmatch(text.strip().lower())
    if match is None:
        return None
    number = int(match["number"]) if match["number"].isdecimal() else 1
    return number * (7 if match["unit"] in patterns.weeks else 1) or None


def read_start(text: str, today: date) -> date | None:
    """Returns the day that `text` names, which may begin with `vanaf`; None: it names no day."""
    starting = vocabulary().dates.pattern(lambda words: words.starting)
    return read_date(_without_prefix(text, re.compile(rf"{starting} ")), today)
