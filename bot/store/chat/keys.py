"""Links to another browser, recovery codes and calendar links: what opens a chat besides a cookie.

Only their digests are kept. A link and a code open the chat and nothing else.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.chat.browsers import Chat, Opened, open_in
from bot.store.schema.chat import ChatKeyKind, ChatKeyRow
from bot.store.teams import codes

MOVE_VALID_FOR = timedelta(minutes=10)
TOKEN_BYTES = 32
RECOVERY_LENGTH = 16  # characters, which are 80 bits
RECOVERY = "chat recovery"


def _digest(kind: ChatKeyKind, token: str) -> str:
    return sha256(f"{kind}/{token}".encode()).hexdigest()


async def new_move(session: AsyncSession, chat: Chat, at: datetime) -> str:
    """Returns the token of a link that opens this chat once; it replaces an earlier one."""
    return await _new_link(session, chat, ChatKeyKind.MOVE, at, at + MOVE_VALID_FOR)


async def is_movable(session: AsyncSession, token: str, at: datetime) -> bool:
    """Returns whether a link works; it stays good."""
    query = select(ChatKeyRow.digest).where(*_is_move(token, at))
    return await session.scalar(query) is not None


async def move(session: AsyncSession, token: str, browser: str, at: datetime) -> Opened | None:
    """Uses a link up and opens its chat; None: it does not work (any more).

    The DELETE decides: of two browsers that use the link at the same time, one gets None.
    """
    row = ChatKeyRow
    statement = delete(row).where(*_is_move(token, at)).returning(row.channel, row.address)
    chat = (await session.execute(statement)).one_or_none()
    return None if chat is None else await open_in(session, (chat[0], chat[1]), browser, at)


async def new_recovery_code(session: AsyncSession, chat: Chat, at: datetime) -> str:
    """Returns a new recovery code, such as `K7QF-2MPX-AB3D-9WYZ`; it replaces the earlier one."""
    code = codes.new_code(RECOVERY_LENGTH)
    await _replace(session, chat, ChatKeyKind.RECOVERY, codes.digest(RECOVERY, code), at)
    return "-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))


async def recover(session: AsyncSession, code: str, browser: str, at: datetime) -> Opened | None:
    """Opens the chat of a recovery code, which stays good; None: there is no such code."""
    chat = await _chat_of(session, ChatKeyKind.RECOVERY, codes.digest(RECOVERY, code))
    return None if chat is None else await open_in(session, chat, browser, at)


async def new_feed(session: AsyncSession, chat: Chat, at: datetime) -> str:
    """Returns the token of a link that a calendar follows; it replaces an earlier one."""
    return await _new_link(session, chat, ChatKeyKind.FEED, at)


async def chat_of_feed(session: AsyncSession, token: str) -> Chat | None:
    """Returns the chat whose moments a link shows; None: there is no such link (any more)."""
    return await _chat_of(session, ChatKeyKind.FEED, _digest(ChatKeyKind.FEED, token))


async def _new_link(
    session: AsyncSession,
    chat: Chat,
    kind: ChatKeyKind,
    at: datetime,
    expires_at: datetime | None = None,
) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await _replace(session, chat, kind, _digest(kind, token), at, expires_at)
    return token


async def _replace(
    session: AsyncSession,
    chat: Chat,
    kind: ChatKeyKind,
    digest: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> None:
    channel, address = chat
    row = ChatKeyRow
    await session.execute(
        delete(row).where(row.channel == channel, row.address == address, row.kind == kind)
    )
    session.add(
        row(
            channel=channel,
            address=address,
            kind=kind,
            digest=digest,
            created_at=at,
            expires_at=expires_at,
        )
    )
    await session.flush()


def _is_move(token: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    digest = _digest(ChatKeyKind.MOVE, token)
    return ChatKeyRow.digest == digest, ChatKeyRow.expires_at > at


async def _chat_of(session: AsyncSession, kind: ChatKeyKind, digest: str) -> Chat | None:
    row = ChatKeyRow
    query = select(row.channel, row.address).where(row.kind == kind, row.digest == digest)
    chat = (await session.execute(query)).one_or_none()
    return None if chat is None else (chat[0], chat[1])
