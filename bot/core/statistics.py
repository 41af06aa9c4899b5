"""How challenges do, as rates with a confidence interval; never about few people."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

# The 97.5th percentile of the standard normal distribution, for a two-sided interval of 95 %.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """A share (0..1) of what was counted, and the bounds of its 95 % confidence interval."""

    share: float
    low: float
    high: float


def wilson_rate(part: int, of: int) -> Rate:
    """Returns the share `part` of `of`, with Wilson's score interval.

    E.B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (158), 209-212. Unlike the normal
    approximation it is usable for small counts and shares near 0 or 1, and stays within 0..1.

    Args:
        part: how many of them, 0..`of`.
        of: how many there are, at least one.
    """
    share = part / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    reach = Z / (1 + Z**2 / of) * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return Rate(share, max(middle - reach, 0.0), min(middle + reach, 1.0))


@dataclass(frozen=True, slots=True)
class ChallengeCounts:
    """How often a challenge was sent, and with what result.

    Attributes:
        theme: the name of its set.
        slug: its id; empty for a whole set.
        members: how many different people received it.
        sent: how often it was delivered.
        done: how many of those were answered Done; `tried`, `skipped` and `swapped` likewise.
        tried: answered Tried.
        skipped: answered Not now.
        swapped: answered Another.
        reflected: how many of those got a reflection.
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
        """The share of each answer and of reflections; `did` is done or tried."""
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
    """The figures that may be published.

    Attributes:
        challenges: those that enough people received.
        themes: each set, as the sum of those; by name.
        hidden: how many challenges too few people received.
    """

    challenges: tuple[ChallengeCounts, ...]
    themes: tuple[ChallengeCounts, ...]
    hidden: int


def publishable_statistics(
    counted: Sequence[ChallengeCounts], minimum: int
) -> PublishableStatistics:
    """Returns what may be published about these challenges.

    A challenge that fewer than `minimum` people received is left out, also from the figures of its
    set, from which it could be computed.
    """
    sent = [counts for counts in counted if counts.sent]
    published = tuple(counts for counts in sent if counts.members >= minimum)
    names = sorted({counts.theme for counts in published})
    themes = tuple(
        _sum_of_theme(name, [counts for counts in published if counts.theme == name])
        for name in names
    )
    return PublishableStatistics(published, themes, len(sent) - len(published))


def _sum_of_theme(theme: str, challenges: Sequence[ChallengeCounts]) -> ChallengeCounts:
    """Returns the counts of a set as a whole.

    Its `members` is the largest of its challenges', a lower bound: who received two challenges is
    in both.
    """
    return ChallengeCounts(
        theme=theme,
        slug="",
        members=max(counts.members for counts in challenges),
        sent=sum(counts.sent for counts in challenges),
        done=sum(counts.done for counts in challenges),
        tried=sum(counts.tried for counts in challenges),
        skipped=sum(counts.skipped for counts in challenges),
        swapped=sum(counts.swapped for counts in challenges),
        reflected=sum(counts.reflected for counts in challenges),
    )
