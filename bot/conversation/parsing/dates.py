"""Reading days, times and dates as people type them, in Dutch and in English."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache

from babel.dates import get_day_names

from bot.conversation.words import LOCALES_BY_LANGUAGE
from bot.core.rhythm import WORKWEEK, Weekday

EVERY_DAY = {"elke dag", "iedere dag", "dagelijks", "every day", "daily"}
EVERY_WORKDAY = {"elke werkdag", "iedere werkdag", "werkdagen", "every workday", "every weekday"}
EVERY_WORKDAY |= {"workdays", "weekdays", "doordeweeks"}
SHORTEST_NAME = 2
TIME = re.compile(r"(?<![\d/])(\d{1,2})(?:[:.hu](\d{2})|(?=\s*(?:[ap]m|uur|u)\b))\s*([ap]m)?(?!\d)")
RANGE = re.compile(r"\s*(?:-|–|t/m|tot en met|through)\s*")
NUMBER_OF_DAYS = re.compile(r"\d+\s*(?:da|we)")
DURATION = re.compile(
    r"(?P<number>\d{1,3}|een|één|one|a)\s+(?P<unit>dag|dagen|days?|week|weken|weeks)"
)


@cache
def weekday_names() -> dict[str, Weekday]:
    """Every name of a weekday, whole or cut off after two letters or more, in both languages."""
    names: dict[str, Weekday] = {}
    for locale in LOCALES_BY_LANGUAGE.values():
        for number, name in get_day_names("wide", locale=locale).items():
            for length in range(SHORTEST_NAME, len(name) + 1):
                names.setdefault(name[:length].lower(), Weekday(number + 1))
    return names


def read_weekdays(text: str) -> frozenset[Weekday] | None:
    """The weekdays that `text` names: `di do`, `ma-vr`, `every day`. None: they are no weekdays."""
    text = " ".join(text.lower().split())
    if text in EVERY_DAY:
        return frozenset(Weekday)
    if text in EVERY_WORKDAY:
        return WORKWEEK
    parts = re.split(r"\s*(?:,|&|\+|\ben\b|\band\b|\s)\s*", RANGE.sub("-", text))
    found = [_span(part) for part in parts if part]
    days = [days for days in found if days is not None]
    return frozenset().union(*days) if found and len(days) == len(found) else None


def _span(part: str) -> frozenset[Weekday] | None:
    """One weekday, or a range such as `vr-ma`, which may run over the weekend."""
    ends = [weekday_names().get(name.rstrip(".")) for name in part.split("-")]
    match ends:
        case [Weekday() as day]:
            return frozenset({day})
        case [Weekday() as first, Weekday() as last]:
            length = (last - first) % 7
            return frozenset(Weekday((first - 1 + n) % 7 + 1) for n in range(length + 1))
        case _:
            return None


def read_time(text: str) -> tuple[time | None, str]:
    """The time of day in `text` (`9:30`, `9.30`, `9u30`, `9 uur`, `4:15 pm`) and what is left.

    Raises:
        ValueError: it looks like a time, but there is no such time.
    """
    found = TIME.search(text.lower())
    if found is None:
        return None, text
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return time(hour, minute), re.sub(r"\b(om|at|uur|u)\b", " ", rest, flags=re.IGNORECASE).strip()


def read_date(text: str, today: date) -> date | None:
    """The day that `text` names: `3 jan`, `2027-01-03`, `morgen`, `vrijdag`. None: it names none.

    A day without a year is the next one; a weekday is the next one after today.
    """
    import dateparser  # here, because loading it takes as long as all else together

    words = text.lower().strip()
    if words in {"vandaag", "today"}:
        return today
    if (weekday := weekday_names().get(words.removeprefix("next "))) is not None:
        return today + timedelta(days=(weekday - today.isoweekday() - 1) % 7 + 1)
    if words.isdigit() or NUMBER_OF_DAYS.match(words):
        return None
    found = dateparser.parse(
        words,
        languages=["nl", "en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day"],
        },
    )
    return None if found is None else found.date()


def read_duration(text: str) -> int | None:
    """The number of days in `2 weken`, `een week`, `3 days`. None: it is no duration."""
    found = DURATION.fullmatch(text.strip().lower())
    if found is None:
        return None
    number = int(found["number"]) if found["number"].isdecimal() else 1
    return number * (7 if found["unit"].startswith("we") else 1) or None


def first_that_fits(text: str, patterns: Sequence[str]) -> dict[str, str] | None:
    """The named parts of `text` by the first of `patterns` that fits all of it."""
    for pattern in patterns:
        if found := re.fullmatch(pattern, text.strip(), flags=re.IGNORECASE):
            return {name: part.strip() for name, part in found.groupdict().items() if part}
    return None
