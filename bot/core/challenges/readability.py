"""What makes a text hard to read for B1: long sentences and words, and habits of the office."""

import re
from dataclasses import dataclass

from bot.languages.plain_language import Habit, PlainLanguage

LONGEST_SENTENCE = 20  # words
MOST_LOOKED_AT = 2_000  # characters; a valid text has 600 at most
SHOWN = 4  # words, by which a sentence is recognised
END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def long_sentences(text: str) -> list[tuple[int, str]]:
    """Returns the sentences with too many words: how many those are, and the first of them."""
    sentences = (sentence.split() for sentence in END.split(text))
    long = (words for words in sentences if len(words) > LONGEST_SENTENCE)
    return [(len(words), " ".join(words[:SHOWN])) for words in long]


@dataclass(frozen=True, slots=True)
class Found:
    """A habit in a text.

    Attributes:
        habit: which.
        words: where, as the text has it.
    """

    habit: Habit
    words: str

    @property
    def shown(self) -> str:
        """Returns the words, or the first of many."""
        words = self.words.split()
        return self.words if len(words) <= SHOWN else f"{' '.join(words[:SHOWN])} …"


def habits_in(text: str, plain: PlainLanguage) -> list[Found]:
    """Returns what makes a text hard to read besides long sentences, as far as words tell.

    Args:
        text: the text; its first 2,000 characters are looked at.
        plain: the rules of its language.
    """
    text = text[:MOST_LOOKED_AT]
    found = [
        Found(habit, match[0])
        for habit, pattern in plain.habits.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
    if plain.longest_word is not None:
        found += [
            Found(Habit.LONG_WORD, word)
            for word in WORD.findall(text)
            if len(word) > plain.longest_word and not word.lower().startswith(plain.known_words)
        ]
    return found
