"""The table of permissions, whatever the commands are."""

import pytest

from bot.core.permissions import PERMITTED, Audience, Capacity, is_permitted


def test_every_audience_is_in_the_table() -> None:
    assert PERMITTED.keys() == set(Audience)


@pytest.mark.parametrize("audience", Audience)
def test_without_any_capacity_nobody_may_anything(audience: Audience) -> None:
    assert not is_permitted(audience, frozenset())


@pytest.mark.parametrize(
    ("capacity", "may"),
    [
        (Capacity.MEMBER, {Audience.MEMBER}),
        (Capacity.LEAD, {Audience.MEMBER, Audience.LEAD}),
        (Capacity.OTHER_LEAD, {Audience.MEMBER}),
        (Capacity.TRAINER, {Audience.MEMBER, Audience.TRAINER}),
        (Capacity.ADMIN, {Audience.MEMBER, Audience.LEAD, Audience.TRAINER, Audience.ADMIN}),
    ],
)
def test_what_each_capacity_permits(capacity: Capacity, may: set[Audience]) -> None:
    assert {
        audience for audience in Audience if is_permitted(audience, frozenset({capacity}))
    } == may
