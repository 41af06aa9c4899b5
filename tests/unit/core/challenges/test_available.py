"""What suits a member, of the challenges that can be selected."""

from datetime import time

import pytest

from bot.core.challenges.fit import DayPart, Span, Tag, WorkProfile
from tests.unit.core.challenges.cards import Card, available_from

NOON = time(12)


def test_a_challenge_for_a_week_can_be_left_out() -> None:
    cards = [Card(0, "a", 1), Card(1, "a", 1, span=Span.WEEK, at=DayPart.MORNING)]
    assert available_from(cards).having(Span.WEEK) == 1 << 1
    assert available_from(cards).suiting(WorkProfile(), time(23)) == 0b11


@pytest.mark.parametrize(
    ("profile", "numbers"),
    [
        (WorkProfile(), {0, 1, 2, 3, 4, 5}),
        (WorkProfile(places=frozenset({Tag.DESK})), {0, 1, 3, 4, 5}),
        (WorkProfile(contacts=frozenset({Tag.COLLEAGUES})), {0, 1, 2, 4, 5}),
        (WorkProfile(avoids=frozenset({Tag.WALKING})), {0, 1, 2, 3, 4}),
    ],
)
def test_each_part_of_a_work_profile_takes_challenges_away(
    profile: WorkProfile, numbers: set[int]
) -> None:
    tags = ["", "desk", "outdoors", "residents", "residents colleagues", "walking"]
    cards = [
        Card(number, "a", 1, fits=frozenset(map(Tag, fits.split())))
        for number, fits in enumerate(tags)
    ]
    bits = available_from(cards).suiting(profile, NOON)
    assert {number for number in range(len(cards)) if bits >> number & 1} == numbers
