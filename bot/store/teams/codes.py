"""Codes that people pass on: easy to read aloud, hard to guess, kept as a digest alone."""

import secrets
from hashlib import sha256

# Without letters and digits that look alike: five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code(length: int) -> str:
    """A random code of so many characters, five bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def digest(purpose: str, code: str) -> str:
    """What is kept of a code for this purpose; capitals, spaces and dashes make no difference."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return sha256(f"{purpose}/{plain}".encode()).hexdigest()
