"""Codes that open something: a team, for whoever was invited."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.words import Words
from bot.messages import Outgoing
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations, teams
from bot.store.teams.invitations import InvalidReason

SHOWN = 20


async def join_team(
    session: AsyncSession, member: MemberRow, code: str, say: Words, at: datetime
) -> Outgoing:
    """Brings the member into the team of an invitation; what to tell them.

    A code that does not work says why; who belongs to the team already uses nothing up.
    """
    found = await invitations.find_invitation(session, code)
    if found is None:
        return refusal(InvalidReason.UNKNOWN, code, say)
    team = found.team
    if await teams.membership(session, team.id, member.id) is not None:
        return Outgoing(say("team.already", team=team.name))
    if why := found.shut(InvitationKind.TEAM, at):
        return refusal(why, code, say)
    if not await invitations.use_once(session, found):
        return refusal(InvalidReason.USED_UP, code, say)
    await teams.add_to_team(session, team.id, member.id, at)
    return Outgoing(say("team.joined", team=team.name))


def refusal(why: InvalidReason, code: str, say: Words) -> Outgoing:
    """Why a code does not open anything, and what to do."""
    return Outgoing(say(f"invitation.{why}", code=code[:SHOWN]))
