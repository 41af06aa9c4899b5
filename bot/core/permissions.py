"""Permissions: who may do what, in their own team and in others. The only table of it.

Commands and buttons name their audience; what somebody may do follows from their capacities with
respect to the team in question. The pages docs/roles.md and docs/roles.en.md are made from it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Capacity(StrEnum):
    """What somebody is, with respect to one team or, where no team is meant, to all of them."""

    MEMBER = "member"
    """Takes part; everybody who can give a command does."""
    LEAD = "lead"
    """Leads this team."""
    OTHER_LEAD = "other_lead"
    """Leads another team, and not this one."""
    TRAINER = "trainer"
    ADMIN = "admin"


class Audience(StrEnum):
    """For whom a command, or what can be typed behind it, is."""

    MEMBER = "member"
    """For everybody; in a team: for those who belong to it or lead it."""
    LEAD = "lead"
    """For the lead of the team that it is about."""
    TRAINER = "trainer"
    """For those who make and publish sets of challenges."""
    ADMIN = "admin"
    """For whoever looks after the bot itself: its roles, its health and its trail."""


PERMITTED: Mapping[Audience, frozenset[Capacity]] = {
    Audience.MEMBER: frozenset(Capacity),
    Audience.LEAD: frozenset({Capacity.LEAD, Capacity.ADMIN}),
    Audience.TRAINER: frozenset({Capacity.TRAINER, Capacity.ADMIN}),
    Audience.ADMIN: frozenset({Capacity.ADMIN}),
}


def is_permitted(audience: Audience, capacities: frozenset[Capacity]) -> bool:
    """Returns whether somebody with these capacities may do what is for this audience."""
    return not PERMITTED[audience].isdisjoint(capacities)
