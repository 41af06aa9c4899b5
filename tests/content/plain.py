"""What makes a text plain: its sentences, its words, and whose words they are."""

import re
from hashlib import blake2b
from pathlib import Path

from bot.languages.nl.plain import OFFICE

RUN = 8
"""So many words in a row that are the same are copied, not chance."""
SOURCE_RUNS = Path(__file__).with_name("source_runs.txt")

JARGON = tuple(OFFICE.split())
NUMBERS = {
    dutch: number
    for number, words in {
        2: "twee two", 3: "drie three", 4: "vier four", 5: "vijf five", 6: "zes six",
        7: "zeven seven", 8: "acht eight", 9: "negen nine", 10: "tien ten", 12: "twaalf twelve",
        15: "vijftien fifteen", 20: "twintig twenty", 30: "dertig thirty",
    }.items()
    for dutch in words.split()
}  # fmt: skip


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence."""
    parts = re.split(r"[.!?…]+(?:\s+|$)", text)
    return [found for part in parts if (found := words(part))]


def words(text: str) -> list[str]:
    """Small letters; what stands in between is left out."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())


def jargon(text: str) -> list[str]:
    """The words of the office in it."""
    return [word for word in words(text) if word.startswith(JARGON)]


def numbers(text: str) -> list[int]:
    """The numbers it names from two up, in figures or words, in order of size."""
    known = {
        word: NUMBERS.get(word) or (int(word) if word.isdigit() else 0) for word in words(text)
    }
    return sorted(known[word] for word in words(text) if known[word] > 1)


def run_hashes(text: str) -> set[str]:
    """A short hash of each eight words in a row."""
    found = [re.sub(r"[^\w]", "", word) for word in words(text)]
    runs = (" ".join(found[at : at + RUN]) for at in range(len(found) - RUN + 1))
    return {blake2b(run.encode(), digest_size=5).hexdigest() for run in runs}


def source_runs() -> frozenset[str]:
    """The hashes of all runs of the article that the ideas come from; its text is not here."""
    return frozenset(SOURCE_RUNS.read_text().split())
