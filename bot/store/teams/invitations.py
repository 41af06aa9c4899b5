"""Invitations: codes with which a person joins a team, or a group chat is connected to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle import ledger
from bot.store.schema.ledger import Act
from bot.store.schema.teams import InvitationKind, InvitationRow, TeamRow
from bot.store.teams import codes

PURPOSE = "invitation"
LENGTH = 10  # characters, which are 50 bits
VALID_FOR = {InvitationKind.TEAM: timedelta(days=14), InvitationKind.GROUP: timedelta(days=1)}
USES = {InvitationKind.TEAM: 50, InvitationKind.GROUP: 1}
# Until then an expired code gets the reply that it has expired, instead of that it is unknown.


class InvalidReason(StrEnum):
    """Why a code is not valid."""

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
    valid_for: timedelta | None = None,
    uses: int | None = None,
) -> str:
    """Adds an invitation and returns its code, of which only a digest is stored.

    Args:
        session: the transaction.
        team_id: the team to which it gives access.
        kind: for people or for a group chat.
        at: the present.
        valid_for: None means 14 days for people and a day for a group chat.
        uses: how often it can be used; None means 50 times for people and once for a group chat.
    """
    code = codes.new_code(LENGTH)
    session.add(
        InvitationRow(
            team_id=team_id,
            kind=kind,
            digest=codes.digest(PURPOSE, code),
            uses_left=USES[kind] if uses is None else uses,
            created_at=at,
            expires_at=at + (valid_for or VALID_FOR[kind]),
        )
    )
    await session.flush()
    return code


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation and its team."""

    row: InvitationRow
    team: TeamRow

    def invalid_reason(self, kind: InvitationKind, at: datetime) -> InvalidReason | None:
        """Returns why it cannot be used as an invitation of this kind; None: it can."""
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
    """Returns the invitation with this code, valid or not; None: there is none."""
    query = (
        select(InvitationRow, TeamRow)
        .join(TeamRow, TeamRow.id == InvitationRow.team_id)
        .where(InvitationRow.digest == codes.digest(PURPOSE, code))
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Invitation(*row)


async def use_once(session: AsyncSession, invitation: Invitation) -> bool:
    """Counts one use; returns False when none is left.

    The UPDATE decides, not the row that was read before: of two people who use the last one at the
    same moment, one gets False.
    """
    used_id = await session.scalar(
        update(InvitationRow)
        .where(InvitationRow.id == invitation.row.id, InvitationRow.uses_left > 0)
        .values(uses_left=InvitationRow.uses_left - 1)
        .returning(InvitationRow.id)
        .execution_options(synchronize_session=False)
    )
    return used_id is not None


async def revoke_all(session: AsyncSession, team_id: int, at: datetime) -> int:
    """Revokes every invitation of a team that is still valid; returns how many there were."""
    return await _revoke_where(session, at, InvitationRow.team_id == team_id, *_is_valid(at))


async def revoke_one(session: AsyncSession, team_id: int, number: int, at: datetime) -> bool:
    """Revokes one valid invitation of a team; returns False when there is none with this id."""
    of_team = (InvitationRow.team_id == team_id, InvitationRow.id == number)
    return bool(await _revoke_where(session, at, *of_team, *_is_valid(at)))


async def valid_ones(session: AsyncSession, team_id: int, at: datetime) -> list[InvitationRow]:
    """Returns the invitations of a team that can be used now, the one that expires first first."""
    query = select(InvitationRow).where(InvitationRow.team_id == team_id, *_is_valid(at))
    rows = await session.scalars(query.order_by(InvitationRow.expires_at, InvitationRow.id))
    return list(rows.all())


async def revoke_everything(
    session: AsyncSession, at: datetime, kind: InvitationKind | None = None
) -> int:
    """Revokes every valid invitation of one kind, or of all; returns how many there were."""
    of_kind = () if kind is None else (InvitationRow.kind == kind,)
    return await _revoke_where(session, at, *of_kind, *_is_valid(at))


async def _revoke_where(
    session: AsyncSession, at: datetime, *conditions: ColumnElement[bool]
) -> int:
    revoked_ids = await session.scalars(
        update(InvitationRow)
        .where(*conditions)
        .values(revoked_at=at)
        .returning(InvitationRow.id)
        .execution_options(synchronize_session=False)
    )
    invitation_ids = revoked_ids.all()
    ledger.record(session, Act.INVITATION_REVOKED, invitation_ids, at)
    return len(invitation_ids)


def _is_valid(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        InvitationRow.revoked_at.is_(None),
        InvitationRow.expires_at > at,
        InvitationRow.uses_left > 0,
    )
