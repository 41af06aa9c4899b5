"""Leaving a team: the membership, what was shared with the team, and the lead."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members import roles
from bot.store.schema.teams import Role
from bot.store.teams import digests, shares, teams


async def leave_team(session: AsyncSession, team_id: int, member_id: int, at: datetime) -> bool:
    """Removes a member from a team; returns False when they do not belong to it.

    What they shared with it is withdrawn, also from digests that were sent, and their lead ends.
    """
    nudge_ids = await shares.withdraw_from_team(session, member_id, team_id, at)
    await digests.mark_for_correction(session, nudge_ids, at)
    await roles.revoke_of_member(session, member_id, Role.LEAD, team_id, at)
    return await teams.remove_from_team(session, team_id, member_id, at)
