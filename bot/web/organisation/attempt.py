"""One attempt to sign in at the organisation: all its secrets follow from one cookie.

Nothing has to be kept for a browser that comes back or does not, and whoever reads an address with
`state` and `nonce` in it can compute neither the cookie nor the verifier.
"""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

COOKIE = "__Host-olievlek-organisation"
VALID_FOR_SECONDS = 600
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt.

    Attributes:
        token: what the browser keeps in its cookie.
    """

    token: str

    @classmethod
    def new(cls) -> "Attempt":
        """Returns an attempt that nobody can guess."""
        return cls(secrets.token_urlsafe(TOKEN_BYTES))

    @property
    def state(self) -> str:
        """Returns what comes back with the code, so that no other browser's code is taken."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Returns what stands in the ID token, so that no earlier one is taken."""
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """Returns the secret of PKCE, without which a code is worth nothing."""
        return self._derived("code_verifier")

    def _derived(self, purpose: str) -> str:
        digest = sha256(f"{purpose}/{self.token}".encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
