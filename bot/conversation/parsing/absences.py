"""Reads when somebody is away, as people type it."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.dates import read_date, read_duration
from bot.conversation.parsing.vocabulary import DatePatterns, vocabulary

DAY = timedelta(days=1)
LONGEST = timedelta(days=366)
RECENTLY = timedelta(days=31)
YEAR = re.compile(r"\d{4}")


def read_absence(typed: str, today: date) -> tuple[date, date | None]:
    """Returns the first and the last day away that `typed` names; None: it has no end.

    Without words it begins today and has no end. `2 weken` begins today. `tot 3 jan` ends the day
    before; `t/m 3 jan` and `24 dec - 3 jan` end on the day they name.

    Raises:
        NotUnderstood: with what to type instead.
    """
    if duration := read_duration(typed):
        return today, today + (duration - 1) * DAY
    parts = _first_fit(typed, _patterns(vocabulary().dates))
    if parts is None:
        return today, None
    month = parts.pop("month", "")  # "24-28 dec": the first day is in that month too
    parts |= {"first": f"{parts['first']} {month}"} if month else {}
    days = {name: _read_day(words, today) for name, words in parts.items()}
    first = days.get("first") or days.get("from") or days.get("day") or today
    last = days.get("last") or days.get("day")
    if "back" in days:
        last = days["back"] - DAY
    if last is None:
        return first, None
    if last < first or last - first > LONGEST:
        raise NotUnderstood("pause.order")
    return first, last


@cache
def _patterns(dates: DatePatterns) -> tuple[re.Pattern[str], ...]:
    """The ways to name an absence, the most specific first."""
    through = dates.pattern(lambda words: words.through)
    until = dates.pattern(lambda words: words.until)
    starting = dates.pattern(lambda words: words.starting)
    start_of_range = dates.pattern(lambda words: words.starting | words.starting_range)
    first = rf"(?:{start_of_range}\s+)?(?P<first>.*?\S)?"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"{first}\s*\b{through}\s+(?P<last>.+)",
            rf"{first}\s*\b{until}\s+(?P<back>.+)",
            r"(?P<first>\d{1,2})\s*(?:-|–)\s*(?P<last>\d{1,2}(?P<month>\s+[a-z]+.*))",
            r"(?P<first>.*\S)\s+(?:-|–)\s+(?P<last>\S.*)",
            r"(?P<first>\d{1,2}\s*[a-z]+)(?:-|–)(?P<last>\d{1,2}\s*[a-z]+.*)",
            rf"{starting}\s+(?P<from>.+)",
            r"(?P<day>.+)",
        )
    )


def _first_fit(text: str, patterns: Sequence[re.Pattern[str]]) -> dict[str, str] | None:
    """Returns the named parts of `text` by the first of `patterns` that fits all of it."""
    for pattern in patterns:
        if match := pattern.fullmatch(text.strip()):
            return {name: part.strip() for name, part in match.groupdict().items() if part}
    return None


def _read_day(words: str, today: date) -> date:
    """Returns the day that `words` name; one of the last month is that day, not next year's.

    Raises:
        NotUnderstood: they name no day, or one too far away.
    """
    day = read_date(words, today)
    if day is None or abs(day - today) > 2 * LONGEST:
        raise NotUnderstood("pause.unclear", words=words[:40])
    past = _a_year_earlier(day)
    is_recent = YEAR.search(words) is None and today - RECENTLY <= past < today
    return past if is_recent else day


def _a_year_earlier(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)
