"""Signing in to the pages: links that work once, and the sessions of browsers.

A link and a session belong to a chat, so that whoever opened them may do what that chat may.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.engine import upsert
from bot.store.schema.chat import ChatKeyKind, ChatKeyRow
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.web import OpeningRow, SignInRow, WebSessionRow

LINK_VALID_FOR = timedelta(minutes=10)
SESSION_VALID_FOR = timedelta(hours=12)
ROTATE_AFTER = timedelta(hours=1)
# For requests that were under way when the cookie was replaced.
PREVIOUS_VALID_FOR = timedelta(minutes=1)
TOKEN_BYTES = 32
MOST_SESSIONS = 10
"""Of one chat; the oldest ends when another one begins."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with whose it is.

    Attributes:
        row: the session.
        member: who is signed in.
        chat: the channel and address for which they are.
        has_previous_cookie: whether the cookie was replaced a moment ago.
    """

    row: WebSessionRow
    member: MemberRow
    chat: tuple[str, str]
    has_previous_cookie: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """One time that somebody opened a Mini App.

    Attributes:
        id: the same for the same opening, and for no other.
        expires_at: from when it is not believed any more, so it need not be remembered either.
    """

    id: str
    expires_at: datetime


def _digest(purpose: str, token: str) -> str:
    return sha256(f"{purpose}/{token}".encode()).hexdigest()


# -- links


async def new_link(session: AsyncSession, chat: tuple[str, str], at: datetime) -> str:
    """Returns the token of a link for this chat, which replaces an earlier one."""
    address_id = await address_id_of(session, chat)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await session.execute(delete(SignInRow).where(SignInRow.address_id == address_id))
    session.add(
        SignInRow(
            address_id=address_id,
            digest=_digest("sign-in", token),
            expires_at=at + LINK_VALID_FOR,
        )
    )
    await session.flush()
    return token


async def language_of_link(session: AsyncSession, token: str, at: datetime) -> str | None:
    """Returns the language of the member whose link this is; None: it does not work (any more)."""
    query = (
        select(MemberRow.language)
        .join(AddressRow, AddressRow.member_id == MemberRow.id)
        .join(SignInRow, SignInRow.address_id == AddressRow.id)
        .where(SignInRow.digest == _digest("sign-in", token), SignInRow.expires_at > at)
    )
    return await session.scalar(query)


async def sign_in(
    session: AsyncSession, token: str, browser: str, at: datetime
) -> tuple[SignedIn, str] | None:
    """Uses a link up and opens a session; None: the link does not work (any more).

    The DELETE decides: of two browsers that use the link at the same time, one gets None.

    Returns:
        The session, and the token for its cookie.
    """
    statement = (
        delete(SignInRow)
        .where(SignInRow.digest == _digest("sign-in", token), SignInRow.expires_at > at)
        .returning(SignInRow.address_id)
    )
    address_id = await session.scalar(statement)
    return None if address_id is None else await begin(session, address_id, browser, at)


async def address_id_of(session: AsyncSession, chat: tuple[str, str]) -> int | None:
    """Returns the id of the address of a member's chat; None: it is of no member."""
    query = select(AddressRow.id).where(
        AddressRow.channel == chat[0], AddressRow.address == chat[1]
    )
    return await session.scalar(query)


async def open_once(
    session: AsyncSession, address_id: int, opening: Opening, browser: str, at: datetime
) -> tuple[SignedIn, str] | None:
    """Opens a session for whoever opened a Mini App; None: this opening was used before.

    The INSERT decides: of two requests with the same opening, one gets None.

    Returns:
        The session, and the token for its cookie.
    """
    statement = (
        upsert(session.get_bind().dialect.name, OpeningRow)
        .values(
            address_id=address_id,
            digest=_digest("opening", opening.id),
            expires_at=opening.expires_at,
        )
        .on_conflict_do_nothing()
        .returning(OpeningRow.digest)
    )
    is_first = await session.scalar(statement) is not None
    return await begin(session, address_id, browser, at) if is_first else None


