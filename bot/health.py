"""Whether everything works: what `/readyz` looks at, and what `olievlek check` reports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.channel_factory import configured_channels
from bot.channels.base import Channel, IdentityChannel, InvalidCredentials, SendError
from bot.delivery.nudges import NudgeSender
from bot.environment import variable_name
from bot.languages.sentences import Joined, Sentence, Text
from bot.messages import Clock
from bot.replica import Replica
from bot.settings import ConfigError, Settings
from bot.startup import open_database, supported_database, unlock, vault_from
from bot.store.db import migrate
from bot.store.db.engine import Database, sqlite_file
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.keys.key_file import is_open_to_others
from bot.store.keys.key_store import KEYS_URL
from bot.store.lifecycle import erase
from bot.store.members import reflections
from bot.store.members.vault import Vault
from bot.web.server import Checks

ENV_FILE = Path(".env")


class Advice(Sentence):
    """What would be better otherwise, though nothing is wrong."""


def readiness_checks(
    database: Database, nudge_sender: NudgeSender, channels: Sequence[Channel], replica: Replica
) -> Checks:
    """Returns the checks of `/readyz` by name; each returns what is wrong, None when nothing is.

    A replica that stands by for a channel counts as ready: it cannot be more ready than that.
    """

    def channel_check(channel: Channel) -> Callable[[], Awaitable[str | None]]:
        async def trouble() -> str | None:
            return None if replica.is_standing_by(channel.name) else await channel.trouble()

        return trouble

    return {
        "database": lambda: _database_trouble(database),
        "sending": nudge_sender.trouble,
        **{channel.name: channel_check(channel) for channel in channels},
    }


async def check(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Text, Text | None]]:
    """Checks the configuration, the database and the log-ins, as `olievlek check` reports them.

    Args:
        settings: as read from the environment.
        clock: returns the present.

    Yields:
        What was checked, and what to do about it; None: it is in order.
    """
    vault = None
    try:
        vault = vault_from(settings)
        yield Sentence("check.secret_key"), None
    except ConfigError as error:
        yield Sentence("check.secret_key"), Joined(error.lines)
    for finding in _key_safety(settings):
        yield finding
    try:
        with supported_database():
            opening = open_database(settings.database_url, keys_url=settings.keys_url)
            async with opening as database:
                state = await migrate.schema_state(database)
                state.require_supported()
                yield Sentence("check.database"), None
                yield (
                    Sentence("check.migrations"),
                    (None if state.up_to_date else Sentence("check.upgrade")),
                )
                if vault is not None:
                    yield (
                        Sentence("check.keys"),
                        await _trouble_unlocking(database, vault)
                        or (await _old_keys(database, vault) if state.up_to_date else None),
                    )
    except ConfigError as error:
        yield Sentence("check.database"), Joined(error.lines)
    try:
        database = Database(settings.database_url)
        for channel in configured_channels(settings, database, clock, vault):
            yield Sentence("check.channel", name=channel.name), await _login_trouble(channel)
            await channel.close()
    except ConfigError as error:
        yield Sentence("check.channels"), Joined(error.lines)
    if not settings.public_url:
        yield Sentence("check.pages"), Advice("check.pages_unset", name=variable_name("public_url"))
    if not (settings.controller_name and settings.controller_contact):
        yield Sentence("check.controller"), Advice("check.controller_unset")


def refused_credentials(error: InvalidCredentials) -> Sentence:
    """Returns what to do about credentials that a platform refuses."""
    return Sentence("check.refused", name=error)


async def _trouble_unlocking(database: Database, vault: Vault) -> Text | None:
    try:
        await unlock(database, vault)
    except ConfigError as error:
        return Joined(error.lines)
    return None


async def _old_keys(database: Database, vault: Vault) -> Text | None:
    """Returns what is wrong when an older copy of the key store was put back."""
    async with database.reading() as session:
        erased = len(await erase.keys_of_erased(session, vault))
        unreadable = await reflections.members_without_key(session, vault)
    if unreadable:
        return Sentence("check.lost_keys", n=unreadable)
    return Sentence("check.erased_keys", n=erased) if erased else None


def _key_safety(settings: Settings) -> Iterator[tuple[Text, Text]]:
    """Yields the files with keys that others can read, and advice on keys that lie with the data.

    Whoever gets a copy of everything in one place can read everything.
    """
    data = sqlite_file(make_url(settings.database_url))
    keys_url = settings.keys_location
    key_file = settings.secret_key_file or (ENV_FILE if _holds_key(ENV_FILE) else None)
    for file in (settings.secret_key_file, ENV_FILE, sqlite_file(keys_url)):
        if file is not None and is_open_to_others(file):
            yield Sentence("check.private", file=file), Sentence("check.chmod", file=file)
    if data is not None and key_file is not None and key_file.resolve().parent == data.parent:
        beside = Advice("check.key_beside_data", name=variable_name("secret_key_file"))
        yield Sentence("check.apart", file=key_file), beside
    if data is None and keys_url == make_url(settings.database_url):
        yield Sentence("check.keys"), Advice("check.keys_beside_data", name=KEYS_URL)


def _holds_key(file: Path) -> bool:
    try:
        return bool(dotenv_values(file).get(variable_name("secret_key")))
    except UnicodeDecodeError:  # which reading the settings has reported
        return False


async def _database_trouble(database: Database) -> str | None:
    try:
        async with database.reading() as session:
            await session.execute(text("SELECT 1 FROM members LIMIT 1"))
    except DATABASE_ERRORS as error:
        return error_message(error)
    if trouble := await database.write_trouble():
        return trouble
    database.outage.ended()
    return None


async def _login_trouble(channel: Channel) -> Text | None:
    try:
        await channel.whoami()
        return await channel.identity.trouble() if isinstance(channel, IdentityChannel) else None
    except InvalidCredentials as error:
        return refused_credentials(error)
    except SendError as error:
        return Sentence("check.unreachable", trouble=error)
