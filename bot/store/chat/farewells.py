"""The last word to whoever was erased, for the browsers that had their chat.

It says nothing about anybody: of a browser there is the digest of its cookie, and the words are the
same for everybody.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
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
        select(row.address, row.digest, row.previous_digest)
        .join(AddressRow, (AddressRow.channel == row.channel) & (AddressRow.address == row.address))
        .where(AddressRow.member_id == member_id, row.expires_at > at)
    )
    for address, *digests in (await session.execute(query)).all():
        session.add_all(
            ChatFarewellRow(digest=digest, chat=address_digest(address), at=at)
            for digest in digests
            if digest is not None
        )


async def say(connection: AsyncConnection, chat: Chat, text: str, at: datetime) -> None:
    """Says the last word in all browsers that had an erased chat."""
    row = ChatFarewellRow
    of_chat = update(row).where(row.chat == address_digest(chat[1]))
    await connection.execute(of_chat.values(text=text, at=at))


async def find(session: AsyncSession, digest: str, at: datetime) -> LastWord | None:
    """Returns the last word in the browser with this digest; None: nobody was erased there."""
    row = ChatFarewellRow
    query = select(row.text).where(row.digest == digest, row.at > at - KEEP_MAILBOX)
    found = (await session.execute(query)).one_or_none()
    return None if found is None else LastWord(found[0])


async def find_for(session: AsyncSession, cookie: str, at: datetime) -> LastWord | None:
    """Returns the last word in the browser with this cookie; None: nobody was erased there."""
    return await find(session, cookie_digest(cookie), at)
