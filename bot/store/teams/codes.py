"""Codes that people pass on: easy to read aloud, hard to guess, stored only as a digest."""

import secrets
from hashlib import sha256

# Without letters and digits that look alike: five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code(length: int) -> str:
    """Returns a random code of `length` characters, five bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def digest(purpose: str, code: str) -> str:
    """Returns the SHA-256 digest under which a code for this purpose is stored, in hexadecimal.

    Upper or lower case, spaces and dashes make no difference.
    """
    plain = "".join(character for character in code.upper() if character.isalnum())
    return sha256(f"{purpose}/{plain}".encode()).hexdigest()
