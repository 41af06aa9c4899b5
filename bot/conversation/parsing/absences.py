"""Reads when somebody is away, as people type it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.dates import read_date, read_duration
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.vocabulary import DatePatterns, any_of, vocabulary

DAY = timedelta(days=1)
LONGEST = timedelta(days=366)
RECENTLY = timedelta(days=31)
YEAR = re.compile(r"\d{4}")


def read_absence(typed: str, today: date) -> tuple[date, date | None]:
    """Returns the first and the last day away that `typed` names; None: it has no end.

    Without words it begins today and has no end. `2 weken` begins today. `tot 3 jan` ends the day
    before; `t/m 3 jan` and `24 dec - 3 jan` end on the day they name. `volgende week` is seven
    days, and `tot volgende week` ends before them.

    Raises:
        NotUnderstood: with what to type instead.
    """
    typed = plain(typed)
    if (holiday := _holiday_in(typed)) is not None:
        raise NotUnderstood("pause.holiday", words=holiday)
    if duration := read_duration(typed):
        return today, today + (duration - 1) * DAY
    parts = _first_fit(typed, _patterns(vocabulary().dates))
    if parts is None:
        return today, None
    month = parts.pop("month", "")  # "24-28 dec": the first day is in that month too
    parts |= {"first": f"{parts['first']} {month}"} if month else {}
    first, last = _read_days(parts, today)
    if not is_in_order(first, last):
        raise NotUnderstood("pause.order")
    return first, last


def is_in_order(first: date, last: date | None) -> bool:
    """Returns whether an absence ends on or after its first day, and within a year."""
    return last is None or first <= last <= first + LONGEST


def is_too_far(day: date, today: date) -> bool:
    """Returns whether a day is further away than an absence is planned."""
    return abs(day - today) > 2 * LONGEST


def _read_days(parts: Mapping[str, str], today: date) -> tuple[date, date | None]:
    """Returns the first and the last day away, from words by what they name."""
    first, last = today, None
    for name in ("first", "from", "day"):
        if name in parts:
            first, last = _read_days_of(parts[name], today)
    if "day" not in parts:
        last = None
    if words := parts.get("last"):
        # A weekday is the next one: after the first day, when that is later than today.
        is_weekday = words.lower() in vocabulary().dates.weekdays
        _, last = _read_days_of(words, max(first, today) if is_weekday else today)
    if words := parts.get("back"):
        is_weekday = words.lower() in vocabulary().dates.weekdays
        back, _ = _read_days_of(words, max(first, today) if is_weekday else today)
        last = back - DAY
    return first, last


def _read_days_of(words: str, today: date) -> tuple[date, date]:
    """Returns the first and the last of the days that `words` name: a day, or a week.

    Raises:
        NotUnderstood: they name no day, or one too far away.
    """
    patterns, typed = vocabulary().dates, words.lower()
    monday = today + (7 - today.weekday()) * DAY
    month = today.replace(day=1)
    spans = (
        (patterns.this_week, today, monday - DAY),
        (patterns.next_week, monday, monday + 6 * DAY),
        (patterns.weekend, monday - 2 * DAY, monday - DAY),
        (patterns.this_month, today, _next_month(month) - DAY),
        (patterns.next_month, _next_month(month), _next_month(_next_month(month)) - DAY),
    )
    for names, first, last in spans:
        if typed in names:
            return max(first, today), last
    if match := patterns.weekday_of_next_week.fullmatch(typed):
        day = monday + (patterns.weekdays[match["before"] or match["after"]] - 1) * DAY
    else:
        day = _read_day(words, today)
    return day, day


def _next_month(first: date) -> date:
    """Returns the first day of the month after the one that begins on `first`."""
    return (first + 31 * DAY).replace(day=1)


def _holiday_in(typed: str) -> str | None:
    """Returns the holiday in `typed` whose days nobody can know; None: it names none."""
    match = re.search(rf"(?<!\w){any_of(vocabulary().dates.holidays)}(?!\w)", typed.lower())
    return None if match is None else match[0]


@cache
def _patterns(dates: DatePatterns) -> tuple[re.Pattern[str], ...]:
    """The ways to name an absence, the most specific first."""
    through = dates.pattern(lambda words: words.through)
    until = dates.pattern(lambda words: words.until)
    to = dates.pattern(
        lambda words: words.to_weekday - words.until
    )  # "tot" leaves out the last day
    starting = dates.pattern(lambda words: words.starting)
    start_of_range = dates.pattern(lambda words: words.starting | words.starting_range)
    first = rf"(?:{start_of_range}\s+)?(?P<first>.*?\S)?"
    month = r"(?P<month>\s+[^\W\d]+.*)"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"(?:{start_of_range}\s+)?(?P<first>\d{{1,2}})\s+{through}\s+(?P<last>\d{{1,2}}{month})",
            rf"{first}\s*(?<!\w){through}\s+(?P<last>.+)",
            rf"{first}\s*(?<!\w){until}\s+(?P<back>.+)",
            rf"(?P<first>\d{{1,2}})\s*-\s*(?P<last>\d{{1,2}}{month})",
            rf"(?:{start_of_range}\s+)?(?P<first>.*\S)\s+-\s+(?P<last>\S.*)",
            r"(?P<first>\d{1,2}\s*[^\W\d]+)\s*-\s*(?P<last>\d{1,2}\s*[^\W\d]+.*)",
            r"(?P<first>[^\W\d]+)\s*-\s*(?P<last>[^\W\d]+)",
            rf"(?:{start_of_range}\s+)?(?P<first>.*\S)\s+{to}\s+(?P<last>.+)",
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
    if day is None or is_too_far(day, today):
        raise NotUnderstood("pause.unclear", words=words[:40])
    past = _a_year_earlier(day)
    is_recent = YEAR.search(words) is None and today - RECENTLY <= past < today
    return past if is_recent else day


def _a_year_earlier(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)
