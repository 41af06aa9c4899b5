"""Shown menus: which menu of commands each chat shows, so that it is set only when it changes."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members import members, roles
from bot.store.members.roles import Roles
from bot.store.schema.teams import RoleRow, ShownMenuRow

Commands = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A chat with a role, its member's language and the roles of that chat."""

    address: str
    language: str
    roles: Roles


async def role_holders(session: AsyncSession, channel: str, at: datetime) -> list[RoleHolder]:
    """Returns the chats on this channel that have a role at this moment and whose member exists."""
    query = select(RoleRow.address).where(RoleRow.channel == channel).distinct()
    holders = []
    for address in (await session.scalars(query)).all():
        member = await members.find_member(session, channel, address)
        if member is not None:
            granted = await roles.of_address(session, (channel, address), at)
            holders.append(RoleHolder(address, member.language, granted))
    return holders


async def shown_menu_digests(session: AsyncSession, channel: str) -> dict[str, str]:
    """Returns, by address, the digest of the menu of each chat that has a menu of its own."""
    query = select(ShownMenuRow).where(ShownMenuRow.channel == channel)
    return {row.address: row.digest for row in (await session.scalars(query)).all()}


async def record_shown_menu(
    session: AsyncSession, channel: str, address: str, digest: str | None
) -> None:
    """Records the digest of the menu that a chat shows; None: the default menu of the channel."""
    row = await session.get(ShownMenuRow, (channel, address))
    if digest is None:
        if row is not None:
            await session.delete(row)
    elif row is None:
        session.add(ShownMenuRow(channel=channel, address=address, digest=digest))
    else:
        row.digest = digest


def digest_of(commands: Commands) -> str:
    """Returns a SHA-256 digest of a menu, in hexadecimal; equal menus have equal digests."""
    return sha256(json.dumps(commands).encode()).hexdigest()
