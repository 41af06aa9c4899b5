"""Who may do what besides taking part: leads of a team, trainers, admins."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.members import AddressRow
from bot.store.schema.teams import Role, RoleRow, TeamRow

AddressPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of one person.

    Attributes:
        leads: the numbers of the teams they lead.
        trainer: whether they push challenge sets.
        admin: whether they may do what a lead of any team and a trainer may do.
    """

    leads: frozenset[int] = frozenset()
    trainer: bool = False
    admin: bool = False

    @property
    def trains(self) -> bool:
        """Whether a set that they send is looked at."""
        return self.trainer or self.admin

    def may_lead(self, team_id: int) -> bool:
        """Whether they may do what a lead of this team may do."""
        return self.admin or team_id in self.leads

    @property
    def any(self) -> bool:
        """Whether they have one at all."""
        return bool(self.leads) or self.trains


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one address."""

    channel: str
    address: str
    role: Role
    team: str | None
    granted_at: datetime


async def grant(
    session: AsyncSession, to: AddressPair, role: Role, team_id: int | None, at: datetime
) -> bool:
    """Gives a role to whoever is at this address; False when they have it already."""
    if await session.scalar(_grant_filter(to, role, team_id)) is not None:
        return False
    session.add(RoleRow(channel=to[0], address=to[1], role=role, team_id=team_id, granted_at=at))
    await session.flush()
    return True


async def revoke(session: AsyncSession, of: AddressPair, role: Role, team_id: int | None) -> bool:
    """Takes a role back; False when they do not have it."""
    row = await session.scalar(_grant_filter(of, role, team_id))
    if row is None:
        return False
    await session.delete(row)
    await session.flush()
    return True


async def of_member(session: AsyncSession, member_id: int) -> Roles:
    """The roles of a member, whichever of their chats they were given to."""
    query = (
        select(RoleRow)
        .join(
            AddressRow,
            (AddressRow.channel == RoleRow.channel) & (AddressRow.address == RoleRow.address),
        )
        .where(AddressRow.member_id == member_id)
    )
    return _roles_from((await session.scalars(query)).all())


async def lead_addresses(session: AsyncSession, team_id: int) -> list[AddressPair]:
    """Where the leads of a team can be reached, the longest serving first."""
    query = (
        select(RoleRow.channel, RoleRow.address)
        .where(RoleRow.team_id == team_id, RoleRow.role == Role.LEAD)
        .order_by(RoleRow.id)
    )
    return [(row.channel, row.address) for row in (await session.execute(query)).all()]


async def all_grants(session: AsyncSession) -> list[Grant]:
    """All roles, by address."""
    query = (
        select(RoleRow, TeamRow.name)
        .outerjoin(TeamRow, TeamRow.id == RoleRow.team_id)
        .order_by(RoleRow.channel, RoleRow.address, RoleRow.id)
    )
    rows = (await session.execute(query)).all()
    return [Grant(row.channel, row.address, row.role, team, row.granted_at) for row, team in rows]


async def revoke_of_member(session: AsyncSession, member_id: int, role: Role, team_id: int) -> None:
    """Takes a role back from a member, whichever of their chats it was given to."""
    await session.execute(
        delete(RoleRow).where(
            RoleRow.role == role, RoleRow.team_id == team_id, _granted_addresses(member_id).exists()
        )
    )


async def revoke_all(session: AsyncSession, member_id: int) -> None:
    """Takes back all roles of a member, who goes."""
    await session.execute(delete(RoleRow).where(_granted_addresses(member_id).exists()))


def _granted_addresses(member_id: int) -> Select[int]:
    """The addresses of a member to which the role was given."""
    return select(AddressRow.id).where(
        AddressRow.member_id == member_id,
        AddressRow.channel == RoleRow.channel,
        AddressRow.address == RoleRow.address,
    )


def _grant_filter(pair: AddressPair, role: Role, team_id: int | None) -> Select[RoleRow]:
    return select(RoleRow).where(
        RoleRow.channel == pair[0],
        RoleRow.address == pair[1],
        RoleRow.role == role,
        RoleRow.team_id.is_(None) if team_id is None else RoleRow.team_id == team_id,
    )


def _roles_from(rows: Collection[RoleRow]) -> Roles:
    return Roles(
        frozenset(row.team_id for row in rows if row.role is Role.LEAD and row.team_id is not None),
        trainer=any(row.role is Role.TRAINER for row in rows),
        admin=any(row.role is Role.ADMIN for row in rows),
    )
