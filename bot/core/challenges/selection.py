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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from functools import cached_property, reduce
from hashlib import blake2b
from operator import or_

from bot.core.challenges.challenge import Challenge
from bot.core.challenges.fit import CONTACTS, PLACES, DayPart, Span, Tag, WorkProfile, is_in_time
from bot.core.challenges.nerve import (
    APART,
    DARINGS,
    REMEMBERED,
    SMALL_MINUTES,
    Nerve,
    Response,
    nerve_of,
)

MAX_TIMES_RECEIVED = 8
SMALL = "small"
THEMES_APART = APART  # how many of the last challenges have other themes than the next one


def daring_trait(daring: int) -> str:
    """Returns the name of the trait of the challenges of a daring."""
    return f"daring{daring}"


def traits_of(challenge: Challenge) -> list[str]:
    """Returns the names of what selecting needs to know of a challenge; see `Theme`."""
    is_small = challenge.daring == min(DARINGS) and challenge.minutes <= SMALL_MINUTES
    return [
        daring_trait(challenge.daring),
        *([SMALL] if is_small else []),
        *([Span.WEEK] if challenge.span is Span.WEEK else []),
        *challenge.fits,
        *([challenge.at] if challenge.at is not None and challenge.span is Span.TODAY else []),
    ]


@dataclass(frozen=True, slots=True)
class Theme:
    """The challenges of one set that can be selected.

    Attributes:
        name: of the set.
        traits: a bit set of its challenges for each trait: `daring1`, `daring2` and `daring3`,
            `small`, `week`, the tags of `Tag`, and for those of today the parts of the day of
            `DayPart`. A trait that no challenge has may be missing.
    """

    name: str
    traits: Mapping[str, int]

    @property
    def all(self) -> int:
        """The bit set of all its challenges."""
        return _union(self.traits.get(daring_trait(daring), 0) for daring in DARINGS)


@dataclass(frozen=True)
class Available:
    """All challenges that can be selected for a member."""

    themes: tuple[Theme, ...]
    _suiting: dict[tuple[WorkProfile, time], int] = field(
        default_factory=dict, init=False, compare=False
    )

    @cached_property
    def all(self) -> int:
        """The bit set of all challenges."""
        return _union(self.theme_bits.values())

    @cached_property
    def theme_bits(self) -> Mapping[str, int]:
        """The bit set of the challenges of each theme, by its name."""
        return {theme.name: theme.all for theme in self.themes}

    @cached_property
    def _by_daring(self) -> Mapping[int, int]:
        return {daring: self.having(daring_trait(daring)) for daring in DARINGS}

    @cached_property
    def _traits(self) -> Mapping[str, int]:
        names = {name for theme in self.themes for name in theme.traits}
        return {name: _union(theme.traits.get(name, 0) for theme in self.themes) for name in names}

    def having(self, trait: str) -> int:
        """Returns the bit set of the challenges with a trait."""
        return self._traits.get(trait, 0)

    def of_daring(self, daring: int) -> int:
        """Returns the bit set of the challenges of a daring."""
        return self._by_daring[daring]

    def suiting(self, profile: WorkProfile, local: time) -> int:
        """Returns the bit set of what fits somebody's work, and is in time for its part of the day.

        Args:
            profile: their work.
            local: the local time at which the challenge is sent.
        """
        if (profile, local) not in self._suiting:
            past = [part for part in DayPart if not is_in_time(Span.TODAY, part, local)]
            self._suiting[profile, local] = (
                self._fitting_one_of(PLACES, profile.places)
                & self._fitting_one_of(CONTACTS, profile.contacts)
                & ~_union(self.having(trait) for trait in (*profile.avoids, *past))
            )
        return self._suiting[profile, local]

    def _fitting_one_of(self, kind: Collection[Tag], known: Collection[Tag]) -> int:
        """Returns those without a tag of this kind, and those with one that is known."""
        if not known:
            return self.all
        fitting = _union(self.having(tag) for tag in known)
        return self.all & ~_union(self.having(tag) for tag in kind) | fitting


def _union(bit_sets: Iterable[int]) -> int:
    return reduce(or_, bit_sets, 0)


