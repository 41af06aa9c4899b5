"""One word instead of a press: `gedaan!`, `niet gelukt`, `later`, in any language of the bot."""

from functools import cache

from bot.languages.registry import languages
from bot.languages.specification import Language, ShortAnswer

FIRST_WORDS = 3  # of a question, among which its question word is: `in welke straat ...`


def read_short_answer(text: str) -> ShortAnswer | None:
    """Returns what a text means that is such a word and nothing else; None: it says more.

    Capitals, punctuation and emoji make no difference. What it does depends on what the bot asked;
    see `member/nudges/short_answers.py`.
    """
    return _meanings(languages()).get(_words_of(text))


def is_open_question(question: str) -> bool:
    """Returns whether a question begins with a word such as `what`; *no* is no answer to that."""
    known = frozenset[str]().union(*(each.vocabulary.question_words for each in languages()))
    return not known.isdisjoint(_words_of(question).split()[:FIRST_WORDS])


@cache
def _meanings(spoken: tuple[Language, ...]) -> dict[str, ShortAnswer]:
    return {
        word: meaning
        for language in spoken
        for meaning, words in language.vocabulary.short_answers.items()
        for word in words
    }


def _words_of(text: str) -> str:
    """Returns the letters of a text in small letters, with one space between its words."""
    kept = "".join(sign if sign.isalnum() else "" if sign in "'’" else " " for sign in text)
    return " ".join(kept.lower().split())
