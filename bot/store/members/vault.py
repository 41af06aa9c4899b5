"""The vault: seals what members write under a key per member, and shreds it by deleting the key.

A member's words are encrypted with AES-256-GCM under the member's own key. That key is stored in
the database, itself encrypted (wrapped) with AES-256-GCM under the operator's
`OLIEVLEK_SECRET_KEY`, which is never stored there. A ciphertext is the nonce followed by the
output of AES-GCM.

What waits in the inbox or the outbox is sealed under one key for all, which HKDF (RFC 5869) derives
from the operator's: its writer may not be a member yet, and its row is gone within days.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.members import MemberKeyRow

KEY_BYTES = 32
NONCE_BYTES = 12
WAITING = b"olievlek/waiting"
PSEUDONYMS = b"olievlek/pseudonyms"
PSEUDONYM_LENGTH = 16  # hexadecimal digits


class WrongKey(Exception):
    """A ciphertext does not open with this key, or there is no key any more."""


def new_secret_key() -> str:
    """Returns a new operator's key: 32 random bytes as 44 characters of URL-safe base64."""
    return urlsafe_b64encode(token_bytes(KEY_BYTES)).decode()


def key_bytes(secret_key: str) -> bytes:
    """Returns the 32 bytes that `secret_key` encodes.

    Raises:
        ValueError: it is not the base64 of 32 bytes.
    """
    try:
        key = urlsafe_b64decode(secret_key.encode("ascii"))
    except (Base64Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes, not {KEY_BYTES}")
    return key


class Vault:
    """Seals and opens what members write, with the operator's key.

    Args:
        secret_key: the operator's key, as `new_secret_key` makes it.

    Raises:
        ValueError: `secret_key` is malformed.
    """

    def __init__(self, secret_key: str) -> None:
        key = key_bytes(secret_key)
        self._operator = AESGCM(key)
        self._waiting = AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=WAITING).derive(key))
        self._pseudonyms = HKDF(SHA256(), KEY_BYTES, salt=None, info=PSEUDONYMS).derive(key)

    async def seal(self, session: AsyncSession, member_id: int, label: str, words: str) -> bytes:
        """Returns `words` sealed for a member; they open with the same `label` only.

        A member who has no key yet gets one.

        Raises:
            WrongKey: the member's key was wrapped by another operator's key.
        """
        key = await self._key_of(session, member_id, make=True)
        return _encrypt(AESGCM(key), words.encode(), label)

    async def open(self, session: AsyncSession, member_id: int, label: str, sealed: bytes) -> str:
        """Returns the words that were sealed for a member.

        Raises:
            WrongKey: they were sealed under another key or label, or the key was shredded.
        """
        key = await self._key_of(session, member_id, make=False)
        return _decrypt(AESGCM(key), sealed, label).decode()

    def seal_waiting(self, label: str, content: bytes) -> bytes:
        """Returns what waits to be handled or sent, sealed; it opens with the same `label` only."""
        return _encrypt(self._waiting, content, label)

    def open_waiting(self, label: str, sealed: bytes) -> bytes:
        """Returns what `seal_waiting` sealed.

        Raises:
            WrongKey: it was sealed under another operator's key or label.
        """
        return _decrypt(self._waiting, sealed, label)

    def pseudonym(self, text: str) -> str:
        """Returns a short digest of a text, which nobody can compute without the operator's key."""
        return hmac.digest(self._pseudonyms, text.encode(), "sha256").hex()[:PSEUDONYM_LENGTH]

    @staticmethod
    async def shred(session: AsyncSession, member_id: int) -> None:
        """Deletes the member's key, so that nothing sealed under it can be opened any more."""
        await session.execute(delete(MemberKeyRow).where(MemberKeyRow.member_id == member_id))

    async def fits(self, session: AsyncSession) -> bool:
        """Returns whether the operator's key is the one that wrapped the keys in this database."""
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
        await session.flush()  # from here on `get` finds it, so that a member never has two keys
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
