"""Invitation codes, with which somebody joins a team."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.typed_codes import CodeKind, TypedCode
from bot.conversation.words import Words
from bot.messages import Outgoing
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations, teams
from bot.store.teams.invitations import InvalidReason

MAX_SHOWN = 20


async def join_team(
    session: AsyncSession, member: MemberRow, code: TypedCode, say: Words
) -> Outgoing:
    """Brings the member into the team of an invitation, and says so.

    A code that does not work is refused with the reason. For a member of the team already, the
    invitation is not used up.
    """
    if too_soon := code.refusal(say):
        return Outgoing(too_soon)
    invitation = await invitations.find_invitation(session, code.text)
    if invitation is None:
        code.count_as_wrong(CodeKind.INVITATION)
        return refusal(InvalidReason.UNKNOWN, code.text, say)
    team = invitation.team
    if await teams.membership(session, team.id, member.id) is not None:
        return Outgoing(say("team.already", team=team.name))
    if reason := invitation.invalid_reason(InvitationKind.TEAM, code.at):
        return refusal(reason, code.text, say)
    if not await invitations.use_once(session, invitation):
        return refusal(InvalidReason.USED_UP, code.text, say)
    await teams.add_to_team(session, team.id, member.id, code.at)
    return Outgoing(say("team.joined", team=team.name))


def refusal(reason: InvalidReason, code: str, say: Words) -> Outgoing:
    """Says why a code does not work, and what to do."""
    return Outgoing(say(f"invitation.{reason}", code=code[:MAX_SHOWN]))
