"""Whether everything works: what `/readyz` looks at, and what `olievlek check` reports."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from bot.channels.base import Channel, InvalidCredentials
from bot.delivery.nudges import NudgeSender
from bot.languages.sentences import Sentence
from bot.replica import Replica
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.web.server import Checks


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
    elif _is_unencrypted(settings.public_url):
        unencrypted = Advice("check.pages_unencrypted", name=variable_name("public_url"))
        yield Sentence("check.pages"), unencrypted
    if not (settings.controller_name and settings.controller_contact):
        yield Sentence("check.controller"), Advice("check.controller_unset")


def _is_unencrypted(public_url: str) -> bool:
    """Returns whether browsers would keep no cookie of ours, because others could read it."""
    parts = urlsplit(public_url)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "http" and not is_here


def refused_credentials(error: InvalidCredentials) -> Sentence:
    """Returns what to do about credentials that a platform refuses."""
    return Sentence("check.refused", name=error)


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
