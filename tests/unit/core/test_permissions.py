"""The table of permissions, whatever the commands are."""

import pytest

from bot.core.permissions import PERMITTED, Audience, Capacity, is_permitted


def test_every_audience_is_in_the_table() -> None:
    assert PERMITTED.keys() == set(Audience)


@pytest.mark.parametrize("audience", Audience)
def test_nobody_may_anything_and_an_admin_all(audience: Audience) -> None:
    assert not is_permitted(audience, frozenset())
    assert is_permitted(audience, frozenset({Capacity.ADMIN}))


@pytest.mark.parametrize("audience", [Audience.LEAD, Audience.TRAINER])
def test_leading_another_team_and_taking_part_permit_no_more_than_anybody_may(
    audience: Audience,
) -> None:
    assert not is_permitted(audience, frozenset({Capacity.MEMBER, Capacity.OTHER_LEAD}))
