"""The browsers that may read a chat: their cookies, of which only the digest is kept."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import ChatEvent
from bot.store.db.notifications.chat_wakes import announce
from bot.store.members.members import chats_of_members
from bot.store.schema.chat import ChatBrowserRow, ChatKeyKind, ChatKeyRow
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.web import SignInRow, WebSessionRow

VALID_FOR = timedelta(days=180)
"""Since the last visit."""
ROTATE_AFTER = timedelta(hours=1)
UNDER_WAY = timedelta(minutes=1)
"""Of two tabs, one gets the new cookie; the other may be under way with the one before."""
BEGIN_AGAIN_WITHIN = timedelta(minutes=10)
TOKEN_BYTES = 32
ADDRESS_BYTES = 16
MOST_BROWSERS = 10
"""Of one chat; the oldest ends when another one begins."""

Chat = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A browser that just got a chat.

    Attributes:
        row: the browser.
        cookie: the token for its cookie.
    """

    row: ChatBrowserRow
    cookie: str


def cookie_digest(cookie: str) -> str:
    """Returns what is kept of a cookie."""
    return _digest("cookie", cookie)


def _digest(purpose: str, token: str) -> str:
    return sha256(f"{purpose}/{token}".encode()).hexdigest()


# -- beginning


def begun_with(form: str) -> str:
    """Returns the digest of the form with which a chat begins."""
    return _digest("begin", form)


async def begin(
    session: AsyncSession, channel: str, form: str, browser: str, at: datetime
) -> Opened | None:
    """Begins a chat in a browser; the same form within minutes goes on with the same chat.

    Args:
        session: the transaction.
        channel: the channel of the chat.
        form: the token of the form, which nobody else has.
        browser: what the browser calls itself.
        at: the present.

    Returns:
        The browser; None: this form began a chat too long ago.
    """
    digest = begun_with(form)
    row = await session.scalar(select(ChatBrowserRow).where(ChatBrowserRow.begun_with == digest))
    if row is None:
        address = secrets.token_hex(ADDRESS_BYTES)
        return await open_in(session, (channel, address), browser, at, digest)
    if row.created_at <= at - BEGIN_AGAIN_WITHIN:
        return None
    cookie = secrets.token_urlsafe(TOKEN_BYTES)
    row.digest, row.previous_digest, row.rotated_at = cookie_digest(cookie), None, at
    await session.flush()
    return Opened(row, cookie)


async def open_in(
    session: AsyncSession, chat: Chat, browser: str, at: datetime, begun_with: str | None = None
) -> Opened:
    """Gives a new browser this chat."""
    cookie = secrets.token_urlsafe(TOKEN_BYTES)
    row = ChatBrowserRow(
        channel=chat[0],
        address=chat[1],
        digest=cookie_digest(cookie),
        begun_with=begun_with,
        form_key=secrets.token_hex(TOKEN_BYTES),
        browser=browser,
        created_at=at,
        rotated_at=at,
        expires_at=at + VALID_FOR,
    )
    session.add(row)
    await session.flush()
    newest = select(ChatBrowserRow.id).where(*_of(chat)).order_by(ChatBrowserRow.id.desc())
    ids = (await session.scalars(newest.limit(MOST_BROWSERS))).all()
    await session.execute(delete(ChatBrowserRow).where(*_of(chat), ChatBrowserRow.id < min(ids)))
    return Opened(row, cookie)


# -- coming back


async def find(session: AsyncSession, cookie: str, at: datetime) -> ChatBrowserRow | None:
    """Returns the browser with this cookie; None: there is none, or it has ended."""
    digest = cookie_digest(cookie)
    row = ChatBrowserRow
    query = select(row).where(
        or_(row.digest == digest, row.previous_digest == digest), row.expires_at > at
    )
    return await session.scalar(query)


async def rotate(session: AsyncSession, cookie: str, at: datetime) -> Opened | None:
    """Replaces the cookie if it is old, and prolongs the browser's time; None: it is not old.

    The one before stays good until the browser comes with the new one: an answer may be lost on its
    way, and somebody on a train must not lose their chat by that.
    """
    row = await find(session, cookie, at)
    if row is None:
        return None
    digest = cookie_digest(cookie)
    is_fresh = row.rotated_at > at - UNDER_WAY
    if row.digest == digest and not is_fresh:
        row.previous_digest = None
    if is_fresh or (row.digest == digest and row.rotated_at > at - ROTATE_AFTER):
        return None
    new = secrets.token_urlsafe(TOKEN_BYTES)
    row.previous_digest, row.digest = digest, cookie_digest(new)
    row.rotated_at, row.expires_at = at, at + VALID_FOR
    await session.flush()
    return Opened(row, new)


