"""Accounts at the organisation: the chat for which each signs in, and the codes that link them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members import roles
from bot.store.schema.members import AddressRow
from bot.store.schema.teams import Role
from bot.store.schema.web import OrganisationAccountRow, OrganisationCodeRow
from bot.store.teams import codes

CODE_VALID_FOR = timedelta(minutes=15)
LENGTH = 8  # characters, which are 40 bits
ORGANISATION = "organisation"

Chat = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Who signed in at the organisation.

    Attributes:
        subject: the keyed digest of their account.
        name: how they recognise it; empty: the provider does not say.
        browser: in which they did.
    """

    subject: str
    name: str
    browser: str


async def address_id_of(session: AsyncSession, subject: str) -> int | None:
    """Returns the address of the chat for which an account signs in; None: there is none."""
    row = OrganisationAccountRow
    query = (
        select(AddressRow.id)
        .join(row, (row.channel == AddressRow.channel) & (row.address == AddressRow.address))
        .where(row.subject == subject)
    )
    return await session.scalar(query)


# -- linking


async def new_code(session: AsyncSession, signed_in: SignedInAs, at: datetime) -> str:
    """Returns a code such as `K7QF-2MPX` for an account; it replaces an earlier one."""
    code = codes.new_code(LENGTH)
    row = OrganisationCodeRow
    await session.execute(delete(row).where(row.subject == signed_in.subject))
    session.add(
        OrganisationCodeRow(
            subject=signed_in.subject,
            digest=codes.digest(ORGANISATION, code),
            name=signed_in.name,
            browser=signed_in.browser,
            expires_at=at + CODE_VALID_FOR,
        )
    )
    await session.flush()
    return f"{code[:4]}-{code[4:]}"


async def use_code(
    session: AsyncSession, code: str, chat: Chat, at: datetime
) -> OrganisationCodeRow | None:
    """Uses a code up for the chat in which it was typed; None: it is not valid (any more).

    The UPDATE decides: of two chats that type it at the same time, one gets None.
    """
    row = OrganisationCodeRow
    statement = (
        update(row)
        .where(
            row.digest == codes.digest(ORGANISATION, code),
            row.channel.is_(None),
            row.expires_at > at,
        )
        .values(channel=chat[0], address=chat[1])
        .returning(row)
    )
    return await session.scalar(statement)


async def answer(session: AsyncSession, code_id: int, chat: Chat, at: datetime) -> str | None:
    """Ends the question that a chat was asked; returns the account, or None when it is over."""
    row = OrganisationCodeRow
    statement = (
        delete(row)
        .where(
            row.id == code_id,
            row.channel == chat[0],
            row.address == chat[1],
            row.expires_at > at,
        )
        .returning(row.subject)
    )
    return await session.scalar(statement)


async def link(session: AsyncSession, subject: str, chat: Chat, at: datetime) -> None:
    """Has an account sign in for a chat from now on: for no other, and no other for this one."""
    row = OrganisationAccountRow
    earlier = select(row.channel, row.address).where(row.subject == subject)
    for channel, address in (await session.execute(earlier)).all():
        await unlink(session, (channel, address), at)
    await unlink(session, chat, at)
    session.add(row(subject=subject, channel=chat[0], address=chat[1], linked_at=at))
    await session.flush()


async def unlink(session: AsyncSession, chat: Chat, at: datetime) -> Sequence[Role] | None:
    """Has no account sign in for a chat any more, and takes back the roles that came with it.

    Returns:
        Those roles; None: no account did.
    """
    row = OrganisationAccountRow
    statement = (
        delete(row).where(row.channel == chat[0], row.address == chat[1]).returning(row.subject)
    )
    if await session.scalar(statement) is None:
        return None
    _, taken = await roles.confirm(session, chat, frozenset(), at, at)
    return taken


async def linked_since(session: AsyncSession, chat: Chat) -> datetime | None:
    """Returns since when an account signs in for a chat; None: none does."""
    row = OrganisationAccountRow
    query = select(row.linked_at).where(row.channel == chat[0], row.address == chat[1])
    return await session.scalar(query)
