"""The vault: seals what members write under a key per member, and shreds it by deleting the key.

A member's words are encrypted with AES-256-GCM under the member's own key, what waits in the inbox
or the outbox under one key for all (its writer may not be a member yet), and sealed columns under
another (see `bot.store.keys.column_cipher`). All of these are in the key store, wrapped by the
master key, which is in neither database. A ciphertext is the nonce followed by the output of
AES-GCM.

A member's key is committed in the key store before anything that is sealed with it: a key of which
nothing came harms nobody. Shredding goes first, and then the rows: what is left after a crash in
between cannot be read, and erasing is tried again.
"""

import hmac
from functools import partial
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.config.environment import variable_name
from bot.languages.sentences import Sentence
from bot.store.admin import audit
from bot.store.db.column_types import follow_trail_with
from bot.store.db.engine import Database
from bot.store.keys.audit_head import AuditHeads
from bot.store.keys.column_cipher import COLUMN_KEY_BYTES, ColumnCipher
from bot.store.keys.key_store import KEYS_URL, KeyStore, KeysUnusable, WrappedKey
from bot.store.keys.labels import data_label, member_label
from bot.store.keys.master_key import KEY_BYTES, LostKey, WrongKey, decrypt, encrypt
from bot.store.keys.master_keys import MasterKeys
from bot.store.keys.sealed_sample import SealedSample, sealed_sample

# The keys of the data: what each is for, and its length.
COLUMNS, WAITING, CHANNELS = "columns", "waiting", "channels"
DATA_KEY_BYTES = {COLUMNS: COLUMN_KEY_BYTES, WAITING: KEY_BYTES, CHANNELS: KEY_BYTES}
PSEUDONYMS, AUDIT_TRAIL = b"olievlek/pseudonyms", b"olievlek/audit"
SUBJECTS = b"olievlek/subjects"
PSEUDONYM_LENGTH = 16  # hexadecimal digits
MOST_OPEN_KEYS = 1_000  # members whose keys are kept unwrapped in memory