@dataclass(frozen=True, slots=True)
class History:
    """What a member received and did, as far as the next choice needs it.

    Attributes:
        times_received: bit sets of the challenges received at least once, at least twice, and so
            on (see the module's docstring), at most `MAX_TIMES_RECEIVED` of them. When there would
            be one more, the first is dropped, so that only differences of up to eight times count.
        darings: of the last twelve challenges, newest first.
        themes: the sets of the last three challenges, newest first.
        responses: to the last twelve challenges, newest first.
        rounds: how many planned rounds began.
        done: how many challenges they did or tried; from twelve on it makes no difference.
    """

    times_received: tuple[int, ...] = ()
    darings: tuple[int, ...] = ()
    themes: tuple[str, ...] = ()
    responses: tuple[Response, ...] = ()
    rounds: int = 0
    done: int = 0

    def after_receiving(self, selected: "Selected", *, planned: bool) -> "History":
        """Returns the history with one more challenge, to which there is no response yet.

        Args:
            selected: the challenge.
            planned: whether it began one of the member's own rounds.
        """
        bit = 1 << selected.number
        received = [*self.times_received, 0]
        times = next(n for n, bits in enumerate(received) if not bits & bit)
        received[times] |= bit
        return History(
            tuple(bits for bits in received if bits)[-MAX_TIMES_RECEIVED:],
            (selected.daring, *self.darings)[:REMEMBERED],
            (selected.theme, *self.themes)[:THEMES_APART],
            (Response.NEUTRAL, *self.responses)[:REMEMBERED],
            self.rounds + planned,
            self.done,
        )


def received_by_either(own: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """Returns how often each challenge came to one of two members, as `times_received` has it."""
    received = list(own)
    for bits in other:
        left = bits  # one more time for each of these
        for times, known in enumerate(received):
            received[times], left = known | left, known & left
        received += [left] if left else []
    return tuple(received[-MAX_TIMES_RECEIVED:])


@dataclass(frozen=True, slots=True)
class Selected:
    """The challenge that was selected: its number, the name of its set, and its daring."""

    number: int
    theme: str
    daring: int


def select_challenge(
    available: Available, suitable: int, history: History, member: int, maximum: int = max(DARINGS)
) -> Selected | None:
    """Selects the next challenge for a member.

    Of what is suitable and asks for no more nerve than may be asked now (see `nerve_of`), none
    comes twice until all have come once, and so on. Among those received least often, these rules
    apply in order: a small one after a silence or a skip, and at level 1 one of daring 1, where
    there is one; not the theme of the last three challenges, or else of the last two or the last
    one, unless there is no other; the daring that is due; the theme with most of them left, so that
    themes keep alternating. What is equal after that is drawn, in a way that depends only on the
    member and on how much they received.

    Args:
        available: all challenges that can be selected.
        suitable: the bit set of those that suit the member now; a challenge comes from these, even
            when all of them are too daring.
        history: what they received and did; also of challenges that no longer exist.
        member: the member's number, which decides the draw.
        maximum: the highest daring that they want, 1..3.

    Returns:
        The choice; None when nothing is suitable.
    """
    suitable &= available.all
    if not suitable:
        return None
    nerve = nerve_of(history.darings, history.responses, history.done, maximum)
    fresh = _least_received(_within(available, suitable, nerve), history.times_received)
    pool = _pool(available, fresh, nerve)
    pool = _without_last_themes(available, pool, history.themes)
    in_order = (*nerve.order, *DARINGS)  # all of them, for when everything is too daring
    of_daring = next(bits for daring in in_order if (bits := available.of_daring(daring) & pool))
    number = _draw(_of_largest_themes(available, fresh, of_daring), history.times_received, member)
    return Selected(
        number,
        next(name for name, bits in available.theme_bits.items() if bits >> number & 1),
        next(daring for daring in DARINGS if available.of_daring(daring) >> number & 1),
    )


def _within(available: Available, suitable: int, nerve: Nerve) -> int:
    """Returns those of a bit set that are not too daring, or else the least daring of them."""
    within = suitable & _union(available.of_daring(daring) for daring in nerve.order)
    least = (bits for daring in DARINGS if (bits := available.of_daring(daring) & suitable))
    return within or next(least)


def _least_received(challenges: int, times_received: Sequence[int]) -> int:
    """Returns those of a bit set that were received least often."""
    missing = (challenges & ~bits for bits in times_received)
    return next((bits for bits in missing if bits), challenges)


def _pool(available: Available, fresh: int, nerve: Nerve) -> int:
    """Returns those of a bit set that go before the others, whatever their theme."""
    if nerve.small and (small := fresh & available.having(SMALL)):
        return small
    if nerve.first_ones and (first := fresh & available.of_daring(nerve.order[0])):
        return first
    return fresh


def _without_last_themes(available: Available, pool: int, themes: Sequence[str]) -> int:
    """Returns those of a bit set whose theme did not come lately, as far as there are any."""
    for count in range(len(themes), 0, -1):
        last = _union(available.theme_bits.get(name, 0) for name in themes[:count])
        if others := pool & ~last:
            return others
    return pool


def _of_largest_themes(available: Available, fresh: int, pool: int) -> int:
    """Returns those of `pool` whose theme has most of its challenges in `fresh`."""
    left = [
        ((bits & fresh).bit_count(), bits) for bits in available.theme_bits.values() if bits & pool
    ]
    most = max(count for count, _ in left)
    return pool & _union(bits for count, bits in left if count == most)


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
