"""A member and a team part."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members import roles
from bot.store.schema.teams import Role
from bot.store.teams import digests, shares, teams


async def leave_team(session: AsyncSession, team_id: int, member_id: int, at: datetime) -> bool:
    """The member is not part of the team any more; False when they were not.

    What they shared with it is taken back, also from digests that were told, and their lead ends.
    """
    shared = await shares.withdraw_from_team(session, member_id, team_id)
    await digests.mark_for_correction(session, shared, at)
    await roles.revoke_of_member(session, member_id, Role.LEAD, team_id)
    return await teams.remove_from_team(session, team_id, member_id)
