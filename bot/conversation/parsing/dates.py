"""Reads days and durations as people type them, in any language of the bot."""

import re
from datetime import date, datetime, time, timedelta

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.vocabulary import vocabulary
from bot.core.rhythm.rhythm import WEEKEND, WORKWEEK, Weekday


def read_weekdays(text: str) -> frozenset[Weekday] | None:
    """Returns the weekdays that `text` names: `di do`, `ma-vr`, `every day`.

    None: it names none, or there is something in it that is no weekday.
    """
    weekdays, unclear = sort_weekdays(text)
    return None if unclear or not weekdays else weekdays


def sort_weekdays(text: str) -> tuple[frozenset[Weekday], list[str]]:
    """Returns the weekdays that `text` names, and the words in it that are none, in order.

    Raises:
        NotUnderstood: days that change from week to week, such as `om de dag`.
    """
    weekdays: set[Weekday] = set()
    unclear: list[tuple[int, int]] = []  # where they begin and end
    text, was_clear = plain(text), True
    for match in vocabulary().dates.day_words.finditer(text):
        if match["alternating"]:
            raise NotUnderstood("rhythm.alternating", words=match["alternating"])
        if match["unclear"]:
            begins = match.start("unclear") if was_clear else unclear.pop()[0]
            unclear.append((begins, match.end()))
            was_clear = False
        elif not match["between"]:  # what adds nothing belongs to the unclear words around it
            weekdays |= _weekdays_in(match)
            was_clear = True
    return frozenset(weekdays), [text[begins:ends] for begins, ends in unclear]


def _weekdays_in(match: re.Match[str]) -> frozenset[Weekday]:
    """Returns the weekdays of one piece; a range such as `vr-ma` may run over the weekend."""
    if match["every_day"]:
        return frozenset(Weekday)
    if match["every_workday"]:
        return WORKWEEK
    if match["weekend"]:
        return WEEKEND
    if not match["days"]:
        return frozenset()
    names = vocabulary().dates.weekdays
    first = names[match["first"].lower()]
    last = names[match["last"].lower()] if match["last"] else first
    return frozenset(Weekday((first - 1 + n) % 7 + 1) for n in range((last - first) % 7 + 1))


def read_date(text: str, today: date) -> date | None:
    """Returns the day that `text` names: `3 jan`, `2027-01-03`, `morgen`, `vrijdag`.

    A day without a year is the next one; a weekday is the next one after today. None: it names no
    day.
    """
    import dateparser  # here, because loading it takes as long as all else together

    patterns = vocabulary().dates
    words = plain(text).lower()
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
    match = patterns.duration.fullmatch(plain(text).lower())
    if match is None:
        return None
    number = int(match["number"]) if match["number"].isdecimal() else 1
    return number * (7 if match["unit"] in patterns.weeks else 1) or None


def read_start(text: str, today: date) -> date | None:
    """Returns the day that `text` names, which may begin with `vanaf`; None: it names no day."""
    starting = vocabulary().dates.pattern(lambda words: words.starting)
    return read_date(_without_prefix(text, re.compile(rf"{starting} ")), today)
