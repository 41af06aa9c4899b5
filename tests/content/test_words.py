"""What the bot itself says, held to the rules of the challenges."""

import re

import pytest

from bot.conversation.words import Words
from bot.core.challenges.readability import habits_in
from bot.languages.nl.language import DUTCH
from bot.languages.registry import tags
from tests.content.plain import jargon, run_hashes, sentences, source_runs
from tests.conversation.test_words import catalogue

LONGEST = 20
# What is filled in stands for a word or a few.
FIELD = re.compile(r"\{[a-z_]+\}")
# Read by whoever writes challenge sets, with the terms of the file; the rest is for members.
FOR_WRITERS = ("fault.", "field.", "template.")
VARIED = ("praise.done", "praise.tried", "nudge.greeting")


def messages(language: str) -> list[tuple[str, str]]:
    """What a member may read, each with its name."""
    return [
        (f"{key}-{number}", text)
        for key, forms in catalogue(language).items()
        if not key.startswith(FOR_WRITERS)
        for number, text in enumerate(forms)
    ]


def too_long(text: str, word: str) -> list[str]:
    """The lines with a sentence that is too long."""
    lines = FIELD.sub(word, text).splitlines()
    return [line for line in lines if any(len(one) > LONGEST for one in sentences(line))]


# One test for all, because a test for each of two thousand texts takes longer than looking at them.
def test_the_bot_speaks_plain_dutch() -> None:
    for name, text in messages("nl"):
        assert not too_long(text, "woord"), name
        assert not jargon(text), name
        assert not re.search(r"\b(?:u|uw)\b", text), name
        assert not run_hashes(text) & source_runs(), name
    for name, forms in catalogue("nl").items():  # those for writers too
        for text in forms:
            assert habits_in(FIELD.sub("woord", text), DUTCH.plain) == [], name


def test_its_english_is_as_short() -> None:
    for name, text in messages("en"):
        assert not too_long(text, "word"), name


@pytest.mark.parametrize("language", tags())
def test_its_sentences_are_short_on_average(language: str) -> None:
    lengths = [len(one) for _, text in messages(language) for one in sentences(text)]
    assert sum(lengths) / len(lengths) < 12


@pytest.mark.parametrize("language", tags())
def test_it_seldom_shouts(language: str) -> None:
    said = [line for _, text in messages(language) for line in text.splitlines()]
    assert sum("!" in line for line in said) <= len(said) / 10


@pytest.mark.parametrize("language", tags())
@pytest.mark.parametrize("key", VARIED)
def test_what_is_read_each_week_comes_in_eight_ways_or_more(language: str, key: str) -> None:
    lines = Words(language)(key).splitlines()
    assert len(lines) >= 8 and len(set(lines)) == len(lines)
    said = [Words(language).one_of(key, nth) for nth in range(len(lines))]
    assert sorted(said) == sorted(lines)  # each once, before any comes again
    assert Words(language).one_of(key, len(lines)) == lines[0]


@pytest.mark.parametrize("key", VARIED)
def test_both_languages_vary_alike(key: str) -> None:
    ways = {len(Words(language)(key).splitlines()) for language in tags()}
    assert len(ways) == 1


@pytest.mark.parametrize(("language", "counts"), [("nl", "tel"), ("en", "count")])
def test_trying_is_praised_as_warmly_as_doing(language: str, counts: str) -> None:
    done, tried = (Words(language)(key).splitlines() for key in VARIED[:2])
    assert len(done) == len(tried)
    assert sum(map(len, tried)) >= sum(map(len, done))
    assert not any(
        re.search(r"\b(?:maar helaas|jammer|unfortunately|pity)\b", line) for line in tried
    )
    assert sum(counts in line.lower() for line in tried) >= len(tried) - 1
