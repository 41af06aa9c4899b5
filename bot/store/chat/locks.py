"""The locks of browsers: the hash of a PIN, when a lock shuts, and the wrong PINs."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.privacy.chat_lock import MOST_WRONG
from bot.messages import ChatEvent
from bot.store.chat import browsers
from bot.store.db.notifications.chat_wakes import announce
from bot.store.members.members import chats_of_members
from bot.store.members.web_sessions import SignedIn
from bot.store.schema.chat import ChatBrowserRow

# As OWASP's Password Storage Cheat Sheet has it: a quarter of a second, and 32 MiB.
COST, BLOCK, PARALLEL, MEMORY = 2**15, 8, 3, 64 * 2**20
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Attempt:
    """A PIN that is about to be checked, and is counted already.

    Attributes:
        hash: of the right one.
        left: how many more may be wrong.
    """

    hash: str
    left: int


def hash_of(pin: str) -> str:
    """Returns the salted hash of a PIN; it takes a quarter of a second of the processor."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{salt.hex()}/{_scrypt(pin, salt)}"


def is_right(pin: str, hashed: str) -> bool:
    """Returns whether a PIN is the one of a hash; it takes as long as `hash_of`."""
    salt, _, digest = hashed.partition("/")
    return compare_digest(_scrypt(pin, bytes.fromhex(salt)), digest)


def _scrypt(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=MEMORY).hex()


def is_locked(row: ChatBrowserRow, at: datetime) -> bool:
    """Returns whether the lock of a browser has shut; without a lock it never does."""
    return row.locks_at is not None and row.locks_at <= at


async def keeps_out(
    session: AsyncSession, cookie: str | None, signed_in: SignedIn, at: datetime
) -> bool:
    """Returns whether a lock of who is signed in is shut in the browser that asks for the pages.

    It is known by the cookie of its chat, or where that is of somebody else or was taken away, by
    what it calls itself.

    Args:
        session: a transaction.
        cookie: that of its chat; None: it has none.
        signed_in: its session of the pages.
        at: the present.
    """
    own = await browsers.find(session, cookie, at) if cookie else None
    if own is not None:
        chat = (own.channel, own.address)
        if is_locked(own, at) and chat in await chats_of_members(session, [signed_in.member.id]):
            return True
        if chat == signed_in.chat:
            return False
    row, (channel, address) = ChatBrowserRow, signed_in.chat
    is_same = (row.channel == channel, row.address == address)
    query = select(row.id).where(
        *is_same, row.browser == signed_in.row.browser, row.locks_at <= at, row.expires_at > at
    )
    return await session.scalar(query.limit(1)) is not None


async def put_on(
    session: AsyncSession, browser_id: int, hashed: str, minutes: int, at: datetime
) -> None:
    """Gives a browser a lock, which shuts when the browser was not used for so long."""
    locks_at = at + timedelta(minutes=minutes)
    lock = {"lock_hash": hashed, "lock_minutes": minutes, "locks_at": locks_at, "lock_wrong": 0}
    await session.execute(_of(browser_id).values(lock))


async def take_off(session: AsyncSession, browser_id: int) -> None:
    """Takes the lock from a browser, and its hash."""
    lock = {"lock_hash": None, "lock_minutes": None, "locks_at": None, "lock_wrong": 0}
    await session.execute(_of(browser_id).values(lock))


async def shut(session: AsyncSession, row: ChatBrowserRow, at: datetime) -> None:
    """Shuts the lock of a browser at once, if it has one, in its other tabs too."""
    statement = _of(row.id).where(ChatBrowserRow.locks_at > at)
    await session.execute(statement.values(locks_at=at))
    await announce(session, (row.channel, row.address), ChatEvent.OWN)


async def keep_open(session: AsyncSession, row: ChatBrowserRow, at: datetime) -> None:
    """Has the lock of a browser that is used shut later; one that was shut since stays shut."""
    statement = _of(row.id).where(ChatBrowserRow.locks_at == row.locks_at)
    later = at + timedelta(minutes=row.lock_minutes or 0)
    await session.execute(statement.values(locks_at=later))


async def try_pin(session: AsyncSession, browser_id: int) -> Attempt | None:
    """Counts a PIN as wrong before it is checked, so that many at the same time count too.

    None: the browser has no lock, or is gone. Commit before checking the PIN: that takes long.
    """
    row = ChatBrowserRow
    statement = _of(browser_id).where(row.lock_hash.is_not(None), row.lock_wrong < MOST_WRONG)
    counted = statement.values(lock_wrong=row.lock_wrong + 1)
    found = await session.execute(counted.returning(row.lock_hash, row.lock_wrong))
    hashed, wrong = found.one_or_none() or (None, 0)
    return None if hashed is None else Attempt(hashed, MOST_WRONG - wrong)


async def right(session: AsyncSession, row: ChatBrowserRow, at: datetime) -> None:
    """Opens the lock of a browser after a right PIN."""
    later = at + timedelta(minutes=row.lock_minutes or 0)
    await session.execute(_of(row.id).values(locks_at=later, lock_wrong=0))


def _of(browser_id: int) -> Update:
    return update(ChatBrowserRow).where(ChatBrowserRow.id == browser_id)
