"""What challenges bring about, as rates that say how sure they are; never about few people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from bot.core.rounds import COUNTS, Answer

CONFIDENCE = 0.95
# The normal deviate within which that share lies, on both sides of the mean.
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


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
        slug: its id; empty: the counts are those of the whole set.
        members: to how many different people it was sent.
        sent: how often it arrived.
        answers: of those, how often it got each answer; an answer that is missing was never given.
        reflected: of those, how often something was written about it.
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


def _sum_per_theme(theme: str, challenges: Sequence[ChallengeCounts]) -> ChallengeCounts:
    """Returns the counts of the set `theme`, of which `challenges` has at least one."""
    return ChallengeCounts(
        theme,
        "",
        max(challenge.members for challenge in challenges),
        sum(challenge.sent for challenge in challenges),
        {
            answer: sum(challenge.answers.get(answer, 0) for challenge in challenges)
            for answer in Answer
        },
        sum(challenge.reflected for challenge in challenges),
    )