async def languages_of(
    session: AsyncSession, browser_ids: Collection[int], at: datetime
) -> dict[int, str]:
    """Returns the languages of whose browsers these are, by browser; empty for no member.

    Those that have ended or are locked are left out.
    """
    row = ChatBrowserRow
    is_its_address = (AddressRow.channel == row.channel) & (AddressRow.address == row.address)
    query = (
        select(row.id, func.coalesce(MemberRow.language, ""))
        .select_from(row)
        .outerjoin(AddressRow, is_its_address)
        .outerjoin(MemberRow, MemberRow.id == AddressRow.member_id)
        .where(row.id.in_(browser_ids), row.expires_at > at, _is_open(at))
    )
    return {found[0]: found[1] for found in (await session.execute(query)).all()}


def needs_rotation(row: ChatBrowserRow, at: datetime) -> bool:
    """Returns whether `rotate` may change something."""
    has_previous = row.previous_digest is not None and row.rotated_at <= at - UNDER_WAY
    return has_previous or row.rotated_at <= at - ROTATE_AFTER


# -- ending


async def of_chat(session: AsyncSession, chat: Chat, at: datetime) -> Sequence[ChatBrowserRow]:
    """Returns the browsers that have this chat open, oldest first."""
    query = select(ChatBrowserRow).where(*_of(chat), ChatBrowserRow.expires_at > at)
    return (await session.scalars(query.order_by(ChatBrowserRow.id))).all()


async def end(session: AsyncSession, chat: Chat, *, only: int | None = None, keep: int = 0) -> None:
    """Ends browsers of a chat, and what whoever had one of them may have made or read there.

    That is its recovery code, its links to another browser and to a calendar, and whatever opens
    the pages for it: they open the chat again.

    Args:
        session: the transaction.
        chat: whose.
        only: the one to end; None: all.
        keep: the one that stays.
    """
    statement = delete(ChatBrowserRow).where(*_of(chat), ChatBrowserRow.id != keep)
    if only is not None:
        statement = statement.where(ChatBrowserRow.id == only)
    await session.execute(statement)
    key = ChatKeyRow
    await session.execute(delete(key).where(key.channel == chat[0], key.address == chat[1]))
    await session.execute(delete(SignInRow).where(SignInRow.address_id.in_(_address_of(chat))))
    await session.execute(
        delete(WebSessionRow)
        .where(WebSessionRow.address_id.in_(_address_of(chat)))
        .execution_options(synchronize_session=False)
    )
    await announce(session, chat, ChatEvent.OWN)  # what was signed out has to see it at once


async def end_own(session: AsyncSession, browser: ChatBrowserRow) -> None:
    """Ends the browser that asks for it, and its link to another one; the code stays good.

    Where the pages are open for this chat in a browser of the same name, that ends too: it may be
    the same one, and whoever uses it next would read there what the chat hides.
    """
    chat = (browser.channel, browser.address)
    await session.execute(
        delete(WebSessionRow)
        .where(
            WebSessionRow.address_id.in_(_address_of(chat)),
            WebSessionRow.browser == browser.browser,
        )
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(ChatBrowserRow).where(ChatBrowserRow.id == browser.id))
    await session.execute(
        delete(ChatKeyRow).where(
            ChatKeyRow.channel == chat[0],
            ChatKeyRow.address == chat[1],
            ChatKeyRow.kind == ChatKeyKind.MOVE,
        )
    )
    await announce(session, chat, ChatEvent.OWN)  # what was signed out has to see it at once


async def of_member(
    session: AsyncSession, member_id: int, at: datetime, *, without: Chat
) -> list[ChatBrowserRow]:
    """Returns the browsers that have a chat of this member open, but for those of one chat."""
    return [
        row
        for chat in await chats_of_members(session, [member_id])
        if chat != without
        for row in await of_chat(session, chat, at)
    ]


async def end_of_member(session: AsyncSession, member_id: int, *, without: Chat) -> None:
    """Ends the browsers of all chats of a member, but for those of one chat."""
    for chat in await chats_of_members(session, [member_id]):
        if chat != without:
            await end(session, chat)


def _address_of(chat: Chat) -> Select[int]:
    return select(AddressRow.id).where(AddressRow.channel == chat[0], AddressRow.address == chat[1])


def _is_open(at: datetime) -> ColumnElement[bool]:
    return or_(ChatBrowserRow.locks_at.is_(None), ChatBrowserRow.locks_at > at)


def _of(chat: Chat) -> tuple[ColumnElement[bool], ...]:
    return ChatBrowserRow.channel == chat[0], ChatBrowserRow.address == chat[1]
