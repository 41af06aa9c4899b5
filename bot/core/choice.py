"""Which challenge a member gets next."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b


@dataclass(frozen=True)
class Candidate:
    """A challenge that can be chosen.

    Attributes:
        set_name: the set it belongs to, which is its theme.
        slug: its id within the set.
        daring: 1..3, how much nerve it takes.
    """

    set_name: str
    slug: str
    daring: int

    @cached_property
    def key(self) -> tuple[str, str]:
        """What stays the same over all versions of a set."""
        return self.set_name, self.slug


def daring_level(done: int) -> int:
    """How much nerve (1..3) is asked of someone who did or tried `done` challenges."""
    if done < 4:
        return 1
    return 2 if done < 12 else 3


def choose(
    candidates: Sequence[Candidate], sent: Sequence[tuple[str, str]], done: int, member: int
) -> Candidate | None:
    """The next challenge for a member.

    None comes twice until all have come once, and so on. Among those, never the theme of the last
    one where there is another. Then what fits their nerve (see `daring_level`), then the theme with
    most left, so that themes keep alternating; what is equal after that is shuffled per member,
    and always the same way.

    Args:
        candidates: all challenges of the member's sets.
        sent: the keys of all challenges they got, oldest first; also of challenges that are gone.
        done: how many they did or tried.
        member: the member's number, which picks the shuffle.

    Returns:
        The choice; None when there are no candidates.
    """
    if not candidates:
        return None
    times = Counter(sent)
    fewest = min(times[candidate.key] for candidate in candidates)
    fresh = [candidate for candidate in candidates if times[candidate.key] == fewest]
    last_theme = sent[-1][0] if sent else None
    others = [candidate for candidate in fresh if candidate.set_name != last_theme]
    left = Counter(candidate.set_name for candidate in fresh)
    level = daring_level(done)
    equal = _least(
        others or fresh,
        lambda one: (max(one.daring - level, 0), -left[one.set_name], abs(one.daring - level)),
    )
    return min(equal, key=lambda one: _shuffle(one, member))


def _least(
    pool: Iterable[Candidate], rank: Callable[[Candidate], tuple[int, int, int]]
) -> list[Candidate]:
    """All that rank lowest."""
    ranked = [(rank(candidate), candidate) for candidate in pool]
    lowest = min(at for at, _ in ranked)
    return [candidate for at, candidate in ranked if at == lowest]


def _shuffle(candidate: Candidate, member: int) -> bytes:
    return blake2b(f"{member}/{candidate.set_name}/{candidate.slug}".encode()).digest()
