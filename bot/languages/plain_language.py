"""What a language calls plain: habits of writing that make a text hard, and how to spot them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Habit(StrEnum):
    """A habit of writing that makes a text hard to read; the catalogue says what to do instead."""

    PASSIVE = "passive"
    NOUNS = "nouns"
    APART = "apart"
    DOUBLE_NEGATION = "double_negation"
    FORMAL = "formal"
    ABBREVIATION = "abbreviation"
    OFFICE = "office"
    LONG_WORD = "long_word"


@dataclass(frozen=True, kw_only=True)
class PlainLanguage:
    """The rules of one language.

    Attributes:
        habits: what each habit looks like, as a regular expression for any letter case; a habit
            that is not there is not looked for.
        longest_word: letters that a word may have; None: any number.
        known_words: longer words that people know, in small letters; what begins so is known too.
    """

    habits: Mapping[Habit, str] = field(default_factory=dict)
    longest_word: int | None = None
    known_words: tuple[str, ...] = ()


def either(*words: str) -> str:
    """Returns a pattern of one of these words or patterns."""
    return f"(?:{'|'.join(words)})"


def whole(text: str) -> str:
    """Returns a pattern of whole words."""
    return rf"(?<!\w){text}(?!\w)"
