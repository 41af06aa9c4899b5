"""What the bot says, recognised by its catalogues in every language."""

import re
from collections.abc import Iterator
from functools import cache

from bot.languages.po_file import read_catalogue
from bot.languages.registry import languages

VALUE = re.compile(r"\{(\w+)\}")
# What is said about a text that is kept.
KEPT = ("reflection.kept", "reflection.added", "reflection.which", "reflection.edited")
# What tells somebody that their text is not kept, and what to do.
NOT_KEPT = (
    *("hint.text", "stranger.text", "language.unknown", "reflection.too_long"),
    *("rhythm.unclear", "rhythm.partly_clear", "rhythm.no_such_time", "rhythm.quiet"),
    *("rhythm.alternating", "rhythm.many_times"),
)


def values_in(text: str, key: str) -> dict[str, str] | None:
    """Returns the values of the message `key` in `text`; None: the text does not have it."""
    found = next((match for form in _forms(key) if (match := form.search(text))), None)
    return None if found is None else found.groupdict()


def says(text: str, *keys: str) -> bool:
    """Returns whether one of these messages is in `text`."""
    return any(values_in(text, key) is not None for key in keys)


def number_in(text: str, key: str) -> int | None:
    """Returns the number `n` in the message `key`; None: the text does not have it."""
    values = values_in(text, key)
    return None if values is None else int(values["n"])


@cache
def _forms(key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_pattern(form), re.DOTALL) for form in _texts(key))


def _texts(key: str) -> Iterator[str]:
    for language in languages():
        yield from read_catalogue(language.folder / "messages.po").forms[key]


def _pattern(form: str) -> str:
    """Returns a message as a pattern with a group for each of its values."""
    first, *rest = VALUE.split(form)
    parts, known = [re.escape(first)], set[str]()
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        group = "(?P=%s)" if name in known else r"(?P<%s>\d+)" if name == "n" else "(?P<%s>.+?)"
        parts += [group % name, re.escape(text)]
        known.add(name)
    return "".join(parts)
