"""Somebody and their teams: which ones, whether they lead."""

from dataclasses import dataclass

from bot.conversation.context import Turn
from bot.store.members import roles
from bot.store.schema.teams import MembershipRow, TeamRow
from bot.store.teams import teams


@dataclass(frozen=True, slots=True)
class Theirs:
    """A team that somebody belongs to or leads.

    Attributes:
        team: which.
        membership: None: they lead it, and do not take part in it.
        leads: whether they may do what its lead may do.
    """

    team: TeamRow
    membership: MembershipRow | None
    leads: bool


async def teams_of(turn: Turn) -> list[Theirs]:
    """The teams of whoever did this: those they joined, and then those they only lead."""
    held = await roles.of_member(turn.session, turn.member.id)
    joined = await teams.of_member(turn.session, turn.member.id)
    only_led = held.leads - {team.id for team, _ in joined}
    return [
        *(Theirs(team, belongs, held.may_lead(team.id)) for team, belongs in joined),
        *(Theirs(team, None, True) for team in await teams.by_number(turn.session, only_led)),
    ]
