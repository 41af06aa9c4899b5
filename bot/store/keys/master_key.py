"""The master key: the operator's own, which wraps all keys in the key store and is not in it.

Keys are wrapped with AES-256-GCM. What comes out is the nonce, and then the output of AES-GCM.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from hmac import digest
from itertools import pairwise
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
FINGERPRINT_LENGTH = 16  # hexadecimal digits
# Of 32 random bytes fewer than this differ once in 10^14 keys.
FEWEST_DISTINCT_BYTES = 16


class WrongKey(Exception):
    """A ciphertext does not open with this key, or there is no key any more."""


class LostKey(WrongKey):
    """What was sealed for a member opens for nobody any more, or will not until a key is back."""


class WeakKey(ValueError):
    """A key that is plainly not random."""


def new_secret_key() -> str:
    """Returns a new master key: 32 random bytes as 44 characters of URL-safe base64."""
    return urlsafe_b64encode(token_bytes(KEY_BYTES)).decode()


def key_bytes(secret_key: str) -> bytes:
    """Returns the 32 bytes that `secret_key` encodes.

    Raises:
        WeakKey: they are plainly not random.
        ValueError: it is not the base64 of 32 bytes.
    """
    try:
        key = urlsafe_b64decode(secret_key.encode("ascii"))
    except (Base64Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes, not {KEY_BYTES}")
    if _is_weak(key):
        raise WeakKey("is not random")
    return key


def _is_weak(key: bytes) -> bool:
    """Returns whether few bytes differ, each is as far from the last, or all are one alphabet's."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    is_text = all(0x20 <= byte < 0x7F for byte in key)  # a sentence, or hexadecimal digits
    return len(set(key)) < FEWEST_DISTINCT_BYTES or len(steps) == 1 or is_text


class MasterKey:
    """The operator's key, or the one that is to replace it.

    Args:
        secret_key: the key as `new_secret_key` makes it.

    Attributes:
        fingerprint: tells master keys apart, and says nothing about the key.

    Raises:
        ValueError: `secret_key` is malformed or weak.
    """

    def __init__(self, secret_key: str) -> None:
        key = key_bytes(secret_key)
        self.fingerprint = digest(key, b"olievlek/fingerprint", sha256).hex()[:FINGERPRINT_LENGTH]
        self._cipher = AESGCM(key)

    def wrap(self, label: str, key: bytes) -> bytes:
        """Returns a key encrypted with this one; it opens with the same `label` only."""
        return encrypt(self._cipher, key, label)

    def unwrap(self, label: str, wrapped: bytes) -> bytes:
        """Returns the key that `wrap` encrypted.

        Raises:
            WrongKey: it was wrapped by another master key, or under another label.
        """
        return decrypt(self._cipher, wrapped, label)


def encrypt(cipher: AESGCM, content: bytes, label: str) -> bytes:
    """Returns a new nonce and `content` encrypted with it; `label` is authenticated along."""
    nonce = token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, label.encode())


def decrypt(cipher: AESGCM, sealed: bytes, label: str) -> bytes:
    """Returns what `encrypt` encrypted.

    Raises:
        WrongKey: it was encrypted with another key or label, or was changed.
    """
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except (InvalidTag, ValueError) as error:
        raise WrongKey(f"{label} does not open with this key") from error
