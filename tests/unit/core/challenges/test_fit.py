"""Whom a challenge fits, and when it still can be done."""

from datetime import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.challenges.fit import (
    CONTACTS,
    LAST_START,
    NEEDS,
    PLACES,
    DayPart,
    Span,
    Tag,
    WorkProfile,
    does_fit,
    is_in_time,
    lessons,
    with_room_for,
    without,
)

TAGS = st.frozensets(st.sampled_from(Tag))


def some_of(tags: frozenset[Tag]) -> st.SearchStrategy[frozenset[Tag]]:
    """Draws some of these tags."""
    return st.frozensets(st.sampled_from(sorted(tags)))


PROFILES = st.builds(
    WorkProfile,
    some_of(PLACES),
    some_of(CONTACTS),
    some_of(NEEDS),
)


def test_each_tag_is_of_one_kind() -> None:
    assert sorted([*PLACES, *CONTACTS, *NEEDS]) == sorted(Tag)


@given(TAGS)
def test_everything_fits_who_said_nothing(fits: frozenset[Tag]) -> None:
    assert does_fit(fits, WorkProfile())


@given(PROFILES)
def test_what_has_no_tags_fits_everybody(profile: WorkProfile) -> None:
    assert does_fit((), profile)


@given(TAGS, PROFILES)
def test_it_fits_when_each_kind_of_tag_does(fits: frozenset[Tag], profile: WorkProfile) -> None:
    kinds = [does_fit(fits & kind, profile) for kind in (PLACES, CONTACTS, NEEDS)]
    assert does_fit(fits, profile) == all(kinds)


@given(TAGS, PROFILES, st.sampled_from(sorted(PLACES)))
def test_another_place_never_takes_a_challenge_away(
    fits: frozenset[Tag], profile: WorkProfile, place: Tag
) -> None:
    if fits & PLACES and does_fit(fits, profile):
        assert does_fit(fits | {place}, profile)


@given(TAGS, PROFILES, st.sampled_from(sorted(NEEDS)))
def test_another_need_never_makes_a_challenge_fit(
    fits: frozenset[Tag], profile: WorkProfile, need: Tag
) -> None:
    if not does_fit(fits, profile):
        assert not does_fit(fits | {need}, profile)


@pytest.mark.parametrize(
    ("fits", "profile", "expected"),
    [
        ("desk", WorkProfile(frozenset({Tag.DESK})), True),
        ("desk", WorkProfile(frozenset({Tag.COUNTER})), False),
        ("desk home", WorkProfile(frozenset({Tag.HOME})), True),
        ("desk", WorkProfile(frozenset({Tag.HOME, Tag.DESK})), True),
        ("residents", WorkProfile(frozenset({Tag.SHIFT}), frozenset({Tag.COLLEAGUES})), False),
        ("residents colleagues", WorkProfile(contacts=frozenset({Tag.COLLEAGUES})), True),
        (
            "residents",
            WorkProfile(frozenset({Tag.DESK}), frozenset({Tag.RESIDENTS, Tag.COLLEAGUES})),
            True,
        ),
        ("meeting", WorkProfile(avoids=frozenset({Tag.WALKING})), True),
        ("meeting walking", WorkProfile(avoids=frozenset({Tag.WALKING})), False),
        ("desk residents", WorkProfile(frozenset({Tag.DESK}), frozenset({Tag.COLLEAGUES})), False),
    ],
)
def test_each_kind_by_example(fits: str, profile: WorkProfile, expected: bool) -> None:
    assert does_fit([Tag(tag) for tag in fits.split()], profile) is expected


@pytest.mark.parametrize(
    ("places", "contacts", "avoids"),
    [
        ({Tag.MEETING}, frozenset(), frozenset()),
        (frozenset(), {Tag.DESK}, frozenset()),
        (frozenset(), frozenset(), {Tag.RESIDENTS}),
    ],
)
def test_a_profile_holds_no_tag_of_another_kind(
    places: frozenset[Tag], contacts: frozenset[Tag], avoids: frozenset[Tag]
) -> None:
    with pytest.raises(ValueError, match="not a work profile"):
        WorkProfile(places, contacts, avoids)


@given(st.times(), st.sampled_from(Span), st.none() | st.sampled_from(DayPart))
def test_a_week_and_any_time_are_always_in_time(local: time, span: Span, at: DayPart) -> None:
    assert is_in_time(Span.WEEK, at, local) and is_in_time(span, None, local)


@pytest.mark.parametrize(("at", "seconds"), list(product(DayPart, (0, 1))))
def test_a_part_of_today_is_in_time_until_its_last_start(at: DayPart, seconds: int) -> None:
    local = LAST_START[at].replace(second=seconds)
    assert is_in_time(Span.TODAY, at, local) is (seconds == 0)


def test_the_parts_of_a_day_end_in_their_order() -> None:
    ends = [LAST_START[at] for at in DayPart]
    assert ends == sorted(set(ends))


# -- what "it does not suit my work" teaches


@pytest.mark.parametrize(
    ("fits", "profile", "expected"),
    [
        ({Tag.MEETING, Tag.DESK}, WorkProfile(), [Tag.MEETING]),
        ({Tag.MEETING, Tag.RESIDENTS}, WorkProfile(), [Tag.MEETING, Tag.RESIDENTS]),
        ({Tag.MEETING}, WorkProfile(avoids=frozenset({Tag.MEETING})), []),
        ({Tag.RESIDENTS}, WorkProfile(), [Tag.RESIDENTS]),
        ({Tag.RESIDENTS}, WorkProfile(contacts=frozenset({Tag.RESIDENTS})), []),
        ({Tag.RESIDENTS, Tag.COLLEAGUES}, WorkProfile(), []),
    ],
)
def test_what_may_be_lacking(fits: set[Tag], profile: WorkProfile, expected: list[Tag]) -> None:
    assert lessons(fits, profile) == expected


@given(PROFILES, st.sampled_from(sorted(NEEDS | CONTACTS)))
def test_a_lesson_takes_a_challenge_away_until_it_is_taken_back(
    profile: WorkProfile, tag: Tag
) -> None:
    if without(profile, tag).contacts or tag in NEEDS:
        assert not does_fit({tag}, without(profile, tag))
    assert does_fit({tag}, with_room_for(without(profile, tag), tag))


def test_who_meets_no_residents_meets_colleagues_and_a_lesson_taken_back_leaves_both() -> None:
    learned = without(WorkProfile(), Tag.RESIDENTS)
    assert learned.contacts == {Tag.COLLEAGUES}
    assert with_room_for(learned, Tag.RESIDENTS).contacts == CONTACTS
