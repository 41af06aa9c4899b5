"""The bot's words in both languages, from the gettext catalogues in `locales/`."""

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.rhythm import WORKWEEK, Rhythm, Weekday

LANGUAGES = ("nl", "en")
LOCALES = Path(__file__).parent / "locales"
# British English: day before month, and Monday first.
LOCALES_BY_LANGUAGE = {"nl": Locale("nl", "NL"), "en": Locale("en", "GB")}


@cache
def catalogue(language: str) -> GNUTranslations:
    """The translations of `language`, compiled on first use so that no compiled file can be stale.

    Raises:
        KeyError: there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    compiled = BytesIO()
    with (LOCALES / language / "LC_MESSAGES" / "olievlek.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Words:
    """Says things in one language.

    Args:
        language: `nl` or `en`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = catalogue(language)
        self._locale = LOCALES_BY_LANGUAGE[language]

    def __call__(self, key: str, **values: Any) -> str:  # noqa: ANN401 - whatever format() takes
        """The message `key` with `values` filled in; `n` picks singular or plural.

        Raises:
            KeyError: the catalogue has no such message.
        """
        if "n" in values:
            text = self._catalogue.ngettext(key, key, values["n"])
        else:
            text = self._catalogue.gettext(key)
        if text == key:
            raise KeyError(key)
        return text.format_map(values)

    def one_of(self, key: str, nth: int, **values: Any) -> str:  # noqa: ANN401 - as above
        """The `nth` (from 0) way to say `key`: its lines, each in turn, before any comes again.

        Raises:
            KeyError: the catalogue has no such message.
        """
        lines = self(key, **values).splitlines()
        return lines[nth % len(lines)]

    def day(self, day: date) -> str:
        """`dinsdag 24 november`."""
        return format_date(day, "EEEE d MMMM", locale=self._locale)

    def short_day(self, day: date) -> str:
        """`24 nov 2026`."""
        return format_date(day, "d MMM y", locale=self._locale).replace(".", "")

    def month(self, number: int) -> str:
        """`jan`: the short name of a month, 1..12."""
        return str(get_month_names("abbreviated", locale=self._locale)[number]).rstrip(".")

    def weekday(self, number: int) -> str:
        """`ma`: the short name of a weekday, 1..7."""
        return str(get_day_names("abbreviated", locale=self._locale)[number - 1]).rstrip(".")

    def number(self, number: int) -> str:
        """Returns `twee`: a small number in words, as sentences have it; a larger one in digits."""
        words = self("number.words").splitlines()
        return words[number] if number < len(words) else str(number)

    def time(self, at: time) -> str:
        """`9:30`."""
        return f"{at.hour}:{at.minute:02}"

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """`dinsdag 24 november om 9:30`, as clocks in `zone` show it."""
        local = moment.astimezone(zone)
        return self("time.at", day=self.day(local.date()), time=self.time(local.time()))

    def rhythm(self, rhythm: Rhythm) -> str:
        """`dinsdag en donderdag om 9:30`."""
        return self("time.at", day=self.weekdays(rhythm.weekdays), time=self.time(rhythm.at))

    def weekdays(self, weekdays: frozenset[Weekday]) -> str:
        """`dinsdag en donderdag`, or what people call the whole week."""
        if weekdays == frozenset(Weekday):
            return self("time.every_day")
        if weekdays == WORKWEEK:
            return self("time.every_workday")
        names = get_day_names("wide", locale=self._locale)
        return self.list(names[day - 1] for day in sorted(weekdays))

    def list(self, items: Iterable[str]) -> str:
        """`rood, wit en blauw`."""
        return format_list(list(items), locale=self._locale)


def language_for(hint: str | None, otherwise: str) -> str:
    """The language to greet in: Dutch for a Dutch app, English for any other, else `otherwise`."""
    if not hint:
        return otherwise
    return "nl" if hint.lower().startswith("nl") else "en"
