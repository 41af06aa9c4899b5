"""The words that people type, of all languages together: whatever their own, each works."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time
from functools import cache, cached_property

from babel.dates import get_day_names

from bot.core.rhythm.rhythm import Weekday
from bot.languages.registry import languages
from bot.languages.specification import ClockWords, DateWords, Language

SHORTEST_NAME = 2  # letters of the name of a weekday


def any_of(words: Iterable[str]) -> str:
    """Returns a pattern for any of `words`, the longest first; one that never fits for none."""
    longest_first = sorted({re.escape(word) for word in words}, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(longest_first)})" if longest_first else "(?!)"


class DatePatterns:
    """Patterns for days, times and durations, in texts in small letters.

    Args:
        languages: whose words they take.
    """

    def __init__(self, languages: tuple[Language, ...]) -> None:
        self._languages = languages
        self.every_day = self._words(lambda words: words.every_day)
        self.every_workday = self._words(lambda words: words.every_workday)
        self.weekend = self._words(lambda words: words.weekend)
        self.this_week = self._words(lambda words: words.this_week)
        self.next_week = self._words(lambda words: words.next_week)
        self.this_month = self._words(lambda words: words.this_month)
        self.next_month = self._words(lambda words: words.next_month)
        self.holidays = self._words(lambda words: words.holidays)
        self.before_place = self._words(lambda words: words.before_place)
        self.after_place = self._words(lambda words: words.after_place)
        self.today = self._words(lambda words: words.today)
        self.date_languages = [code for each in languages for code in each.date_languages]
        self.afternoon = self._words(lambda words: words.afternoon)
        self.weeks = self._words(lambda words: words.weeks)

    def _words(self, pick: Callable[[DateWords], frozenset[str]]) -> frozenset[str]:
        return frozenset[str]().union(*(pick(each.vocabulary.dates) for each in self._languages))

    def pattern(self, pick: Callable[[DateWords], frozenset[str]]) -> str:
        """Returns a pattern for any of the words that `pick` takes from each language."""
        return any_of(self._words(pick))

    @cached_property
    def weekdays(self) -> Mapping[str, Weekday]:
        """Every name of a weekday: whole, cut off after two letters or more, or of several."""
        names: dict[str, Weekday] = {}
        for language in self._languages:
            for number, name in get_day_names("wide", locale=language.babel).items():
                typed = [name[:length] for length in range(SHORTEST_NAME, len(name) + 1)]
                typed += [f"{name}{ending}" for ending in language.vocabulary.dates.day_endings]
                for each in typed:
                    names.setdefault(each.lower(), Weekday(number + 1))
        return names

    @cached_property
    def day_words(self) -> re.Pattern[str]:
        """The next piece of what people type about days; `unclear` is any other word."""
        every_day, every_workday, weekend, alternating, fillers = (
            any_of(words)
            for words in (
                self.every_day,
                self.every_workday,
                self.weekend,
                self._words(lambda words: words.alternating),
                self._words(lambda words: words.fillers | words.conjunctions),
            )
        )
        weekday = any_of(self.weekdays)
        between = self.pattern(lambda words: words.through | words.to_weekday)
        pieces = {
            "alternating": alternating,
            "every_day": every_day,
            "every_workday": every_workday,
            "weekend": weekend,
            "days": rf"(?P<first>{weekday})\.?(?:\s*(?:-|\b{between}\b)\s*(?P<last>{weekday}))?",
            "between": rf"{fillers}|[,.&+/:;]",
            "unclear": r"[^\s,&+]+",
        }
        whole = "|".join(
            rf"(?P<{name}>{piece})"
            if name in ("unclear", "between")
            # Nothing of a longer word is a piece of its own: `di-`, `ma-wo-vr`.
            else rf"(?P<{name}>{piece})(?![\w-])"
            for name, piece in pieces.items()
        )
        whole = whole.replace(rf"{fillers}|", rf"{fillers}(?![\w-])|")
        return re.compile(rf"\s*(?:{whole})", re.IGNORECASE)

    @cached_property
    def spoken_times(self) -> tuple[re.Pattern[str], ...]:
        """Times as they are spoken: `half tien`, `vijf voor half tien`, `quarter past nine`."""
        return tuple(
            re.compile(rf"(?<![\w/]){pattern}{self._half_of_day}(?![\w:])", re.IGNORECASE)
            for language in self._languages
            for pattern in _spoken(language.vocabulary.dates.clock)
        )

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Numbers by their words."""
        return {
            word: number
            for language in self._languages
            for word, number in language.vocabulary.dates.clock.numbers.items()
        }

    @cached_property
    def moments(self) -> Mapping[str, time]:
        """Words for a time of day: `noon`."""
        return {
            word: at
            for language in self._languages
            for word, at in language.vocabulary.dates.clock.moments.items()
        }

    @cached_property
    def times(self) -> tuple[re.Pattern[str], ...]:
        """Times of day in digits or whole hours, the clearest first."""
        separators = self.pattern(lambda words: words.hour_separators)
        hours = self.pattern(lambda words: words.hours)
        halves = self.pattern(lambda words: words.morning | words.afternoon)
        digits = r"(?<![\w/:.,-])(?P<hour>\d{1,2})"
        word = any_of(self.numbers)
        ending = rf"(?:\s*{hours}(?!\w))?{self._half_of_day}(?![\w/:])"
        return tuple(
            re.compile(pattern, re.IGNORECASE)
            for pattern in (
                rf"{digits}\s*(?:[:.,]|{separators})\s*(?P<minute>\d{{2}}){ending}",
                rf"{digits}(?=\s*{halves}){ending}",
                rf"(?:{digits}|(?<!\w)(?P<word>{word}))\s*{hours}(?!\w){ending}",
                rf"(?<!\w)(?P<word>{word})(?=\s*{halves}){ending}",
                rf"{digits}(?P<minute>\d{{2}}){ending}",
                rf"{digits}{ending}",
            )
        )

    @cached_property
    def half_of_day(self) -> re.Pattern[str]:
        """Which half of the day, where it stands apart from the time."""
        return re.compile(self._half_of_day.removesuffix("?") + r"(?!\w)", re.IGNORECASE)

    @cached_property
    def _half_of_day(self) -> str:
        halves = self.pattern(lambda words: words.morning | words.afternoon)
        return rf"(?:\s*(?P<half>{halves})(?!\w))?"

    @cached_property
    def before_time(self) -> re.Pattern[str]:
        """A word right before a time that says nothing more: `om`."""
        return re.compile(rf"(?<!\w){self.pattern(lambda words: words.at)}\s*$", re.IGNORECASE)

    @cached_property
    def after_time(self) -> re.Pattern[str]:
        """A word right after a time that says nothing more: `uur`."""
        return re.compile(rf"^\s*{self.pattern(lambda words: words.hours)}(?!\w)", re.IGNORECASE)

    @cached_property
    def next(self) -> re.Pattern[str]:
        """Words before a weekday that add nothing: `next friday` is the next one anyhow."""
        return re.compile(rf"{self.pattern(lambda words: words.next)} ")

    @cached_property
    def weekday_of_next_week(self) -> re.Pattern[str]:
        """A weekday of next week: `volgende week vrijdag`, `friday next week`."""
        weekday, week = any_of(self.weekdays), any_of(self.next_week)
        return re.compile(rf"(?:(?P<before>{weekday})\s+)?{week}(?:\s+(?P<after>{weekday}))?")

    @cached_property
    def number_of_days(self) -> re.Pattern[str]:
        """The beginning of a duration, which is no date."""
        return re.compile(rf"\d+\s*{self.pattern(lambda words: words.unit_starts)}")

    @cached_property
    def duration(self) -> re.Pattern[str]:
        """A number of days or weeks, the number in digits or the word for one."""
        one = self.pattern(lambda words: words.one)
        units = self.pattern(lambda words: words.days | words.weeks)
        return re.compile(rf"(?P<number>\d{{1,3}}|{one})\s+(?P<unit>{units})")

    @cached_property
    def days(self) -> re.Pattern[str]:
        """A number of days, in digits."""
        return re.compile(rf"\b(\d{{1,4}})\s*{self.pattern(lambda words: words.days)}\b")


