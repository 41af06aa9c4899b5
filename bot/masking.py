"""Keeps secrets out of what is printed and logged."""

import json
import re
from collections.abc import Iterable, Iterator
from traceback import extract_tb
from typing import Any
from urllib.parse import quote, unquote

HIDDEN = "***"
MAX_CAUSES = 5
# To replace each `o` would make a log unreadable, and show a secret by the places where it is not.
MIN_LENGTH = 3
# Up to the first @ and up to the last: which one ends a password depends on who reads the URL.
URL_PASSWORDS = (
    re.compile(r"://[^:/@\s]*:([^@\s]+)@"),
    re.compile(r"://[^:/@\s]*:(\S+)@"),
    re.compile(r"[?&]password=([^&#\s]+)"),
)


class SecretMask:
    """Replaces secrets by `***`, in each spelling that they take in URLs, JSON and error texts."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secrets: Iterable[str]) -> None:
        """Hides these as well, from now on; those of one or two characters stay visible."""
        for secret in secrets:
            if len(secret) >= MIN_LENGTH:
                self._spellings |= _spellings(secret)
        if self._spellings:
            # Longest first, so that no part remains of a secret that contains another.
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """Returns `text` with every secret replaced."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def url_passwords(text: str) -> Iterator[str]:
    """Yields what may be a password in any URL in `text`, also in one that is malformed."""
    for pattern in URL_PASSWORDS:
        yield from pattern.findall(text)


def _spellings(secret: str) -> set[str]:
    texts = {secret, unquote(secret)}
    in_urls = {quote(text, safe=safe) for text in texts for safe in ("/", "")}
    in_quotes = {quoted(text)[1:-1] for text in texts for quoted in (json.dumps, repr)}
    return texts | in_urls | in_quotes


mask = SecretMask()
"""Hides the secrets of this process's settings; reading the settings adds them."""


def without_text(error: BaseException) -> dict[str, Any]:
    """Returns what may be logged of a fault met while handling what somebody wrote.

    The text of an error often quotes the value at fault, which can be a reflection. So this is the
    kind of the error and of its causes, and the lines that it passed, the innermost last.
    """
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < MAX_CAUSES:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = extract_tb(error.__traceback__)
    return {"error": " from ".join(kinds), "at": [f"{f.filename}:{f.lineno}" for f in frames]}
