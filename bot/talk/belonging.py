"""Somebody and their teams: which ones, whether they lead, and not being part of one any more."""

from dataclasses import dataclass

from bot.store import digests, roles, shares, teams
from bot.store.team_tables import MembershipRow, Role, TeamRow
from bot.talk.turn import Turn


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


async def part(turn: Turn, team: TeamRow, member_id: int) -> None:
    """A member is not part of a team any more: what they shared with it and their lead end too."""
    shared = await shares.take_back_all(turn.session, member_id, team.id)
    await digests.correct(turn.session, shared, turn.at)
    await teams.leave(turn.session, team.id, member_id)
    await roles.revoke_of_member(turn.session, member_id, Role.LEAD, team.id)