def _spoken(clock: ClockWords) -> Iterator[str]:
    """Yields patterns for the times that a language speaks; `to_half` is before a half hour."""
    number = any_of(clock.numbers)
    hour = rf"(?P<hour>\d{{1,2}}|{number})"
    minutes = rf"(?P<minutes>(?:\d?[05]|{number}))(?:\s+minut\w+)?"
    before, after = any_of(clock.before_hour), any_of(clock.after_hour)
    half_to, half_past = any_of(clock.half_to), any_of(clock.half_past)
    yield rf"{minutes}\s+(?:(?P<before>{before})|{after})\s+(?P<to_half>{half_to})\s+{hour}"
    yield rf"(?P<to_half>{half_to})\s+{hour}"
    yield rf"(?P<past_half>{half_past})\s+{hour}"
    yield rf"{minutes}\s+(?:(?P<before>{before})|{after})\s+{hour}"


class Vocabulary:
    """All words that people type to the bot, by what they mean.

    Args:
        languages: whose words they are.
    """

    def __init__(self, languages: tuple[Language, ...]) -> None:
        words = [language.vocabulary for language in languages]
        self.dates = DatePatterns(languages)
        self.languages = {
            name.lower(): language.tag
            for language in languages
            for name in (language.tag, *(language.name_in(other) for other in languages))
        }
        self.off = frozenset[str]().union(*(each.off for each in words))
        self.stop = frozenset[str]().union(*(each.stop for each in words))
        people = any_of(word for each in words for word in each.people)
        self.people = re.compile(rf"\b(\d{{1,6}})\s*{people}\b")


def vocabulary() -> Vocabulary:
    """Returns the vocabulary of the languages that are registered now."""
    return _vocabulary(languages())


_vocabulary = cache(Vocabulary)
