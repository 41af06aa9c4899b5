"""Which sentences are too long for B1."""

import pytest

from bot.core.challenges.readability import LONGEST_SENTENCE, long_sentences

MOST = " ".join(["woord"] * LONGEST_SENTENCE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (f"{MOST}.", []),
        (f"{MOST} te veel.", [22]),
        (f"Kort. {MOST} te veel! {MOST}?", [22]),
        (f"{MOST}.” {MOST}.", []),
        (f"{MOST}\n{MOST}", []),
        (f"{MOST} bijv.een {MOST}", [41]),
    ],
)
def test_long_sentences(text: str, found: list[int]) -> None:
    assert [words for words, _ in long_sentences(text)] == found


def test_a_sentence_is_recognised_by_its_first_words() -> None:
    assert long_sentences(f"Dit is het begin {MOST}")[0][1] == "Dit is het begin"
