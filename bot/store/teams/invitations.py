"""Invitations: codes that bring somebody into a team, or make a group chat the team's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.teams import InvitationKind, InvitationRow, TeamRow
from bot.store.teams import codes

PURPOSE = "invitation"
LENGTH = 10  # characters, which are 50 bits
LASTS = {InvitationKind.TEAM: timedelta(days=14), InvitationKind.GROUP: timedelta(days=1)}
USES = {InvitationKind.TEAM: 50, InvitationKind.GROUP: 1}
# For so long an old code is told from one that never was.
REMEMBERED = timedelta(days=90)


class InvalidReason(StrEnum):
    """Why a code does not open anything."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED_UP = "used_up"
    REVOKED = "revoked"
    FOR_GROUPS = "for_groups"
    FOR_PEOPLE = "for_people"


async def create_invitation(
    session: AsyncSession,
    team_id: int,
    kind: InvitationKind,
    at: datetime,
    *,
    lasts: timedelta | None = None,
    uses: int | None = None,
) -> str:
    """A fresh code of a team; it is not kept, so it cannot be shown again."""
    code = codes.new_code(LENGTH)
    session.add(
        InvitationRow(
            team_id=team_id,
            kind=kind,
            digest=codes.digest(PURPOSE, code),
            uses_left=USES[kind] if uses is None else uses,
            created_at=at,
            expires_at=at + (lasts or LASTS[kind]),
        )
    )
    await session.flush()
    return code


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was found, and its team."""

    row: InvitationRow
    team: TeamRow

    def shut(self, kind: InvitationKind, at: datetime) -> InvalidReason | None:
        """Why it does not open this; None: it does."""
        if self.row.kind is not kind:
            return (
                InvalidReason.FOR_GROUPS
                if self.row.kind is InvitationKind.GROUP
                else InvalidReason.FOR_PEOPLE
            )
        if self.row.revoked_at is not None:
            return InvalidReason.REVOKED
        if self.row.expires_at <= at:
            return InvalidReason.EXPIRED
        return InvalidReason.USED_UP if self.row.uses_left < 1 else None


async def find_invitation(session: AsyncSession, code: str) -> Invitation | None:
    """The invitation behind a code, whether it still opens something or not."""
    query = (
        select(InvitationRow, TeamRow)
        .join(TeamRow, TeamRow.id == InvitationRow.team_id)
        .where(InvitationRow.digest == codes.digest(PURPOSE, code))
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else Invitation(*found)


async def use_once(session: AsyncSession, invitation: Invitation) -> bool:
    """Uses it once; False when somebody else just used it for the last time."""
    took = await session.scalar(
        update(InvitationRow)
        .where(InvitationRow.id == invitation.row.id, InvitationRow.uses_left > 0)
        .values(uses_left=InvitationRow.uses_left - 1)
        .returning(InvitationRow.id)
        .execution_options(synchronize_session=False)
    )
    return took is not None


async def revoke_all(session: AsyncSession, team_id: int, at: datetime) -> int:
    """Takes back every invitation of a team that still opens something; how many there were."""
    closed = await session.scalars(
        update(InvitationRow)
        .where(*_is_open(team_id, at))
        .values(revoked_at=at)
        .returning(InvitationRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(closed.all())


async def delete_all(session: AsyncSession) -> None:
    """No invitation opens anything, for where it is not known which were taken back."""
    await session.execute(delete(InvitationRow))


async def purge_old(session: AsyncSession, at: datetime) -> None:
    """Drops what expired so long ago that nobody asks for it any more."""
    await session.execute(delete(InvitationRow).where(InvitationRow.expires_at < at - REMEMBERED))


def _is_open(team_id: int, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        InvitationRow.team_id == team_id,
        InvitationRow.revoked_at.is_(None),
        InvitationRow.expires_at > at,
        InvitationRow.uses_left > 0,
    )
