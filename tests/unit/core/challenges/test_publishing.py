"""Which version is live for whom, what changes, and what goes back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.publishing import (
    BundledSetAction,
    Publication,
    bundled_set_action,
    changes,
    latest_publications,
    live_versions,
    rollback_of,
)
from tests.support.fakes import MONDAY

GRIFFIE, WIJKTEAM = 1, 2


def published(
    *acts: tuple[int, int | None] | tuple[int, int | None, timedelta],
) -> list[Publication]:
    """Returns publications of one set, in this order: version, team, and from how much later."""
    return [
        Publication(n, "lef", act[0], act[1], MONDAY + (act[2] if len(act) > 2 else timedelta()))
        for n, act in enumerate(acts, 1)
    ]


def live(publications: list[Publication], *teams: int, at: timedelta = timedelta()) -> int | None:
    """Returns the version that is live for a member of these teams."""
    publication = live_versions(publications, teams, MONDAY + at).get("lef")
    return None if publication is None else publication.version


def test_the_last_one_is_live_for_everybody() -> None:
    acts = published((1, None), (2, None))
    assert live(acts) == live(acts, GRIFFIE) == 2
    assert live([]) is None


def test_a_version_for_a_team_is_for_that_team() -> None:
    acts = published((1, None), (2, GRIFFIE))
    assert (live(acts), live(acts, GRIFFIE), live(acts, WIJKTEAM)) == (1, 2, 1)
    assert live(acts, WIJKTEAM, GRIFFIE) == 2
    assert live(published((1, GRIFFIE)), WIJKTEAM) is None


def test_a_later_version_for_everybody_takes_the_place_of_a_teams() -> None:
    assert live(published((1, None), (2, GRIFFIE), (3, None)), GRIFFIE) == 3


def test_it_begins_on_its_day() -> None:
    acts = published((1, None), (2, None, timedelta(days=7)))
    assert live(acts, at=timedelta(days=6, hours=23)) == 1
    assert live(acts, at=timedelta(days=7)) == 2


def test_what_was_published_last_wins_over_what_begins_last() -> None:
    acts = published((1, None), (2, None, timedelta(days=7)), (3, None))
    assert live(acts) == live(acts, at=timedelta(days=8)) == 3


@given(st.permutations(published((1, None), (2, GRIFFIE), (3, None), (2, WIJKTEAM))))
def test_the_order_of_the_list_does_not_matter(acts: list[Publication]) -> None:
    assert (live(acts), live(acts, GRIFFIE), live(acts, WIJKTEAM)) == (3, 3, 2)


def test_the_last_word_counts_before_it_begins() -> None:
    acts = published((1, None), (2, GRIFFIE), (3, None, timedelta(days=7)), (4, WIJKTEAM))
    for teams, versions in (
        ([GRIFFIE], [3]),
        ([GRIFFIE, WIJKTEAM], [4, 3]),
        ([None], [4, 3]),
    ):
        latest = latest_publications(acts, teams)
        assert [publication.version for publication in latest] == versions
    assert (
        latest_publications([], [None])
        == latest_publications(published((1, GRIFFIE)), [WIJKTEAM])
        == []
    )


def test_going_back_and_further_back() -> None:
    acts = published((1, None), (2, None), (3, None))
    rollback = rollback_of(acts)
    assert rollback is not None and (rollback.current, rollback.back_to) == (3, {None: 2})
    rollback = rollback_of([*acts, Publication(4, "lef", 2, None, MONDAY)])
    assert rollback is not None and (rollback.current, rollback.back_to) == (2, {None: 1})
    again = [*acts, Publication(4, "lef", 2, None, MONDAY), Publication(5, "lef", 1, None, MONDAY)]
    assert rollback_of(again) is None
    assert rollback_of(published((1, None), (1, None))) is None  # the same again is nothing new
    assert rollback_of([]) is None


def test_the_same_version_published_again_is_no_step_back() -> None:
    rollback = rollback_of(published((1, None), (2, None), (2, None)))
    assert rollback is not None and rollback.back_to == {None: 1}


def test_a_member_of_two_teams_has_the_publication_for_the_first() -> None:
    both = [Publication(1, "lef", 2, team, MONDAY) for team in (GRIFFIE, WIJKTEAM)]
    assert live_versions(both, [GRIFFIE, WIJKTEAM], MONDAY) == {"lef": both[0]}


def test_an_old_version_that_was_published_by_mistake_goes_back_to_what_was_live() -> None:
    acts = published((1, None), (2, None), (3, None), (1, None))
    rollback = rollback_of(acts)
    assert rollback is not None and (rollback.current, rollback.back_to) == (1, {None: 3})


def test_each_team_goes_back_to_what_it_had() -> None:
    acts = [
        *published((1, None), (2, WIJKTEAM)),
        Publication(3, "lef", 3, GRIFFIE, MONDAY),
        Publication(3, "lef", 3, WIJKTEAM, MONDAY),
    ]
    rollback = rollback_of(acts)
    assert rollback is not None and rollback.back_to == {GRIFFIE: 1, WIJKTEAM: 2}
    assert (rollback.previous, rollback.teams) == ((1, 2), (GRIFFIE, WIJKTEAM))
    assert rollback_of(published((1, GRIFFIE), (2, WIJKTEAM))) is None


def test_new_changed_and_retired() -> None:
    difference = changes({"a": 1, "b": 2, "c": 3}, {"d": 4, "b": 5, "a": 1})
    assert (difference.new, difference.changed, difference.retired) == (("d",), ("b",), ("c",))


@pytest.mark.parametrize(
    ("shipped", "touched", "what"),
    [
        (None, False, BundledSetAction.PUBLISH),
        ("old", False, BundledSetAction.PUBLISH),
        ("this", False, BundledSetAction.NOTHING),
        ("this", True, BundledSetAction.NOTHING),
        ("old", True, BundledSetAction.KEEP),
        (None, True, BundledSetAction.KEEP),
    ],
)
def test_a_set_that_comes_along(shipped: str | None, touched: bool, what: BundledSetAction) -> None:
    assert bundled_set_action("this", shipped, touched=touched) is what
