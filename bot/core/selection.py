"""Which challenge a member gets next.

Sets of challenges are numbers with a bit for each challenge. So what is asked here takes as long
for twenty challenges as for two thousand, and after ten rounds as after a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from hashlib import blake2b
from operator import or_

DARINGS = (1, 2, 3)
MAX_LAPS = 8


@dataclass(frozen=True)
class Theme:
    """The challenges of one set that can be chosen.

    Attributes:
        name: of the set.
        bits: those of each daring (1..3); bit `n` stands for the challenge whose number is `n`.
    """

    name: str
    bits: Mapping[int, int]

    @cached_property
    def all(self) -> int:
        """All of them."""
        return reduce(or_, self.bits.values(), 0)


@dataclass(frozen=True)
class Available:
    """All that can be chosen for a member."""

    themes: tuple[Theme, ...]

    @cached_property
    def all(self) -> int:
        """All challenges."""
        return reduce(or_, (theme.all for theme in self.themes), 0)

    @cached_property
    def of_daring(self) -> Mapping[int, int]:
        """The challenges of each daring."""
        return {
            daring: reduce(or_, (theme.bits.get(daring, 0) for theme in self.themes), 0)
            for daring in DARINGS
        }

    def only(self, bits: int) -> "Available":
        """The same deck with these challenges alone."""
        return Available(
            tuple(
                Theme(theme.name, {daring: has & bits for daring, has in theme.bits.items()})
                for theme in self.themes
            )
        )


@dataclass(frozen=True, slots=True)
class History:
    """What a member got and did, as far as the next choice needs it.

    Attributes:
        laps: which challenges came at least once, at least twice, and so on; of what came more than
            eight times more often than another, only that is known.
        last_theme: the set of the last one.
        rounds: how many planned rounds began.
        done: how many they did or tried; from twelve on it makes no difference.
    """

    laps: tuple[int, ...] = ()
    last_theme: str | None = None
    rounds: int = 0
    done: int = 0

    def with_one(self, number: int, theme: str, *, planned: bool) -> "History":
        """After one more challenge; `planned`: it began one of the member's own rounds."""
        bit = 1 << number
        nth = next((n for n, lap in enumerate(self.laps) if not lap & bit), len(self.laps))
        laps = (*self.laps[:nth], (self.laps[nth] if nth < len(self.laps) else 0) | bit)
        laps = (laps + self.laps[nth + 1 :])[-MAX_LAPS:]
        return History(laps, theme, self.rounds + planned, self.done)


@dataclass(frozen=True, slots=True)
class Selected:
    """A challenge: its number, and the set it belongs to."""

    number: int
    theme: str


def daring_level(done: int) -> int:
    """How much nerve (1..3) is asked of someone who did or tried `done` challenges."""
    if done < 4:
        return 1
    return 2 if done < 12 else 3


def select_challenge(deck: Available, past: History, member: int) -> Selected | None:
    """The next challenge for a member.

    None comes twice until all have come once, and so on. Among those, never the theme of the last
    one where there is another. Then what fits their nerve (see `daring_level`), then the theme with
    most left, so that themes keep alternating; what is equal after that is drawn per member, and
    always the same way.

    Args:
        deck: all challenges that can be chosen.
        past: what they got and did; also of challenges that are gone.
        member: the member's number, which picks what is drawn.

    Returns:
        The choice; None when there are no challenges.
    """
    if not deck.all:
        return None
    fresh = _fresh(deck, past.laps)
    last = next((theme.all for theme in deck.themes if theme.name == past.last_theme), 0)
    pool = fresh & ~last or fresh
    number = _drawn(_fitting(deck, fresh, pool, daring_level(past.done)), past.laps, member)
    return Selected(number, next(one.name for one in deck.themes if one.all >> number & 1))


def _fresh(deck: Available, laps: Sequence[int]) -> int:
    """Those that came least often."""
    return next((left for lap in laps if (left := deck.all & ~lap)), deck.all)


def _fitting(deck: Available, fresh: int, pool: int, level: int) -> int:
    """Those of `pool` that fit best."""
    brave = reduce(or_, (deck.of_daring[daring] for daring in DARINGS if daring <= level))
    bolder = (deck.of_daring[daring] for daring in DARINGS if daring > level)
    fits = next(bits & pool for bits in (brave, *bolder) if bits & pool)
    most, themes = 0, 0
    for theme in deck.themes:
        if theme.all & fits:
            left = (theme.all & fresh).bit_count()
            if left > most:
                most, themes = left, 0
            if left == most:
                themes |= theme.all
    nearest = sorted(DARINGS, key=lambda daring: abs(daring - level))
    return next(found for daring in nearest if (found := deck.of_daring[daring] & themes & fits))


def _drawn(bits: int, laps: Sequence[int], member: int) -> int:
    """The number of one of `bits`, which is another one for the next choice and the next member."""
    before = sum(lap.bit_count() for lap in laps)
    drawn = blake2b(f"{member}/{before}".encode(), digest_size=8).digest()
    return nth_bit(bits, int.from_bytes(drawn) % bits.bit_count())


def nth_bit(bits: int, nth: int) -> int:
    """The place of the `nth` bit (from 0) that is set in `bits`, which has as many."""
    place, width = 0, bits.bit_length()
    while width > 1:
        half = width // 2
        low = bits & ((1 << half) - 1)
        if nth < low.bit_count():
            bits, width = low, half
        else:
            nth -= low.bit_count()
            bits, place, width = bits >> half, place + half, width - half
    return place
