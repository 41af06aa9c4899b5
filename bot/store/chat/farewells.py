"""The last word to whoever was erased, for the browsers that had their chat.

It says nothing about anybody: of a browser there is the digest of its cookie, and the words are
sealed.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.core.privacy.retention import KEEP_MAILBOX
from bot.messages import address_digest
from bot.store.chat.browsers import Chat, cookie_digest
from bot.store.schema.chat import ChatBrowserRow, ChatFarewellRow
from bot.store.schema.members import AddressRow


@dataclass(frozen=True, slots=True)
class LastWord:
    """What is said in a browser whose chat was erased; without `text` it comes in a moment."""

    text: str | None


async def prepare(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Keeps which browsers had the chats of a member; call it before those are deleted."""
    row = ChatBrowserRow
    query = (
        select(row.id, row.address, row.digest, row.previous_digest)
        .join(AddressRow, (AddressRow.channel == row.channel) & (AddressRow.address == row.address))
        .where(AddressRow.member_id == member_id, row.expires_at > at)
    )
    for browser_id, address, *digests in (await session.execute(query)).all():
        chat = address_digest(address)
        session.add_all(
            ChatFarewellRow(digest=digest, browser_id=browser_id, chat=chat, at=at)
            for digest in digests
            if digest is not None
        )


async def say(connection: AsyncConnection, chat: Chat, text: str, at: datetime) -> None:
    """Says the last word in all browsers that had an erased chat."""
    row = ChatFarewellRow
    of_chat = update(row).where(row.chat == address_digest(chat[1]))
    await connection.execute(of_chat.values(text=text, at=at))


async def find_for(session: AsyncSession, cookie: str, at: datetime) -> LastWord | None:
    """Returns the last word in the browser with this cookie; None: nobody was erased there."""
    return await _find(session, ChatFarewellRow.digest == cookie_digest(cookie), at)


async def find_in(session: AsyncSession, browser_id: int, at: datetime) -> LastWord | None:
    """Returns the same of a browser by its number, which it keeps when its cookie is replaced."""
    return await _find(session, ChatFarewellRow.browser_id == browser_id, at)


async def _find(
    session: AsyncSession, is_its: ColumnElement[bool], at: datetime
) -> LastWord | None:
    query = select(ChatFarewellRow.text).where(is_its, ChatFarewellRow.at > at - KEEP_MAILBOX)
    found = (await session.execute(query.limit(1))).one_or_none()
    return None if found is None else LastWord(found[0])
