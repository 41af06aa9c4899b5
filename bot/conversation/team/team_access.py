"""Which teams somebody belongs to, and what they may do there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.conversation.context import HandlerContext
from bot.core.permissions import Audience
from bot.messages import Reply
from bot.store.schema.teams import MembershipRow, TeamRow
from bot.store.teams import teams


@dataclass(frozen=True, slots=True)
class TeamAccess:
    """A team that somebody belongs to or leads.

    Attributes:
        team: which.
        membership: None: they lead it, and do not take part in it.
        leads: whether they may do what its lead may do.
    """

    team: TeamRow
    membership: MembershipRow | None
    leads: bool


TeamHandler = Callable[[HandlerContext, TeamAccess, str], Awaitable[Reply]]
"""Answers a subcommand of /team; gets what stands behind its name."""


async def team_access_of(context: HandlerContext) -> list[TeamAccess]:
    """Returns the teams of the member: those they joined, and then those they only lead."""
    member_roles = await context.roles()
    joined = await teams.teams_of_member(context.session, context.member.id)
    only_led = member_roles.leads - {team.id for team, _ in joined}
    return [
        *(
            TeamAccess(team, membership, member_roles.belongs_to(Audience.LEAD, team.id))
            for team, membership in joined
        ),
        *(
            TeamAccess(team, None, True)
            for team in await teams.teams_by_id(context.session, only_led)
        ),
    ]