class Vault:
    """Seals and opens, with the keys of a key store; locked until `unlock` has opened that.

    Args:
        secret_key: the master key, as `new_secret_key` makes it.
        variable: the setting that holds it, for messages.

    Raises:
        ValueError: `secret_key` is malformed or weak.
    """

    def __init__(self, secret_key: str, variable: str = variable_name("secret_key")) -> None:
        self.masters = MasterKeys(secret_key)
        self._variable = variable
        self._unlocked_store: KeyStore | None = None
        self._heads: AuditHeads | None = None
        self._data_keys: dict[str, bytes] = {}
        self._open_keys: dict[int, AESGCM] = {}
        self._shreddings = 0

    @property
    def is_unlocked(self) -> bool:
        """Whether its keys are open."""
        return self._unlocked_store is not None

    async def unlock(self, database: Database) -> None:
        """Opens the key store of a database, which is closed with it, and its sealed columns.

        The keys of the data are made if there are none, and nothing is sealed yet.

        Raises:
            KeysUnusable: the keys are missing, of another database, or wrapped by another key.
        """
        sample = await sealed_sample(database)
        store = KeyStore(database.keys_url)
        database.closes(store.close)
        if sample is not None and not await store.has_tables():
            raise _missing(store)
        await store.open()
        keys = await self._made_data_keys(store, sample)
        try:
            opened = {name: await self._unwrap(store, name, keys[name]) for name in DATA_KEY_BYTES}
        except WrongKey as error:
            wanted, given = keys[COLUMNS].master, self.masters.own.fingerprint
            raise KeysUnusable(
                Sentence("config.other_key", name=self._variable, wanted=wanted, given=given)
            ) from error
        cipher = ColumnCipher(opened[COLUMNS])
        _check(store, sample, cipher)
        audit_key = _derived(opened[CHANNELS], AUDIT_TRAIL)
        database.seal_columns(cipher, audit_key)
        self._data_keys, self._unlocked_store = opened, store
        self._heads = AuditHeads(store, audit_key)
        if sample is None:  # in any other database a head that is gone is told
            await audit.begin_head(database, self._heads)
        follow_trail_with(database.engine.dialect, partial(audit.follow, database, self._heads))
        self._open_keys.clear()

    async def _made_data_keys(
        self, store: KeyStore, sample: SealedSample | None
    ) -> dict[str, WrappedKey]:
        known = await store.data_keys()
        if sample is not None and COLUMNS not in known:
            raise _missing(store)
        missing = DATA_KEY_BYTES.keys() - known.keys()
        for name in missing:
            key = token_bytes(DATA_KEY_BYTES[name])
            wrap = partial(self.masters.wrap_newest, data_label(name), key)
            await store.add_data_key(name, wrap)
        return await store.data_keys() if missing else known

    # -- what members write

    async def seal(self, member_id: int, label: str, words: str) -> bytes:
        """Returns `words` sealed for a member; they open with the same `label` only.

        A member who has no key yet gets one. The key is looked up each time, never remembered:
        another replica may have shredded the one that is in memory here.

        Raises:
            LostKey: the member's key is wrapped by a master key that nobody has.
            WrongKey: the master key was rotated, and this process has the old one still.
        """
        stored = await self.store.member_key(member_id)
        if stored is None:
            key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
            wrap = partial(self.masters.wrap_newest, member_label(member_id), key)
            stored = await self.store.add_member_key(member_id, wrap)
        return encrypt(await self._opened(member_id, stored), words.encode(), label)

    async def open(self, member_id: int, label: str, sealed: bytes) -> str:
        """Returns the words that were sealed for a member.

        Raises:
            LostKey: the key is gone, or is wrapped by a master key that nobody has; or they were
                sealed under another key or label, or were changed.
            WrongKey: the master key was rotated, and this process has the old one still.
        """
        cipher = self._open_keys.get(member_id)
        if cipher is None:
            shreddings = self._shreddings
            stored = await self.store.member_key(member_id)
            if stored is None:
                raise LostKey(f"member {member_id} has no key")
            cipher = await self._opened(member_id, stored)
            if shreddings == self._shreddings:  # or it may be the one that was shredded meanwhile
                self._remember(member_id, cipher)
        try:
            return decrypt(cipher, sealed, label).decode()
        except WrongKey as error:
            raise LostKey(str(error)) from error

    async def shred(self, member_id: int) -> None:
        """Deletes the member's key, so that nothing sealed under it can be opened any more.

        That is committed when this returns, whatever becomes of the caller's transaction.
        """
        self._forget(member_id)
        await self.store.shred(member_id)
        self._forget(member_id)

    def _remember(self, member_id: int, cipher: AESGCM) -> None:
        while len(self._open_keys) >= MOST_OPEN_KEYS:
            del self._open_keys[next(iter(self._open_keys))]
        self._open_keys[member_id] = cipher

    def _forget(self, member_id: int) -> None:
        self._shreddings += 1
        self._open_keys.pop(member_id, None)

    async def _opened(self, member_id: int, stored: WrappedKey) -> AESGCM:
        try:
            master = await self.masters.master_of(stored, self.store)
            return AESGCM(master.unwrap(member_label(member_id), stored.wrapped))
        except WrongKey as error:
            for data_key in (await self.store.data_keys()).values():
                await self.masters.master_of(data_key, self.store)  # or this process is behind
            raise LostKey(f"the key of member {member_id} is lost") from error

    async def members_with_key(self) -> frozenset[int]:
        """Returns the numbers of the members whose key can be unwrapped, by its fingerprint."""
        masters = await self.store.masters_of_members()
        known = {master for master in set(masters.values()) if await self._knows(master)}
        return frozenset(member_id for member_id, master in masters.items() if master in known)

    async def _knows(self, master: str) -> bool:
        try:
            await self.masters.master_of(WrappedKey(b"", master), self.store)
        except WrongKey:
            return False
        return True

    # -- what belongs to no member

    def seal_waiting(self, label: str, content: bytes) -> bytes:
        """Returns what waits to be handled or sent, sealed; it opens with the same `label` only."""
        return encrypt(AESGCM(self._data_key(WAITING)), content, label)

    def open_waiting(self, label: str, sealed: bytes) -> bytes:
        """Returns what `seal_waiting` sealed.

        Raises:
            WrongKey: it was sealed under another key or label.
        """
        return decrypt(AESGCM(self._data_key(WAITING)), sealed, label)

    def pseudonym(self, text: str) -> str:
        """Returns a short digest of a text, which nobody can compute without the keys."""
        key = _derived(self._data_key(CHANNELS), PSEUDONYMS)
        return hmac.digest(key, text.encode(), "sha256").hex()[:PSEUDONYM_LENGTH]

    def subject_digest(self, issuer: str, subject: str) -> str:
        """Returns a digest of an account at an issuer, which nobody can compute without the keys.

        It is 64 hexadecimal digits, so that no two accounts have the same one.
        """
        key = _derived(self._data_key(CHANNELS), SUBJECTS)
        return hmac.digest(key, f"{len(issuer)} {issuer} {subject}".encode(), "sha256").hex()

    def channel_key(self, channel: str) -> str:
        """Returns the key of what a channel keeps for itself: 64 hexadecimal digits.

        It is derived from one that all channels share.
        """
        return _derived(self._data_key(CHANNELS), channel.encode()).hex()

    async def finish_rotation(self) -> None:
        """Forgets the master keys before this one, once every key is wrapped by it."""
        await self.store.forget_successors(self.masters.own.fingerprint)

    async def _unwrap(self, store: KeyStore, name: str, stored: WrappedKey) -> bytes:
        master = await self.masters.master_of(stored, store)
        return master.unwrap(data_label(name), stored.wrapped)

    def _data_key(self, name: str) -> bytes:
        if not self._data_keys:
            raise WrongKey("the vault is locked")
        return self._data_keys[name]

    @property
    def audit_heads(self) -> AuditHeads:
        """Keeps the head of the audit trail.

        Raises:
            WrongKey: the vault is locked.
        """
        if self._heads is None:
            raise WrongKey("the vault is locked")
        return self._heads

    @property
    def store(self) -> KeyStore:
        """The key store.

        Raises:
            WrongKey: the vault is locked.
        """
        if self._unlocked_store is None:
            raise WrongKey("the vault is locked")
        return self._unlocked_store


def _derived(key: bytes, purpose: bytes) -> bytes:
    """Returns the key for a purpose that HKDF (RFC 5869) derives from another one."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)


def _missing(store: KeyStore) -> KeysUnusable:
    return KeysUnusable(Sentence("config.no_keys", name=KEYS_URL, place=store.place))


def _check(store: KeyStore, sample: SealedSample | None, cipher: ColumnCipher) -> None:
    """Checks that these are the keys of the data.

    Raises:
        KeysUnusable: a value in the data does not open.
    """
    try:
        if sample is not None:
            cipher.open(sample.label, sample.sealed)
    except WrongKey as error:
        reason = Sentence("config.other_keys", name=KEYS_URL, place=store.place)
        raise KeysUnusable(reason) from error
