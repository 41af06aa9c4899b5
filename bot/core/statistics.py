"""What challenges bring about, as rates that say how sure they are; never about few people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

# The normal deviate within which 95 % lies.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of what was counted, and between which bounds it lies with 95 % confidence."""

    share: float
    low: float
    high: float


def wilson_rate(part: int, of: int) -> Rate:
    """The share `part` of `of`, with Wilson's score interval.

    E.B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (158), 209-212. It holds for few as well, and
    never leaves 0 to 1.

    Args:
        part: how many of them.
        of: how many there are, at least one.
    """
    share = part / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    reach = Z / (1 + Z**2 / of) * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return Rate(share, max(middle - reach, 0.0), min(middle + reach, 1.0))


@dataclass(frozen=True, slots=True)
class ChallengeCounts:
    """How often a challenge was sent, and what became of it.

    Attributes:
        theme: the name of its set.
        slug: its id; empty: all that can be told of the set together.
        members: to how many different people.
        sent: how often it arrived.
        done: of those, how often it was done; and so on for the others.
        tried: it went otherwise than planned.
        skipped: not now.
        swapped: another one was asked for.
        reflected: something was written about it.
    """

    theme: str
    slug: str
    members: int
    sent: int
    done: int
    tried: int
    skipped: int
    swapped: int
    reflected: int

    @property
    def rates(self) -> dict[str, Rate]:
        """The share of each, and of `did`: done or tried."""
        parts = {
            "did": self.done + self.tried,
            "done": self.done,
            "tried": self.tried,
            "skipped": self.skipped,
            "swapped": self.swapped,
            "reflected": self.reflected,
        }
        return {name: wilson_rate(part, self.sent) for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class PublishableStatistics:
    """What may be told.

    Attributes:
        challenges: each that came to enough people.
        themes: each set, as the sum of those.
        hidden: how many challenges came to too few people.
    """

    challenges: tuple[ChallengeCounts, ...]
    themes: tuple[ChallengeCounts, ...]
    hidden: int


def publishable_statistics(
    counted: Sequence[ChallengeCounts], minimum: int
) -> PublishableStatistics:
    """What may be told of these challenges.

    A challenge that came to fewer than `minimum` people is left out, also of the figures of its
    set, from which it could be worked out.
    """
    told = tuple(one for one in counted if one.members >= minimum and one.sent)
    names = sorted({one.theme for one in told})
    themes = tuple(
        _sum_per_theme(name, [one for one in told if one.theme == name]) for name in names
    )
    return PublishableStatistics(
        told, themes, len([one for one in counted if one.sent]) - len(told)
    )


def _sum_per_theme(theme: str, all_of_them: Sequence[ChallengeCounts]) -> ChallengeCounts:
    def total(numbers: Iterable[int]) -> int:
        return sum(numbers)

    return ChallengeCounts(
        theme,
        "",
        max(one.members for one in all_of_them),
        total(one.sent for one in all_of_them),
        total(one.done for one in all_of_them),
        total(one.tried for one in all_of_them),
        total(one.skipped for one in all_of_them),
        total(one.swapped for one in all_of_them),
        total(one.reflected for one in all_of_them),
    )
