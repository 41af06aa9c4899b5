"""What makes a text hard to read: sentences that are too long for B1."""

import re

LONGEST_SENTENCE = 20  # words
SHOWN = 4  # words, by which a sentence is recognised
END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


def long_sentences(text: str) -> list[tuple[int, str]]:
    """Returns the sentences with too many words: how many those are, and the first of them."""
    sentences = (sentence.split() for sentence in END.split(text))
    long = (words for words in sentences if len(words) > LONGEST_SENTENCE)
    return [(len(words), " ".join(words[:SHOWN])) for words in long]
