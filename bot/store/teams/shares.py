"""Shares: reflections on a nudge that a member lets a team read, with their name or without."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle import ledger
from bot.store.schema.ledger import Act
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import ShareRow, TeamRow


class Sharing(StrEnum):
    """Who may read a reflection, besides its writer."""

    NOBODY = "nobody"
    TEAM = "team"
    TEAM_NAMELESS = "team_nameless"


@dataclass(frozen=True, slots=True)
class Share:
    """The name of the team that may read a reflection, and whether it sees the writer's name."""

    team: str
    named: bool


async def share(
    session: AsyncSession, nudge_id: int, team_id: int, named: bool, at: datetime
) -> None:
    """Shares what was written about a nudge until `at` with this team, and no longer with another.

    Flushed, because queries that follow in the same transaction read it.
    """
    row = await session.get(ShareRow, nudge_id)
    if row is None:
        session.add(ShareRow(nudge_id=nudge_id, team_id=team_id, named=named, shared_at=at))
    else:
        if row.team_id != team_id or (row.named and not named):  # who could read it cannot any more
            ledger.record(session, Act.SHARE_WITHDRAWN, [nudge_id], at)
        row.team_id, row.named, row.shared_at = team_id, named, at
    await session.flush()


async def withdraw(session: AsyncSession, nudge_id: int, at: datetime) -> bool:
    """Stops sharing what was written about a nudge; returns whether it was shared."""
    return bool(await _withdraw_where(session, at, ShareRow.nudge_id == nudge_id))


async def withdraw_from_team(
    session: AsyncSession, member_id: int, team_id: int, at: datetime
) -> list[int]:
    """Stops sharing everything of this member with a team; returns the ids of the nudges."""
    nudges_of_member = select(NudgeRow.id).where(NudgeRow.member_id == member_id)
    is_theirs = ShareRow.nudge_id.in_(nudges_of_member)
    return await _withdraw_where(session, at, ShareRow.team_id == team_id, is_theirs)


async def withdraw_everything(session: AsyncSession, at: datetime) -> int:
    """Withdraws all shares of everybody; returns how many there were."""
    return len(await _withdraw_where(session, at))


async def _withdraw_where(
    session: AsyncSession, at: datetime, *conditions: ColumnElement[bool]
) -> list[int]:
    withdrawn_ids = await session.scalars(
        delete(ShareRow)
        .where(*conditions)
        .returning(ShareRow.nudge_id)
        .execution_options(synchronize_session=False)
    )
    nudge_ids = list(withdrawn_ids.all())
    ledger.record(session, Act.SHARE_WITHDRAWN, nudge_ids, at)
    return nudge_ids


async def shares_of_member(session: AsyncSession, member_id: int) -> dict[int, Share]:
    """Returns what a member shares, by the id of the nudge."""
    query = (
        select(ShareRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == ShareRow.team_id)
        .join(NudgeRow, NudgeRow.id == ShareRow.nudge_id)
        .where(NudgeRow.member_id == member_id)
    )
    rows = (await session.execute(query)).all()
    return {row.nudge_id: Share(team, row.named) for row, team in rows}
