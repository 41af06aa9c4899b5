"""Keys per member: seal and open what they wrote, and shred it by destroying the key.

A member's words are sealed with AES-256-GCM under a key of their own; that key lies in the database
wrapped, again with AES-256-GCM, by the operator's `OLIEVLEK_SECRET_KEY`, which never does.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.members import MemberKeyRow

KEY_BYTES = 32
NONCE_BYTES = 12


class WrongKey(Exception):
    """What was sealed cannot be opened with this key."""


def new_secret_key() -> str:
    """A fresh operator's key: 32 random bytes, as base64 in 44 characters."""
    return urlsafe_b64encode(token_bytes(KEY_BYTES)).decode()


def key_bytes(secret_key: str) -> bytes:
    """The 32 bytes that `secret_key` stands for.

    Raises:
        ValueError: it is no base64 of 32 bytes.
    """
    try:
        key = urlsafe_b64decode(secret_key.encode("ascii"))
    except (Base64Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes, not {KEY_BYTES}")
    return key


class Vault:
    """Seals and opens, with the operator's key at hand.

    Args:
        secret_key: as `new_secret_key` makes it.

    Raises:
        ValueError: `secret_key` is malformed.
    """

    def __init__(self, secret_key: str) -> None:
        self._operator = AESGCM(key_bytes(secret_key))

    async def seal(self, session: AsyncSession, member_id: int, label: str, words: str) -> bytes:
        """`words` sealed for `member_id`; opens only with the same `label`."""
        key = await self._key_of(session, member_id, make=True)
        return _encrypt(AESGCM(key), words.encode(), label)

    async def open(self, session: AsyncSession, member_id: int, label: str, sealed: bytes) -> str:
        """What was sealed.

        Raises:
            WrongKey: sealed under another key or label, or the member's key was shredded.
        """
        key = await self._key_of(session, member_id, make=False)
        return _decrypt(AESGCM(key), sealed, label).decode()

    @staticmethod
    async def shred(session: AsyncSession, member_id: int) -> None:
        """Destroys the member's key; nothing sealed under it can be opened any more."""
        await session.execute(delete(MemberKeyRow).where(MemberKeyRow.member_id == member_id))

    async def fits(self, session: AsyncSession) -> bool:
        """Whether the keys in this database were wrapped by this operator's key."""
        row = await session.scalar(select(MemberKeyRow).limit(1))
        try:
            return row is None or bool(self._unwrap(row))
        except WrongKey:
            return False

    async def _key_of(self, session: AsyncSession, member_id: int, *, make: bool) -> bytes:
        row = await session.get(MemberKeyRow, member_id)
        if row is not None:
            return self._unwrap(row)
        if not make:
            raise WrongKey(f"member {member_id} has no key")
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        wrapped = _encrypt(self._operator, key, f"member/{member_id}")
        session.add(MemberKeyRow(member_id=member_id, wrapped=wrapped))
        await session.flush()
        return key

    def _unwrap(self, row: MemberKeyRow) -> bytes:
        return _decrypt(self._operator, row.wrapped, f"member/{row.member_id}")


def _encrypt(cipher: AESGCM, content: bytes, label: str) -> bytes:
    nonce = token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, label.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, label: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except InvalidTag as error:
        raise WrongKey(f"{label} does not open with this key") from error
