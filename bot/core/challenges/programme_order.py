"""The order of a programme that a trainer chose: its weeks, and the challenges in each."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.challenges.programme import Programme


@dataclass(frozen=True, slots=True)
class WeekOrder:
    """A week in the place that it has now.

    Attributes:
        week: which week of the packaged programme it is, from 0; its title goes with it.
        challenges: its challenges in order, as `set/id`.
    """

    week: int
    challenges: tuple[str, ...]


Order = tuple[WeekOrder, ...]


def order_of(programme: Programme) -> Order:
    """Returns the order in which a programme is packaged."""
    return tuple(WeekOrder(number, week.challenges) for number, week in enumerate(programme.weeks))


def in_order(programme: Programme, order: Order) -> Programme:
    """Returns a programme in an order.

    An order that was made for other weeks or other challenges does not count: then the programme is
    returned as it is. That happens when a newer release packages another programme of that name.
    """
    packaged = sorted(challenge for week in programme.weeks for challenge in week.challenges)
    ordered = sorted(challenge for week in order for challenge in week.challenges)
    weeks = sorted(each.week for each in order)
    if ordered != packaged or weeks != list(range(len(programme.weeks))):
        return programme
    moved = tuple(
        programme.weeks[each.week].model_copy(update={"challenges": each.challenges})
        for each in order
    )
    return programme.model_copy(update={"weeks": moved})


def move_week(order: Order, place: int, by: int) -> Order | None:
    """Returns the order with one week moved.

    Args:
        order: the order.
        place: the place of the week, from 0.
        by: 1 for one place later, -1 for one place earlier.

    Returns:
        The order; None: there is no such week, or no such place for it.
    """
    if not (0 <= place < len(order) and 0 <= place + by < len(order)):
        return None
    weeks = [*order]
    weeks.insert(place + by, weeks.pop(place))
    return tuple(weeks)


def move_challenge(order: Order, challenge: str, by: int) -> Order | None:
    """Returns the order with one challenge moved, past the end of a week into the one beside it.

    Args:
        order: the order.
        challenge: the challenge, as `set/id`.
        by: 1 for one place later, -1 for one place earlier.

    Returns:
        The order; None: there is no such challenge, no such place for it, or its week would be left
        without any.
    """
    found = place_of(order, challenge)
    if found is None:
        return None
    week, place = found
    weeks = [[*each.challenges] for each in order]
    if 0 <= place + by < len(weeks[week]):
        weeks[week].insert(place + by, weeks[week].pop(place))
    elif 0 <= week + by < len(weeks) and len(weeks[week]) > 1:
        beside = weeks[week + by]
        beside.insert(0 if by > 0 else len(beside), weeks[week].pop(place))
    else:
        return None
    return _with(order, weeks)


def place_of(order: Order, challenge: str) -> tuple[int, int] | None:
    """Returns the place of a challenge's week and its place in that week, from 0; None: none."""
    for week, each in enumerate(order):
        if challenge in each.challenges:
            return week, each.challenges.index(challenge)
    return None


def _with(order: Order, weeks: Sequence[Sequence[str]]) -> Order:
    return tuple(
        WeekOrder(each.week, tuple(challenges))
        for each, challenges in zip(order, weeks, strict=True)
    )
