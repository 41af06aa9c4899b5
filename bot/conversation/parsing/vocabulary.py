"""The words that people type, of all languages together: whatever their own, each works."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property

from babel.dates import get_day_names

from bot.core.rhythm import Weekday
from bot.languages.registry import languages
from bot.languages.specification import DateWords, Language

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
        """Every name of a weekday, whole or cut off after two letters or more."""
        names: dict[str, Weekday] = {}
        for language in self._languages:
            for number, name in get_day_names("wide", locale=language.babel).items():
                for length in range(SHORTEST_NAME, len(name) + 1):
                    names.setdefault(name[:length].lower(), Weekday(number + 1))
        return names

    @cached_property
    def between_days(self) -> re.Pattern[str]:
        """What stands between two weekdays: a mark, a word such as `en`, or a space."""
        conjunctions = self.pattern(lambda words: words.conjunctions)
        return re.compile(rf"\s*(?:,|&|\+|\b{conjunctions}\b|\s)\s*")

    @cached_property
    def through(self) -> re.Pattern[str]:
        """What stands within a range of weekdays: `-`, `t/m`."""
        through = self.pattern(lambda words: words.through)
        return re.compile(rf"\s*(?:-|–|\b{through}\b)\s*")

    @cached_property
    def time(self) -> re.Pattern[str]:
        """A time of day: hour, minutes if there are any, and which half of the day."""
        separators = self.pattern(lambda words: words.hour_separators)
        hours = self.pattern(lambda words: words.hours)
        halves = self.pattern(lambda words: words.morning | words.afternoon)
        return re.compile(
            rf"(?<![\d/])(?P<hour>\d{{1,2}})"
            rf"(?:(?:[:.]|{separators})(?P<minute>\d{{2}})|(?=\s*(?:{halves}|{hours})\b))"
            rf"\s*(?P<half>{halves})?(?!\d)"
        )

    @cached_property
    def beside_time(self) -> re.Pattern[str]:
        """Words before or after a time that say nothing more: `om`, `uur`."""
        words = self.pattern(lambda words: words.at | words.hours)
        return re.compile(rf"\b{words}\b", re.IGNORECASE)

    @cached_property
    def fillers(self) -> re.Pattern[str]:
        """Words before days that add nothing: `elke` in `elke dinsdag`, not in `elke dag`."""
        after = self.pattern(lambda words: words.after_fillers)
        return re.compile(rf"\b{self.pattern(lambda words: words.fillers)}\b(?!\s+{after}\b)")

    @cached_property
    def next(self) -> re.Pattern[str]:
        """Words before a weekday that add nothing: `next friday` is the next one anyhow."""
        return re.compile(rf"{self.pattern(lambda words: words.next)} ")

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
