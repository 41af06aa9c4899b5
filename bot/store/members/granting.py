"""Giving roles and taking them back, for whoever may: an operator, or an admin on a page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.admin import audit
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import members, roles
from bot.store.members.roles import AddressPair
from bot.store.members.vault import Vault
from bot.store.schema.teams import Role, TeamRow
from bot.store.teams import teams

MEMBER = "member"
ROLES = (MEMBER, "lead", "trainer", "admin")
TEAM_ROLES = frozenset({MEMBER, "lead"})


class NoSuchMember(Exception):
    """There is no member at an address that is to belong to a team."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has or gets which role.

    Attributes:
        pair: the channel and the address; but for `member` there need not be a member yet.
        role: one of `ROLES`.
        team: the team that goes with one of `TEAM_ROLES`; None: the role goes with none.
    """

    pair: AddressPair
    role: str
    team: TeamRow | None

    @property
    def audited(self) -> str:
        """Returns how the trail calls the role."""
        return audit.role(self.role, self.team_id)

    @property
    def team_id(self) -> int | None:
        """Returns the id of the team, if it goes with one."""
        return self.team.id if self.team else None


async def give(session: AsyncSession, holder: Holder, at: datetime) -> bool:
    """Gives a role; returns False when they have it already.

    Raises:
        NoSuchMember: only a member can belong to a team.
    """
    if holder.role != MEMBER:
        return await roles.grant(session, holder.pair, Role(holder.role), holder.team_id, at)
    member = await members.find_member(session, *holder.pair)
    if member is None or holder.team is None:
        raise NoSuchMember
    return await teams.add_to_team(session, holder.team.id, member.id, at)


async def take_back(session: AsyncSession, holder: Holder, at: datetime) -> bool:
    """Takes a role back; returns False when they do not have it."""
    if holder.role != MEMBER:
        return await roles.revoke(session, holder.pair, Role(holder.role), holder.team_id, at)
    member = await members.find_member(session, *holder.pair)
    if member is None or holder.team is None:
        return False
    return await leave_team(session, holder.team.id, member.id, at)


async def subject_at(session: AsyncSession, vault: Vault, address: AddressPair) -> str:
    """Returns how the trail calls whoever is at an address.

    An address without a member is a digest under a key of the key store: a chat's number is short
    enough to be guessed from a digest without one.
    """
    member = await members.find_member(session, *address)
    if member is not None:
        return audit.member(member.id)
    return f"address:{vault.pseudonym(':'.join(address))}"
