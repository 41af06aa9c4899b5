"""Which challenges fit the work that a member does, and the part of the day in which they come."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum


class Tag(StrEnum):
    """Something that a challenge asks of the work of whoever does it; see `PLACES` and on."""

    DESK = "desk"
    OUTDOORS = "outdoors"
    HOME = "home"
    COUNTER = "counter"
    SHIFT = "shift"
    MEETING = "meeting"
    WALKING = "walking"
    RESIDENTS = "residents"
    COLLEAGUES = "colleagues"


PLACES = frozenset({Tag.DESK, Tag.OUTDOORS, Tag.HOME, Tag.COUNTER, Tag.SHIFT})
"""Where somebody works: one of the challenge's places is enough."""
CONTACTS = frozenset({Tag.RESIDENTS, Tag.COLLEAGUES})
"""Whom the member meets at work: one of the challenge's contacts is enough."""
NEEDS = frozenset({Tag.MEETING, Tag.WALKING})
"""What the challenge cannot do without: each of them has to be possible."""


class Span(StrEnum):
    """How long a challenge is for."""

    TODAY = "today"
    WEEK = "week"


class DayPart(StrEnum):
    """The part of the day in which a challenge is done."""

    MORNING = "morning"
    LUNCH = "lunch"
    AFTERNOON = "afternoon"


# After these local times there is not enough left of the part of the day.
LAST_START = {
    DayPart.MORNING: time(10, 30),
    DayPart.LUNCH: time(12, 0),
    DayPart.AFTERNOON: time(16, 0),
}


@dataclass(frozen=True, slots=True)
class WorkProfile:
    """What a member said about their work; the default says nothing, and then everything fits.

    Attributes:
        places: where they work, some of `PLACES`; empty: they did not say.
        contacts: whom they meet, some of `CONTACTS`; empty: they did not say.
        avoids: which of `NEEDS` their work has no room for.
    """

    places: frozenset[Tag] = frozenset()
    contacts: frozenset[Tag] = frozenset()
    avoids: frozenset[Tag] = frozenset()

    def __post_init__(self) -> None:
        """Checks that each tag is of the kind that its attribute holds.

        Raises:
            ValueError: one is not.
        """
        if not (self.places <= PLACES and self.contacts <= CONTACTS and self.avoids <= NEEDS):
            raise ValueError(f"not a work profile: {self}")


def does_fit(fits: Collection[Tag], profile: WorkProfile) -> bool:
    """Returns whether a challenge with the tags `fits` fits somebody's work.

    Each kind of tag is looked at by itself; a kind that the challenge has no tag of, or that the
    profile says nothing about, excludes nobody.
    """
    tags = frozenset(fits)
    places, contacts = tags & PLACES, tags & CONTACTS
    return (
        (not places or not profile.places or bool(places & profile.places))
        and (not contacts or not profile.contacts or bool(contacts & profile.contacts))
        and not tags & profile.avoids
    )


def lessons(fits: Collection[Tag], profile: WorkProfile) -> list[Tag]:
    """Returns what somebody's work may lack, when a challenge with these tags does not suit it.

    These are its needs, and whom it takes when there is no other choice. What the profile excludes
    already is left out, and so is the only contact that they have.
    """
    tags = frozenset(fits)
    needs = tags & NEEDS - profile.avoids
    contacts = tags & CONTACTS
    met = profile.contacts or CONTACTS
    if len(contacts) == 1 and contacts < met:
        needs |= contacts
    return [tag for tag in Tag if tag in needs]


def without(profile: WorkProfile, tag: Tag) -> WorkProfile:
    """Returns a profile that has no room for a tag, which is a lesson."""
    if tag in NEEDS:
        return replace(profile, avoids=profile.avoids | {tag})
    return replace(profile, contacts=(profile.contacts or CONTACTS) - {tag})


def with_room_for(profile: WorkProfile, tag: Tag) -> WorkProfile:
    """Returns the profile that has room for a tag again, which was a lesson."""
    if tag in NEEDS:
        return replace(profile, avoids=profile.avoids - {tag})
    return replace(profile, contacts=profile.contacts | {tag})


def is_in_time(span: Span, at: DayPart | None, local: time) -> bool:
    """Returns whether a challenge that comes at a local time can still be done in its part of day.

    Args:
        span: how long the challenge is for; for a week there is always another day.
        at: the part of the day; None: any time will do.
        local: the local time at which the challenge is sent.
    """
    return span is Span.WEEK or at is None or local <= LAST_START[at]
