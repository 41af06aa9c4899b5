"""URLs of databases, as settings have them."""

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.config.environment import WrongValue
from bot.languages.sentences import Sentence
from bot.masking import mask, url_passwords
from bot.store.db.engine import sqlite_file


def usable_url(url: str) -> str:
    """Returns the URL of a database as it came, if that database can be used.

    Raises:
        WrongValue: it is no URL, or one of another kind of database.
    """
    mask.add(url_passwords(url))
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # whose message may contain a part of the password
        raise WrongValue(Sentence("setting.database_url")) from None
    if "sslmode" in parts.query:
        raise WrongValue(Sentence("setting.sslmode"))
    if parts.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise WrongValue(Sentence("setting.database_kind"))
    return url


def usable_keys_url(url: str | None) -> str | None:
    """Returns the URL of a key store as it came, as `usable_url` does; None stays so."""
    return None if url is None else usable_url(url)


def absolute_url(text: str, folder: Path) -> str:
    """Returns the URL of a database, on SQLite with the absolute path of its file."""
    url = make_url(text)
    if sqlite_file(url) is None or str(url.database).startswith("file:"):
        return text
    placed = url.set(database=str(folder / str(url.database)))
    return placed.render_as_string(hide_password=False)
