"""How much nerve the next challenge may ask for, by what a member did with the last ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

DARINGS = (1, 2, 3)
BOLDEST = max(DARINGS)
SMALL_MINUTES = 10  # how long a small challenge takes at most
REMEMBERED = 12  # how many of the last challenges count
LATELY = 4  # how many of those say whether the last ones were too much
APART = 3  # how many others come between two of the highest daring, at least
DONE_FOR_TWO, DONE_FOR_THREE = 4, 12  # done or tried ever, before a higher daring comes


class Response(StrEnum):
    """What a member did with a challenge; one character, for a history is a text of these."""

    DID = "d"
    SKIPPED = "s"
    SWAPPED = "a"
    SILENT = "-"
    """It arrived and was not answered, and its round is over."""
    NEUTRAL = "n"
    """It says nothing: it is open, was asked for, did not arrive, or there was no occasion."""
    UNSUITABLE = "u"
    """It says nothing about nerve; what comes in its place is not bolder."""


DECLINED = frozenset({Response.SKIPPED, Response.SWAPPED, Response.SILENT})
REPLACED = frozenset({Response.SWAPPED, Response.UNSUITABLE})


@dataclass(frozen=True, slots=True)
class Nerve:
    """What may be asked of a member now.

    Attributes:
        most: the highest daring, 1..3.
        order: the darings up to `most`, the one that is due first.
        first_ones: whether all of the first of `order` come before the others.
        small: whether a small challenge of daring 1 comes next, if there is one.
    """

    most: int
    order: tuple[int, ...]
    first_ones: bool = False
    small: bool = False


@lru_cache(maxsize=10_000)
def nerve_of(
    darings: tuple[int, ...], responses: tuple[Response, ...], done: int, maximum: int
) -> Nerve:
    """Returns what may be asked of a member next.

    The level is 1 until they did or tried four challenges, at most 2 until twelve, and 3 after
    that. Two of the last four that they declined (not now, another, or silence) make it 1, and one
    makes it 2 at most. The highest daring does not come within twelve challenges after one of it
    that they declined, and never before three others have come since the last one; so it is at most
    one in four. Of the lower two, the one that came less often lately is due.

    Args:
        darings: of the last challenges, newest first, at most `REMEMBERED`.
        responses: to the same challenges; there may be fewer, when the oldest are not known.
        done: how many challenges they did or tried, up to `DONE_FOR_THREE` at least.
        maximum: the highest daring that they want, 1..3.
    """
    level = min(_level(responses, done), maximum)
    was_bold_one_declined = any(
        daring == BOLDEST and response in DECLINED
        for daring, response in zip(darings, responses, strict=False)
    )
    is_bold = level == BOLDEST and not was_bold_one_declined and BOLDEST not in darings[:APART]
    most = BOLDEST if is_bold else min(2, maximum)
    last = responses[0] if responses else Response.NEUTRAL
    if last in REPLACED and darings:
        most = min(most, darings[0])
    order = tuple(sorted(range(1, most + 1), key=lambda daring: _turn(daring, darings, level)))
    return Nerve(
        most,
        order,
        first_ones=level == 1,
        small=last in (Response.SKIPPED, Response.SILENT),
    )


def _level(responses: Sequence[Response], done: int) -> int:
    declined = sum(response in DECLINED for response in responses[:LATELY])
    if done < DONE_FOR_TWO or declined > 1:
        return 1
    return 2 if done < DONE_FOR_THREE or declined else 3


def _turn(daring: int, darings: Sequence[int], level: int) -> tuple[bool, int, int]:
    """Returns the sort key of a daring: what is due first is lowest."""
    if level == 1:
        return False, 0, daring
    return daring != BOLDEST, darings[:APART].count(daring), -daring
