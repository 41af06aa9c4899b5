"""How challenges do, as rounded rates with an interval; never about few people.

The counts come with noise (see `bot.core.privacy.noise`), and from batches of enough people: how a
figure changed since an earlier look is about as many people as the first figure was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import NormalDist

from bot.core.privacy.noise import VARIANCE

CONFIDENCE = 0.95
# The standard normal deviate of a two-sided interval: 1.96 for 95 %.
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
FEWEST_PEOPLE = 15  # how many a batch is about at least; noise would hide all of a smaller one
STEPS = 10  # in how many steps a share is told
FEWEST_SENT = 5  # to which multiple the number of times sent is rounded down


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


def people_in_batch(minimum: int) -> int:
    """Returns how many people a batch is about at least, where teams need `minimum` for figures."""
    return max(FEWEST_PEOPLE, minimum)


def noisy_rate(part: int, of: int, batches: int) -> Rate:
    """Returns the share of a count with noise, in tenths: at least a tenth, at most nine tenths.

    The interval is Wilson's, wider by the noise as if both were normal and independent, and then
    rounded outwards.

    Args:
        part: the count, of which noise may have made something outside 0..`of`.
        of: how many there are, at least one.
        batches: how often noise was added.
    """
    wilson = wilson_rate(min(max(part, 0), of), of)
    noise = Z * sqrt(batches * VARIANCE) / of
    low = wilson.share - sqrt((wilson.share - wilson.low) ** 2 + noise**2)
    high = wilson.share + sqrt((wilson.high - wilson.share) ** 2 + noise**2)
    return Rate(
        min(max(round(wilson.share * STEPS), 1), STEPS - 1) / STEPS,
        max(floor(low * STEPS), 0) / STEPS,
        min(ceil(high * STEPS), STEPS) / STEPS,
    )


@dataclass(frozen=True, slots=True)
class ChallengeCounts:
    """How often a challenge was sent, and with what result; all but `sent` with noise.

    Attributes:
        theme: the name of its set.
        slug: its id; empty: the counts are those of the whole set.
        batches: of how many batches of people these are the sums.
        sent: how often it was delivered.
        did: how many of those were done or tried.
        swapped: how many of those were swapped for another.
        reflected: how many of those got a reflection.
    """

    theme: str
    slug: str
    batches: int
    sent: int
    did: int
    swapped: int
    reflected: int

    @property
    def at_least(self) -> int:
        """How often it was delivered, rounded down."""
        return self.sent - self.sent % FEWEST_SENT

    @property
    def rates(self) -> Mapping[str, Rate]:
        """The share of each result."""
        parts = {"did": self.did, "swapped": self.swapped, "reflected": self.reflected}
        return {name: noisy_rate(part, self.sent, self.batches) for name, part in parts.items()}


def sums_by_theme(challenges: Sequence[ChallengeCounts]) -> list[ChallengeCounts]:
    """Returns the counts of each set, as the sum of its challenges, by name."""
    themes = []
    for name in sorted({counts.theme for counts in challenges}):
        own = [counts for counts in challenges if counts.theme == name]
        themes.append(
            ChallengeCounts(
                theme=name,
                slug="",
                batches=sum(counts.batches for counts in own),
                sent=sum(counts.sent for counts in own),
                did=sum(counts.did for counts in own),
                swapped=sum(counts.swapped for counts in own),
                reflected=sum(counts.reflected for counts in own),
            )
        )
    return themes