async def begin(
    session: AsyncSession, address_id: int, browser: str, at: datetime
) -> tuple[SignedIn, str] | None:
    """Opens a session for a chat; returns it with the token for its cookie."""
    cookie = secrets.token_urlsafe(TOKEN_BYTES)
    row = WebSessionRow(
        address_id=address_id,
        digest=_digest("session", cookie),
        form_key=secrets.token_hex(TOKEN_BYTES),
        browser=browser,
        created_at=at,
        rotated_at=at,
        expires_at=at + SESSION_VALID_FOR,
    )
    session.add(row)
    await session.flush()
    newest = (
        select(WebSessionRow.id)
        .where(WebSessionRow.address_id == address_id)
        .order_by(WebSessionRow.id.desc())
        .limit(MOST_SESSIONS)
    )
    ids = (await session.scalars(newest)).all()
    await session.execute(
        delete(WebSessionRow).where(
            WebSessionRow.address_id == address_id, WebSessionRow.id < min(ids)
        )
    )
    signed_in = await find(session, cookie, at)
    return None if signed_in is None else (signed_in, cookie)


# -- sessions


async def find(session: AsyncSession, cookie: str, at: datetime) -> SignedIn | None:
    """Returns the session with this cookie; None: there is none, or it has ended."""
    digest = _digest("session", cookie)
    query = (
        select(WebSessionRow, MemberRow, AddressRow.channel, AddressRow.address)
        .join(AddressRow, AddressRow.id == WebSessionRow.address_id)
        .join(MemberRow, MemberRow.id == AddressRow.member_id)
        .where(
            or_(
                WebSessionRow.digest == digest,
                (WebSessionRow.previous_digest == digest)
                & (WebSessionRow.rotated_at > at - PREVIOUS_VALID_FOR),
            ),
            WebSessionRow.expires_at > at,
        )
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    row, member, channel, address = found
    return SignedIn(row, member, (channel, address), row.digest != digest)


async def rotate(session: AsyncSession, signed_in: SignedIn, at: datetime) -> str | None:
    """Returns a new token for the cookie if the old one is an hour old; None: it is not yet.

    Of two requests at the same time one gets a new token, and the other may still use the old one.
    """
    row = signed_in.row
    if signed_in.has_previous_cookie or row.rotated_at > at - ROTATE_AFTER:
        return None
    cookie = secrets.token_urlsafe(TOKEN_BYTES)
    statement = (
        update(WebSessionRow)
        .where(WebSessionRow.id == row.id, WebSessionRow.digest == row.digest)
        .values(digest=_digest("session", cookie), previous_digest=row.digest, rotated_at=at)
        .returning(WebSessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return None if await session.scalar(statement) is None else cookie


async def sessions_of_member(
    session: AsyncSession, member_id: int, at: datetime
) -> Sequence[WebSessionRow]:
    """Returns the open sessions of all chats of a member, oldest first."""
    query = (
        select(WebSessionRow)
        .join(AddressRow, AddressRow.id == WebSessionRow.address_id)
        .where(AddressRow.member_id == member_id, WebSessionRow.expires_at > at)
        .order_by(WebSessionRow.id)
    )
    return (await session.scalars(query)).all()


async def end_sessions(session: AsyncSession, member_id: int, session_id: int | None = None) -> int:
    """Ends one session of a member, or all of them and their links; returns how many there were.

    A link that opens a chat in another browser goes too: it may have been made in that session.
    """
    own = select(AddressRow.id).where(AddressRow.member_id == member_id)
    statement = delete(WebSessionRow).where(WebSessionRow.address_id.in_(own))
    chats = exists().where(
        AddressRow.member_id == member_id,
        AddressRow.channel == ChatKeyRow.channel,
        AddressRow.address == ChatKeyRow.address,
    )
    moves = delete(ChatKeyRow).where(ChatKeyRow.kind == ChatKeyKind.MOVE, chats)
    await session.execute(moves.execution_options(synchronize_session=False))
    if session_id is None:
        await session.execute(delete(SignInRow).where(SignInRow.address_id.in_(own)))
    else:
        statement = statement.where(WebSessionRow.id == session_id)
    ended = await session.scalars(
        statement.returning(WebSessionRow.id).execution_options(synchronize_session=False)
    )
    return len(ended.all())
