"""What the bot needs to know of a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.languages.plain_language import PlainLanguage

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, kw_only=True)
class ClockWords:
    """Words in times as they are spoken, in small letters: `half tien`, `quarter past nine`.

    Attributes:
        numbers: numbers by their words, those of the hours and of minutes.
        before_hour: words between minutes and the hour that they come before (`voor`, `to`).
        after_hour: words between minutes and the hour that they come after (`over`, `past`).
        half_to: words for half an hour before the hour that follows (`half` in `half tien`).
        half_past: words for half an hour after it (`half past`).
        moments: other words for a time of day (`noon`).
    """

    numbers: Mapping[str, int]
    before_hour: frozenset[str] = frozenset()
    after_hour: frozenset[str] = frozenset()
    half_to: frozenset[str] = frozenset()
    half_past: frozenset[str] = frozenset()
    moments: Mapping[str, time] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DateWords:
    """Words in days, times and durations, in small letters.

    Attributes:
        every_day: what people call all seven days.
        every_workday: what people call Monday to Friday.
        weekend: what people call Saturday and Sunday.
        alternating: days that no rhythm can have, because they change from week to week.
        fillers: words around days that add nothing (`elke` in `elke dinsdag`).
        day_endings: what may follow the whole name of a weekday (`en` in `dinsdagen`).
        conjunctions: words between two days (`en`).
        at: words before a time (`om`).
        hours: words after a time in whole hours (`uur`).
        hour_separators: letters between hours and minutes (`u` in `9u30`).
        morning: what follows a time before noon on a clock of twelve hours (`am`).
        afternoon: what follows a time after noon on that clock (`pm`).
        clock: words in times as they are spoken.
        through: words before the last day of a range (`t/m`).
        to_weekday: other words before the last weekday of a range (`to` in `monday to friday`).
        until: words before the day after a range (`tot`).
        starting: words before the day from which an absence is open-ended, or a range begins.
        starting_range: words that only come before the first day of a range (`van`).
        today: words for today.
        this_week: what people call the days until Sunday.
        next_week: what people call the seven days from Monday on.
        this_month: what people call the days until the end of the month.
        next_month: what people call all days of the next month.
        holidays: holidays whose days differ, so that nobody can know which they are.
        next: words before a weekday that add nothing, for it is always the next one.
        one: words for the number one.
        days: words for a number of days.
        weeks: words for a number of weeks.
        unit_starts: what follows a number and begins so is a duration, not a date.
        places: names of places that the CLDR does not have, each with its time zone or its country.
        before_place: words before a place that add nothing (`in`).
        after_place: words after a place that add nothing (`tijd`).
    """

    every_day: frozenset[str]
    every_workday: frozenset[str]
    conjunctions: frozenset[str]
    at: frozenset[str]
    through: frozenset[str]
    until: frozenset[str]
    starting: frozenset[str]
    today: frozenset[str]
    one: frozenset[str]
    days: frozenset[str]
    weeks: frozenset[str]
    unit_starts: frozenset[str]
    weekend: frozenset[str] = frozenset()
    alternating: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    day_endings: frozenset[str] = frozenset()
    clock: ClockWords = field(default_factory=lambda: ClockWords(numbers={}))
    to_weekday: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    hour_separators: frozenset[str] = frozenset()
    morning: frozenset[str] = frozenset()
    afternoon: frozenset[str] = frozenset()
    starting_range: frozenset[str] = frozenset()
    next: frozenset[str] = frozenset()
    this_week: frozenset[str] = frozenset()
    next_week: frozenset[str] = frozenset()
    this_month: frozenset[str] = frozenset()
    next_month: frozenset[str] = frozenset()
    holidays: frozenset[str] = frozenset()
    places: Mapping[str, str] = field(default_factory=dict)
    before_place: frozenset[str] = frozenset()
    after_place: frozenset[str] = frozenset()


class ShortAnswer(StrEnum):
    """What a word means that is typed instead of pressing a button: `gedaan!`, `later`."""

    YES = "yes"
    NO = "no"
    DONE = "done"
    TRIED = "tried"
    LATER = "later"
    TOMORROW = "tomorrow"
    ANOTHER = "another"
    NOT_NOW = "not now"
    NO_OCCASION = "no occasion"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words that people type to the bot, in small letters.

    Attributes:
        dates: words in days, times and durations.
        short_answers: words instead of a press, in letters only: `niet gelukt`.
        question_words: words with which a question begins that cannot be answered with *no*.
        off: what switches a team's digest off.
        stop: what ends a programme.
        people: words for a number of people or times, in a limit on an invitation.
    """

    dates: DateWords
    off: frozenset[str]
    stop: frozenset[str]
    people: frozenset[str]
    short_answers: Mapping[ShortAnswer, frozenset[str]] = field(default_factory=dict)
    question_words: frozenset[str] = frozenset()


# Compared by identity, so that what is derived from languages can be cached by them.
@dataclass(frozen=True, eq=False, kw_only=True)
class Language:
    """One language of the bot.

    Attributes:
        tag: its BCP 47 tag, such as `nl`.
        locale: the locale whose days, months, numbers and lists it follows, such as `nl_NL`.
        folder: where its catalogues are: `messages.po`; `command_line.po` and `typer.po` if the
            command line speaks it as well.
        command_names: the name of each command by its id, and of what can be typed behind it: the
            ids are English, such as `rhythm` and `team board`.
        command_aliases: other names that work, and that nothing mentions.
        vocabulary: the words that people type.
        date_languages: the languages that `dateparser` reads dates in.
        spreadsheet_errors: what a spreadsheet in this language shows where a formula failed.
        plain: what makes a text in it hard to read, as far as words tell.
        international: whether to greet people in it whose app speaks none of the bot's languages.
    """

    tag: str
    locale: str
    folder: Path
    command_names: Mapping[str, str]
    vocabulary: Vocabulary
    date_languages: tuple[str, ...]
    command_aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    spreadsheet_errors: frozenset[str] = frozenset()
    plain: PlainLanguage = field(default_factory=PlainLanguage)
    international: bool = False

    @cached_property
    def babel(self) -> "Locale":
        """The locale, as Babel knows it."""
        from babel import Locale  # here, because the settings need tags alone, and start at once

        return Locale.parse(self.locale)

    @property
    def decimal_mark(self) -> str:
        """What stands before the decimals of a number: `,` or `.`."""
        from babel.numbers import get_decimal_symbol

        return str(get_decimal_symbol(self.babel))

    @property
    def name(self) -> str:
        """What the language calls itself: `Nederlands`."""
        return self.name_in(self)

    def name_in(self, other: "Language") -> str:
        """What `other` calls this language: `Dutch`; the tag where it has no name for it."""
        return str(other.babel.languages.get(self.babel.language, self.tag))

    @property
    def messages(self) -> Path:
        """The catalogue of what the bot says to members."""
        return self.folder / "messages.po"

    @property
    def command_line(self) -> Path:
        """The catalogue of the command line, which an operator reads."""
        return self.folder / "command_line.po"

    @property
    def typer(self) -> Path:
        """The catalogue of Typer's own sentences on the command line."""
        return self.folder / "typer.po"
