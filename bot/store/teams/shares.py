"""What members share with a team: words about a nudge, with their name or without."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import ShareRow, TeamRow


class Sharing(StrEnum):
    """Who may read what was written, besides its writer."""

    NOBODY = "nobody"
    TEAM = "team"
    TEAM_NAMELESS = "team_nameless"


@dataclass(frozen=True, slots=True)
class Share:
    """With which team something is shared."""

    team: str
    named: bool


async def share(
    session: AsyncSession, nudge_id: int, team_id: int, named: bool, at: datetime
) -> None:
    """From now on this team, and no other, may read what was written about a nudge until now."""
    row = await session.get(ShareRow, nudge_id)
    if row is None:
        session.add(ShareRow(nudge_id=nudge_id, team_id=team_id, named=named, shared_at=at))
    else:
        row.team_id, row.named, row.shared_at = team_id, named, at
    await session.flush()


async def withdraw(session: AsyncSession, nudge_id: int) -> bool:
    """Nobody else may read it any more; whether anybody might."""
    taken = await session.scalar(
        delete(ShareRow).where(ShareRow.nudge_id == nudge_id).returning(ShareRow.nudge_id)
    )
    return taken is not None


async def withdraw_from_team(session: AsyncSession, member_id: int, team_id: int) -> list[int]:
    """A team may not read anything of this member any more; which nudges it was about."""
    theirs = select(NudgeRow.id).where(NudgeRow.member_id == member_id)
    taken = await session.scalars(
        delete(ShareRow)
        .where(ShareRow.team_id == team_id, ShareRow.nudge_id.in_(theirs))
        .returning(ShareRow.nudge_id)
        .execution_options(synchronize_session=False)
    )
    return list(taken.all())


async def withdraw_everything(session: AsyncSession) -> None:
    """Nothing of anybody is shared any more, for where it is not known what was taken back."""
    await session.execute(delete(ShareRow))


async def shares_of_member(session: AsyncSession, member_id: int) -> dict[int, Share]:
    """What a member shares, by the number of the nudge."""
    query = (
        select(ShareRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == ShareRow.team_id)
        .join(NudgeRow, NudgeRow.id == ShareRow.nudge_id)
        .where(NudgeRow.member_id == member_id)
    )
    rows = (await session.execute(query)).all()
    return {row.nudge_id: Share(team, row.named) for row, team in rows}
