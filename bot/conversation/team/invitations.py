"""Codes that open something: a team, for whoever was invited."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.words import Words
from bot.messages import Outgoing
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import Opens
from bot.store.teams import invitations, teams
from bot.store.teams.invitations import Shut

SHOWN = 20


async def join(
    session: AsyncSession, member: MemberRow, code: str, say: Words, at: datetime
) -> Outgoing:
    """Brings the member into the team of an invitation; what to tell them.

    A code that does not work says why; who belongs to the team already uses nothing up.
    """
    found = await invitations.find(session, code)
    if found is None:
        return refused(Shut.UNKNOWN, code, say)
    team = found.team
    if await teams.membership(session, team.id, member.id) is not None:
        return Outgoing(say("team.already", team=team.name))
    if why := found.shut(Opens.TEAM, at):
        return refused(why, code, say)
    if not await invitations.use(session, found):
        return refused(Shut.USED_UP, code, say)
    await teams.join(session, team.id, member.id, at)
    return Outgoing(say("team.joined", team=team.name))


def refused(why: Shut, code: str, say: Words) -> Outgoing:
    """Why a code does not open anything, and what to do."""
    return Outgoing(say(f"invitation.{why}", code=code[:SHOWN]))
