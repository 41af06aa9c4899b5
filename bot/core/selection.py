"""Which challenge a member gets next.

A set of challenges is an `int` used as a bit set: bit `n` stands for the challenge whose number is
`n`. Union is `|`, intersection `&`, difference `a & ~b`, and the size is `int.bit_count()`. Python
does these on whole machine words, so a choice out of 2,000 challenges takes about as long as one
out of 20.

How often each challenge was received is kept as such sets too, `History.times_received`: the first
holds the challenges received at least once, the second those received at least twice, and so on.
Receiving a challenge sets its bit in the first of these sets that lacks it. The challenges
received least often are then the ones missing from the first set that misses any, without looking
at single challenges, however long the history is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from hashlib import blake2b
from operator import or_

DARINGS = (1, 2, 3)
MAX_TIMES_RECEIVED = 8


@dataclass(frozen=True)
class Theme:
    """The challenges of one set that can be selected.

    Attributes:
        name: of the set.
        bits: a bit set of challenges for each daring (1..3).
    """

    name: str
    bits: Mapping[int, int]

    @cached_property
    def all(self) -> int:
        """The bit set of all its challenges."""
        return reduce(or_, self.bits.values(), 0)


@dataclass(frozen=True)
class Available:
    """All challenges that can be selected for a member."""

    themes: tuple[Theme, ...]

    @cached_property
    def all(self) -> int:
        """The bit set of all challenges."""
        return reduce(or_, (theme.all for theme in self.themes), 0)

    @cached_property
    def of_daring(self) -> Mapping[int, int]:
        """The bit set of the challenges of each daring."""
        return {
            daring: reduce(or_, (theme.bits.get(daring, 0) for theme in self.themes), 0)
            for daring in DARINGS
        }

    def only(self, bits: int) -> "Available":
        """Returns those of these challenges that are in the bit set `bits`."""
        return Available(
            tuple(
                Theme(theme.name, {daring: own & bits for daring, own in theme.bits.items()})
                for theme in self.themes
            )
        )


@dataclass(frozen=True, slots=True)
class History:
    """What a member received and did, as far as the next choice needs it.

    Attributes:
        times_received: bit sets of the challenges received at least once, at least twice, and so
            on (see the module's docstring), at most `MAX_TIMES_RECEIVED` of them. When there would
            be one more, the first is dropped, so that only differences of up to eight times count.
        last_theme: the set of the last challenge; None: there was none.
        rounds: how many planned rounds began.
        done: how many challenges they did or tried; from twelve on it makes no difference.
    """

    times_received: tuple[int, ...] = ()
    last_theme: str | None = None
    rounds: int = 0
    done: int = 0

    def after_receiving(self, number: int, theme: str, *, planned: bool) -> "History":
        """Returns the history with one more challenge.

        Args:
            number: of the challenge.
            theme: the name of its set.
            planned: whether it began one of the member's own rounds.
        """
        bit = 1 << number
        received = [*self.times_received, 0]
        times = next(n for n, bits in enumerate(received) if not bits & bit)
        received[times] |= bit
        sets = tuple(bits for bits in received if bits)[-MAX_TIMES_RECEIVED:]
        return History(sets, theme, self.rounds + planned, self.done)


@dataclass(frozen=True, slots=True)
class Selected:
    """The challenge that was selected: its number, and the name of its set."""

    number: int
    theme: str


def daring_level(done: int) -> int:
    """Returns how much nerve (1..3) is asked of someone who did or tried `done` challenges."""
    if done < 4:
        return 1
    return 2 if done < 12 else 3


def select_challenge(available: Available, history: History, member: int) -> Selected | None:
    """Selects the next challenge for a member.

    No challenge comes twice until all have come once, and so on. Among those received least often,
    these rules apply in order: not the theme of the last challenge, unless there is no other; what
    fits their nerve (see `daring_level`), or the least daring above it; the theme with most of them
    left, so that themes keep alternating; the daring nearest to their nerve. What is equal after
    that is drawn, in a way that depends only on the member and on how much they received.

    Args:
        available: all challenges that can be selected.
        history: what they received and did; also of challenges that no longer exist.
        member: the member's number, which decides the draw.

    Returns:
        The choice; None when no challenge is available.
    """
    if not available.all:
        return None
    fresh = _least_received(available, history.times_received)
    last = next((theme.all for theme in available.themes if theme.name == history.last_theme), 0)
    pool = fresh & ~last or fresh
    best = _best_fit(available, fresh, pool, daring_level(history.done))
    number = _draw(best, history.times_received, member)
    theme = next(theme for theme in available.themes if theme.all >> number & 1)
    return Selected(number, theme.name)


def _least_received(available: Available, times_received: Sequence[int]) -> int:
    """Returns the bit set of the challenges that were received least often."""
    missing = (available.all & ~bits for bits in times_received)
    return next((bits for bits in missing if bits), available.all)


def _best_fit(available: Available, fresh: int, pool: int, level: int) -> int:
    """Returns the bit set of those in `pool` that fit a level of nerve (1..3) best.

    Args:
        available: all challenges that can be selected.
        fresh: the bit set of those received least often, of any theme.
        pool: the bit set of those to choose from.
        level: how much nerve is asked.
    """
    within = reduce(or_, (available.of_daring[daring] for daring in DARINGS if daring <= level))
    above = (available.of_daring[daring] for daring in DARINGS if daring > level)
    fits = next(bits & pool for bits in (within, *above) if bits & pool)
    left = [
        ((theme.all & fresh).bit_count(), theme.all)
        for theme in available.themes
        if theme.all & fits
    ]
    most = max(count for count, _ in left)
    themes = reduce(or_, (bits for count, bits in left if count == most))
    nearest = sorted(DARINGS, key=lambda daring: abs(daring - level))
    return next(bits for daring in nearest if (bits := available.of_daring[daring] & themes & fits))


def _draw(bits: int, times_received: Sequence[int], member: int) -> int:
    """Draws one number from a bit set; the next choice and the next member draw another."""
    received = sum(challenges.bit_count() for challenges in times_received)
    drawn = blake2b(f"{member}/{received}".encode(), digest_size=8).digest()
    return nth_bit(bits, int.from_bytes(drawn) % bits.bit_count())


def nth_bit(bits: int, nth: int) -> int:
    """Returns the place of the `nth` bit (from 0) that is set in `bits`, which has that many.

    Halves the number until one bit is left, so it takes the logarithm of the number's length.
    """
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
