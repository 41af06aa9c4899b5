"""How challenges do, as rates with a confidence interval; never about few people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from bot.core.rounds import COUNTS, Answer

CONFIDENCE = 0.95
# The standard normal deviate of a two-sided interval: 1.96 for 95 %.
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


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
        slug: its id; empty: the counts are those of the whole set.
        members: how many different people received it.
        sent: how often it was delivered.
        answers: how many of those got each answer; an answer that is missing was never given.
        reflected: how many of those got a reflection.
    """

    theme: str
    slug: str
    members: int
    sent: int
    answers: Mapping[Answer, int]
    reflected: int

    @property
    def parts(self) -> dict[str, int]:
        """How often each answer was given, by its value, and how often it was `reflected` on."""
        counts = {answer.value: self.answers.get(answer, 0) for answer in Answer}
        return {**counts, "reflected": self.reflected}

    @property
    def rates(self) -> dict[str, Rate]:
        """The share of each of the parts, and of `did`: the answers that count for a streak."""
        did = sum(self.answers.get(answer, 0) for answer in COUNTS)
        return {
            name: wilson_rate(part, self.sent) for name, part in {"did": did, **self.parts}.items()
        }


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
    """Returns the counts of the set `theme`, of which `challenges` has at least one.

    Its `members` is the largest of its challenges', a lower bound: a member can receive several.
    """
    return ChallengeCounts(
        theme=theme,
        slug="",
        members=max(counts.members for counts in challenges),
        sent=sum(counts.sent for counts in challenges),
        answers={
            answer: sum(counts.answers.get(answer, 0) for counts in challenges) for answer in Answer
        },
        reflected=sum(counts.reflected for counts in challenges),
    )
