"""How sealed columns are encrypted: the same text in the same column always becomes the same bytes.

The cipher is AES-SIV (RFC 5297), which is deterministic and authenticated. Its synthetic IV is a
keyed digest of the text, so a column can be compared and be unique although it is sealed. Whoever
has the data alone sees that two rows hold the same text, and how long it is, and nothing else.
"""

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from bot.store.keys.master_key import WrongKey

COLUMN_KEY_BYTES = 64  # two keys of AES-256: one for the synthetic IV, one for the text


@dataclass(frozen=True)
class ColumnCipher:
    """Seals and opens the columns of one database.

    Attributes:
        key: 64 random bytes.
    """

    key: bytes = field(repr=False)

    @cached_property
    def _cipher(self) -> AESSIV:
        return AESSIV(self.key)

    def seal(self, label: str, text: str) -> bytes:
        """Returns the text sealed; it opens with the same label only."""
        return self._cipher.encrypt(text.encode(), [label.encode()])

    def open(self, label: str, sealed: bytes) -> str:
        """Returns the text that was sealed.

        Raises:
            WrongKey: it was sealed with another key or label, or was changed.
        """
        try:
            return self._cipher.decrypt(sealed, [label.encode()]).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongKey(f"{label} does not open with this key") from error
