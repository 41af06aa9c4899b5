"""Roles: the leads of teams, trainers and admins. They are granted to addresses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.permissions import Audience, Capacity, is_permitted
from bot.store.lifecycle import ledger
from bot.store.schema.ledger import Act
from bot.store.schema.members import AddressRow
from bot.store.schema.teams import Role, RoleRow, TeamRow

AddressPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of an address.

    Attributes:
        leads: the ids of the teams that they lead.
        trainer: whether they may publish challenge sets.
        admin: whether they may do all that a trainer and a lead of any team may.
    """

    leads: frozenset[int] = frozenset()
    trainer: bool = False
    admin: bool = False

    def capacities(self, team_id: int | None = None) -> frozenset[Capacity]:
        """Returns what they are with respect to a team; None: leading any team is leading."""
        leads = bool(self.leads) if team_id is None else team_id in self.leads
        capacities = {
            Capacity.MEMBER: True,
            Capacity.LEAD: leads,
            Capacity.OTHER_LEAD: bool(self.leads) and not leads,
            Capacity.TRAINER: self.trainer,
            Capacity.ADMIN: self.admin,
        }
        return frozenset(capacity for capacity, has in capacities.items() if has)

    def belongs_to(self, audience: Audience, team_id: int | None = None) -> bool:
        """Returns whether they may do what is for this audience, in a team or in any."""
        return is_permitted(audience, self.capacities(team_id))

    @property
    def any(self) -> bool:
        """Whether they have any role."""
        return bool(self.leads) or self.trainer or self.admin


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that an address has.

    `team` is the name of the team that a lead leads. `until` is when it ends unless the
    organisation's sign-in confirms it before; None: it does not end by itself.
    """

    channel: str
    address: str
    role: Role
    team: str | None
    granted_at: datetime
    until: datetime | None = None


async def grant(
    session: AsyncSession, pair: AddressPair, role: Role, team_id: int | None, at: datetime
) -> bool:
    """Grants a role to an address (channel, address); returns False when it has the role already.

    The address need not have a member yet. What the organisation's sign-in gave stays from now on.
    """
    row = await session.scalar(_grant_filter(pair, role, team_id))
    if row is not None:
        is_new, row.until = row.until is not None, None
        return is_new
    session.add(
        RoleRow(channel=pair[0], address=pair[1], role=role, team_id=team_id, granted_at=at)
    )
    await session.flush()
    return True


async def revoke(
    session: AsyncSession, pair: AddressPair, role: Role, team_id: int | None, at: datetime
) -> bool:
    """Revokes a role of an address; returns False when the address does not have it."""
    row = await session.scalar(_grant_filter(pair, role, team_id))
    if row is None:
        return False
    ledger.record(session, Act.ROLE_REVOKED, [row.id], at)
    await session.delete(row)
    await session.flush()
    return True


async def confirm(
    session: AsyncSession,
    pair: AddressPair,
    wanted: Collection[Role],
    at: datetime,
    until: datetime,
) -> tuple[list[Role], list[Role]]:
    """Gives an address the roles that the organisation names, and takes back those it gave before.

    Roles that somebody here granted are left alone.

    Returns:
        The roles that are new, and those that were taken back.
    """
    query = select(RoleRow).where(RoleRow.channel == pair[0], RoleRow.address == pair[1])
    rows = {row.role: row for row in await session.scalars(query) if row.team_id is None}
    given = [role for role in wanted if role not in rows]
    for role in given:
        session.add(
            RoleRow(channel=pair[0], address=pair[1], role=role, granted_at=at, until=until)
        )
    taken = []
    for role, row in rows.items():
        if row.until is None:
            continue
        if role in wanted:
            row.until = until
        else:
            taken.append(role)
            ledger.record(session, Act.ROLE_REVOKED, [row.id], at)
            await session.delete(row)
    await session.flush()
    return given, taken


async def of_address(session: AsyncSession, pair: AddressPair, at: datetime) -> Roles:
    """Returns the roles of an address: what may be done in that chat, and in no other of theirs.

    A role that ended by `at` does not count, though it may still be stored until the next day.
    """
    query = select(RoleRow).where(
        RoleRow.channel == pair[0],
        RoleRow.address == pair[1],
        or_(RoleRow.until.is_(None), RoleRow.until > at),
    )
    return _roles_from((await session.scalars(query)).all())


async def next_end(session: AsyncSession, after: datetime) -> datetime | None:
    """Returns when the next role ends by itself; None: none will."""
    return await session.scalar(select(func.min(RoleRow.until)).where(RoleRow.until > after))


async def of_member(session: AsyncSession, member_id: int) -> Roles:
    """Returns the roles of all addresses of a member together.

    It says what is stored about them, not what they may do: see `of_address`.
    """
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
    """Returns the addresses of the leads of a team, the one granted first at the front."""
    query = (
        select(RoleRow.channel, RoleRow.address)
        .where(RoleRow.team_id == team_id, RoleRow.role == Role.LEAD)
        .order_by(RoleRow.id)
    )
    return [(row.channel, row.address) for row in (await session.execute(query)).all()]


async def all_grants(session: AsyncSession) -> list[Grant]:
    """Returns all roles, ordered by channel and address."""
    query = (
        select(RoleRow, TeamRow.name)
        .outerjoin(TeamRow, TeamRow.id == RoleRow.team_id)
        .order_by(RoleRow.id)
    )
    rows = (await session.execute(query)).all()
    grants = [
        Grant(row.channel, row.address, row.role, team, row.granted_at, row.until)
        for row, team in rows
    ]
    return sorted(grants, key=lambda grant: (grant.channel, grant.address))


async def revoke_of_member(
    session: AsyncSession, member_id: int, role: Role, team_id: int, at: datetime
) -> None:
    """Revokes a role in a team of a member, at all of their addresses."""
    is_it = (RoleRow.role == role, RoleRow.team_id == team_id)
    await _revoke_where(session, at, *is_it, _granted_addresses(member_id).exists())


async def revoke_ended(session: AsyncSession, at: datetime) -> list[tuple[AddressPair, Role]]:
    """Revokes what the organisation's sign-in gave and did not confirm in time; returns what."""
    has_ended = RoleRow.until <= at
    ended = (await session.scalars(select(RoleRow).where(has_ended))).all()
    found = [((row.channel, row.address), row.role) for row in ended]
    await _revoke_where(session, at, has_ended)
    return found


async def revoke_all(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Revokes all roles of a member, at all of their addresses."""
    await _revoke_where(session, at, _granted_addresses(member_id).exists())


async def revoke_everything(session: AsyncSession, at: datetime) -> int:
    """Revokes all roles of everybody; returns how many there were."""
    return await _revoke_where(session, at)


async def revoke_in_team(session: AsyncSession, team_id: int, at: datetime) -> int:
    """Takes every role in a team away, of whoever has it; returns how many there were."""
    return await _revoke_where(session, at, RoleRow.team_id == team_id)


async def _revoke_where(
    session: AsyncSession, at: datetime, *conditions: ColumnElement[bool]
) -> int:
    deleted = await session.scalars(delete(RoleRow).where(*conditions).returning(RoleRow.id))
    role_ids = deleted.all()
    ledger.record(session, Act.ROLE_REVOKED, role_ids, at)
    return len(role_ids)


def _granted_addresses(member_id: int) -> Select[int]:
    """Returns the query of a member's addresses that have the role in the outer `RoleRow`."""
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
