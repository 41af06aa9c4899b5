"""Where the signing keys are kept: in a file, and sealed in the account data of the homeserver.

With the copy a bot whose folder was lost signs its next device by itself. The homeserver cannot
read it: it is sealed with AES-256-GCM under a key that HKDF (RFC 5869) derives from the operator's,
and opens for this account alone.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nio import AsyncClient

from bot.channels.base import SendError
from bot.channels.matrix.client.api import account_data, save_account_data
from bot.channels.matrix.keys.private_file import read_private, write_private_json
from bot.channels.matrix.keys.signing_keys import SigningKeys

log = structlog.get_logger(__name__)
SIGNING = "nl.olievlek.signing"  # our account data on the homeserver
KEY_BYTES = 32
NONCE_BYTES = 12


class UnusableCopy(Exception):
    """A copy was sealed with another key or for another account, or somebody changed it."""


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """The signing keys as they were found in both places.

    Attributes:
        in_file: those of the file; None: it is missing or unusable.
        copied: those that the homeserver keeps; None: it keeps none, or they do not open.
        is_copy_unusable: whether it keeps some that do not open.
    """

    in_file: SigningKeys | None
    copied: SigningKeys | None
    is_copy_unusable: bool


class SigningKeyStore:
    """The signing keys in both places.

    Args:
        file: the first place.
        secret: derived from the operator's key; seals the second.
    """

    def __init__(self, file: Path, secret: str) -> None:
        self._file = file
        key = HKDF(SHA256(), KEY_BYTES, salt=None, info=SIGNING.encode()).derive(secret.encode())
        self._cipher = AESGCM(key)

    async def read(self, client: AsyncClient) -> StoredKeys:
        """Returns the keys of both places.

        Raises:
            SendError: the homeserver cannot be asked.
        """
        in_file = SigningKeys.parsed(read_private(self._file))
        content = await account_data(client, SIGNING)
        try:
            copied = self._opened(content, client.user_id) if content else None
        except UnusableCopy as error:
            log.warning("the copy of the signing keys cannot be opened", error=str(error))
            return StoredKeys(in_file, None, is_copy_unusable=True)
        return StoredKeys(in_file, copied, is_copy_unusable=False)

    async def write(self, client: AsyncClient, keys: SigningKeys, stored: StoredKeys) -> None:
        """Brings both places to `keys`, those where `stored` has others or none."""
        if keys != stored.in_file:
            self.write_file(keys)
        if keys != stored.copied:
            await self.write_copy(client, keys)

    def write_file(self, keys: SigningKeys) -> None:
        """Saves the keys, readable by the owner alone."""
        write_private_json(self._file, dict(keys.seeds))

    async def write_copy(self, client: AsyncClient, keys: SigningKeys) -> None:
        """Saves the sealed copy; if the homeserver refuses it, only the log says so."""
        try:
            await save_account_data(client, SIGNING, self._sealed(keys, client.user_id))
        except SendError as error:
            log.warning("the signing keys have no copy on the homeserver", error=str(error))

    def _sealed(self, keys: SigningKeys, user_id: str) -> dict[str, Any]:
        nonce, seeds = token_bytes(NONCE_BYTES), json.dumps(dict(keys.seeds)).encode()
        sealed = nonce + self._cipher.encrypt(nonce, seeds, user_id.encode())
        return {"sealed": b64encode(sealed).decode()}

    def _opened(self, content: dict[str, Any], user_id: str) -> SigningKeys:
        try:
            sealed = b64decode(content["sealed"], validate=True)
            nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            seeds = json.loads(self._cipher.decrypt(nonce, ciphertext, user_id.encode()))
        except (KeyError, TypeError, ValueError, InvalidTag) as error:
            raise UnusableCopy(type(error).__name__) from None
        keys = SigningKeys.parsed(seeds)
        if keys is None:
            raise UnusableCopy("no keys")
        return keys
