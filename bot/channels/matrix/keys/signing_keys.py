"""The account's signing keys: a master key, and the two that it signs.

See <https://spec.matrix.org/latest/client-server-api/#cross-signing>.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from signedjson.key import (
    decode_signing_key_base64,
    encode_signing_key_base64,
    encode_verify_key_base64,
    generate_signing_key,
    get_verify_key,
)
from signedjson.sign import sign_json

USES = ("master", "self_signing", "user_signing")


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The three keys with which an account signs its own devices, itself, and other accounts.

    Attributes:
        seeds: the private half of each as base64, by use.
    """

    seeds: Mapping[str, str]

    @classmethod
    def generate(cls) -> Self:
        """Returns new keys."""
        return cls({use: encode_signing_key_base64(generate_signing_key("new")) for use in USES})

    @classmethod
    def parsed(cls, seeds: Mapping[str, Any] | None) -> Self | None:
        """Returns the keys with these seeds; None: one of them is missing or no key."""
        if seeds is None or not all(isinstance(seeds.get(use), str) for use in USES):
            return None
        keys = cls({use: seeds[use] for use in USES})
        try:
            for use in USES:
                keys.public(use)
        except ValueError:
            return None
        return keys

    def public(self, use: str) -> str:
        """Returns a key's public half, which is also its name."""
        key = decode_signing_key_base64("ed25519", "1", self.seeds[use])
        return str(encode_verify_key_base64(get_verify_key(key)))

    def is_published_as(self, use: str, published: Mapping[str, Any]) -> bool:
        """Returns whether the key of this use that the homeserver shows is ours."""
        return f"ed25519:{self.public(use)}" in (published.get("keys") or ())

    def signed(self, content: dict[str, Any], user_id: str, use: str) -> dict[str, Any]:
        """Returns `content` with a signature by one of the keys."""
        key = decode_signing_key_base64("ed25519", self.public(use), self.seeds[use])
        return dict(sign_json(content, user_id, key))

    def described(self, user_id: str, use: str) -> dict[str, Any]:
        """Returns a key as it is published."""
        public = self.public(use)
        return {"user_id": user_id, "usage": [use], "keys": {f"ed25519:{public}": public}}
