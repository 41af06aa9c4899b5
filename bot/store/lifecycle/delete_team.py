"""Deleting a team: everybody leaves it, and nothing of it works any more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import roles
from bot.store.schema.teams import TeamRow
from bot.store.teams import invitations, teams


async def delete_team(session: AsyncSession, team: TeamRow, at: datetime) -> int:
    """Deletes a team with its weeks, digests and own publications; returns how many left it.

    What its members wrote stays theirs. Each thing that ends is an entry in the ledger, so that a
    restored backup brings back at most a team without people, roles, invitations and groups.
    """
    members = await teams.members_of(session, team.id)
    for member, _ in members:
        await leave_team(session, team.id, member.id, at)
    await roles.revoke_in_team(session, team.id, at)
    await invitations.revoke_all(session, team.id, at)
    await teams.disconnect_all(session, team.id, at)
    await session.flush()
    await session.delete(team)  # the database deletes the rows of other tables that are about it
    return len(members)
