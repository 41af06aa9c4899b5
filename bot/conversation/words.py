"""What the bot says to one person: messages, days, times and lists in their language."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import (
    format_date,
    format_interval,
    get_day_names,
    get_month_names,
    get_timezone_location,
)
from babel.lists import format_list

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday
from bot.languages.catalogue import message
from bot.languages.registry import language_of, languages


class Words:
    """The bot's messages, dates, times and lists in one language.

    Args:
        language: the tag of a language of the bot.

    Raises:
        KeyError: the bot does not speak it.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._specification = language_of(language)
        self._locale = self._specification.babel

    def __call__(self, key: str, **values: Any) -> str:  # noqa: ANN401 - whatever format() takes
        """Returns the message `key` with `values` filled in; `n` picks singular or plural.

        Raises:
            KeyError: the catalogue has no such message.
        """
        return message(self._specification, key, **values)

    def one_of(self, key: str, nth: int, **values: Any) -> str:  # noqa: ANN401 - as above
        """Returns the `nth` (from 0) way to say `key`: its lines in turn, then the first again.

        Raises:
            KeyError: the catalogue has no such message.
        """
        lines = self(key, **values).splitlines()
        return lines[nth % len(lines)]

    def day(self, day: date) -> str:
        """Returns a day as `dinsdag 24 november`."""
        return format_date(day, "EEEE d MMMM", locale=self._locale)

    def days(self, first: date, last: date | None, today: date) -> str:
        """Returns a range of days as `30 nov – 4 dec`, with years when one is not that of `today`.

        Without a last day it is `vanaf 30 nov`.
        """
        ends = {first, first if last is None else last}
        skeleton = "MMMd" if {day.year for day in ends} == {today.year} else "yMMMd"
        text = format_interval(min(ends), max(ends), skeleton, locale=self._locale)
        text = text.replace(".", "").replace("\N{THIN SPACE}", " ")
        return self("pause.from", day=text) if last is None else text

    def month(self, number: int) -> str:
        """Returns the short name of a month (1..12): `jan`."""
        return str(get_month_names("abbreviated", locale=self._locale)[number]).rstrip(".")

    def short_day(self, day: date) -> str:
        """Returns a day as `24 nov 2026`."""
        return format_date(day, "d MMM y", locale=self._locale).replace(".", "")

    def weekday_name(self, day: date) -> str:
        """Returns the name of a day's weekday: `dinsdag`."""
        return format_date(day, "EEEE", locale=self._locale)

    def weekday(self, number: int) -> str:
        """Returns the short name of a weekday (1..7): `ma`."""
        return str(get_day_names("abbreviated", locale=self._locale)[number - 1]).rstrip(".")

    def number(self, number: int) -> str:
        """Returns `twee`: a small number in words, as sentences have it; a larger one in digits."""
        words = self("number.words").splitlines()
        return words[number] if number < len(words) else str(number)

    def time(self, at: time) -> str:
        """Returns a time as `9:30`."""
        return f"{at.hour}:{at.minute:02}"

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """Returns a moment as clocks in `zone` show it: `dinsdag 24 november om 9:30`."""
        local = moment.astimezone(zone)
        return self("time.at", day=self.day(local.date()), time=self.time(local.time()))

    def rhythm(self, rhythm: Rhythm, usual_zone: str | None = None) -> str:
        """Returns a rhythm as `dinsdag en donderdag om 9:30`.

        Args:
            rhythm: the rhythm.
            usual_zone: the zone that needs no mention; None: no zone is mentioned.
        """
        text = self("time.at", day=self.weekdays(rhythm.weekdays), time=self.time(rhythm.at))
        if usual_zone in (None, rhythm.zone.key):
            return text
        return self("time.in_place", time=text, place=self.place(rhythm.zone))

    def place(self, zone: ZoneInfo) -> str:
        """Returns the city that a time zone is named after: `Londen`."""
        return get_timezone_location(zone, locale=self._locale, return_city=True)

    def weekdays(self, weekdays: frozenset[Weekday]) -> str:
        """Returns weekdays as `dinsdag en donderdag`, or the words for all days or all workdays."""
        if weekdays == frozenset(Weekday):
            return self("time.every_day")
        if weekdays == WORKWEEK:
            return self("time.every_workday")
        names = get_day_names("wide", locale=self._locale)
        return self.list(names[day - 1] for day in sorted(weekdays))

    def list(self, items: Iterable[str]) -> str:
        """Returns a list as `rood, wit en blauw`."""
        return format_list(list(items), locale=self._locale)

    def choice(self, items: Iterable[str]) -> str:
        """Returns a choice as `rood, wit of blauw`."""
        return format_list(list(items), style="or", locale=self._locale)

    def decimal(self, value: float) -> str:
        """Returns a number with one decimal: `4,2`."""
        return f"{value:.1f}".replace(".", self._specification.decimal_mark)

    def before_others(self, key: str, separator: str) -> str:
        """Returns the message `key` in this language, and then in the others of the bot."""
        others = [other for other in languages() if other is not self._specification]
        return separator.join(message(each, key) for each in (self._specification, *others))
