"""Which menus of commands platforms show in single chats, so that they are set once."""

import json
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members import members, roles
from bot.store.members.roles import Roles
from bot.store.schema.teams import RoleRow, ShownMenuRow

Commands = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Somebody with a role, in one chat of theirs."""

    address: str
    language: str
    held: Roles


async def role_holders(session: AsyncSession, channel: str) -> list[RoleHolder]:
    """Who takes part on this channel and has a role."""
    query = select(RoleRow.address).where(RoleRow.channel == channel).distinct()
    found = []
    for address in (await session.scalars(query)).all():
        member = await members.find_member(session, channel, address)
        if member is not None:
            held = await roles.of_member(session, member.id)
            found.append(RoleHolder(address, member.language, held))
    return found


async def shown_menu_digests(session: AsyncSession, channel: str) -> dict[str, str]:
    """The digest of the menu that each chat on this channel shows, where it has one of its own."""
    query = select(ShownMenuRow).where(ShownMenuRow.channel == channel)
    return {row.address: row.digest for row in (await session.scalars(query)).all()}


async def record_shown_menu(
    session: AsyncSession, channel: str, address: str, digest: str | None
) -> None:
    """A chat shows this menu now; None: the one of all chats."""
    row = await session.get(ShownMenuRow, (channel, address))
    if digest is None:
        if row is not None:
            await session.delete(row)
    elif row is None:
        session.add(ShownMenuRow(channel=channel, address=address, digest=digest))
    else:
        row.digest = digest


def digest_of(commands: Commands) -> str:
    """The same for the same menu."""
    return sha256(json.dumps(commands).encode()).hexdigest()
