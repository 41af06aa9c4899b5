"""Everybody has enough to do, whatever their work is."""

import re
from collections.abc import Iterator

import pytest

from bot.core.challenges.challenge import Challenge
from bot.core.challenges.fit import (
    CONTACTS,
    NEEDS,
    PLACES,
    DayPart,
    Span,
    Tag,
    WorkProfile,
    does_fit,
)
from tests.content.test_sets import CHALLENGES, LANGUAGES, every_challenge, prose

ENOUGH = 60
ENOUGH_FOR_FEW = 24
"""For whoever names one place and one contact, and has room for neither need."""
FOR_WEEK = {"nl": "deze week", "en": "this week"}
FOR_TODAY = {"nl": "vandaag", "en": "today"}
# What a task says of the part of the day, and of a meeting.
DAY_PARTS = {
    DayPart.LUNCH: re.compile(r"\b(?:lunch|lunchtafel)\b"),
    DayPart.MORNING: re.compile(r"\b(?:de hele dag|klussen van vandaag)\b"),
    DayPart.AFTERNOON: re.compile(r"\b(?:op weg naar huis|in je agenda leeg)\b"),
}
MEETING = re.compile(r"\boverleg\b")
CONDITION = re.compile(
    r"^(?:komt|krijg|hoor|vraagt|zit|merk|denk|word|does|do|are|is|if|als|wanneer) ", re.IGNORECASE
)


def fitting(profile: WorkProfile) -> list[str]:
    """The ids of the challenges that fit."""
    return [one.id for _, one in every_challenge() if does_fit(one.fits, profile)]


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_each_challenge_has_tags(challenge: Challenge) -> None:
    assert challenge.fits


@pytest.mark.parametrize("place", sorted(PLACES))
def test_there_is_enough_for_each_place(place: Tag) -> None:
    assert len(fitting(WorkProfile(frozenset({place})))) >= ENOUGH
    without_meetings = WorkProfile(frozenset({place}), avoids=frozenset({Tag.MEETING}))
    assert len(fitting(without_meetings)) >= ENOUGH


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("contact", sorted(CONTACTS))
def test_there_is_something_for_whoever_can_do_little(place: Tag, contact: Tag) -> None:
    least = fitting(WorkProfile(frozenset({place}), frozenset({contact}), NEEDS))
    assert len(least) >= ENOUGH_FOR_FEW
    assert {daring_of(slug) for slug in least} >= {1, 2}


def daring_of(slug: str) -> int:
    """The daring of the challenge with this id."""
    return next(one.daring for _, one in every_challenge() if one.id == slug)


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_says_how_long_it_is_for(challenge: Challenge, language: str) -> None:
    task = prose(challenge, language)["task"].lower()
    said, other = FOR_TODAY[language], FOR_WEEK[language]
    if challenge.span is Span.WEEK:
        said, other = other, said
    assert said in task and other not in task


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_part_of_the_day_is_in_the_task_and_in_its_tag(challenge: Challenge) -> None:
    task = prose(challenge, "nl")["task"].lower()
    said = [part for part, words in DAY_PARTS.items() if words.search(task)]
    assert said == ([challenge.at] if challenge.at else [])


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_meeting_is_in_the_task_and_in_its_tags(challenge: Challenge) -> None:
    if Tag.MEETING in challenge.fits:
        assert MEETING.search(prose(challenge, "nl")["task"])


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_for_today_can_always_be_done(challenge: Challenge, language: str) -> None:
    assert not CONDITION.match(prose(challenge, language)["task"])


def sent_alone() -> Iterator[str]:
    """The challenges that need nobody but a colleague or oneself, wherever one works."""
    for _, one in every_challenge():
        if not set(one.fits) & {Tag.RESIDENTS, *NEEDS}:
            yield one.id


def test_much_can_be_done_without_residents_meetings_and_walks() -> None:
    assert len([*sent_alone()]) >= 50
