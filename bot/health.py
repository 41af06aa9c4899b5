"""Whether everything works: what `/readyz` looks at, and what `olievlek check` reports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from sqlalchemy import text

from bot.channel_factory import configured_channels
from bot.channels.base import Channel, IdentityChannel, InvalidCredentials, SendError
from bot.delivery.nudges import NudgeSender
from bot.languages.sentences import Joined, Sentence, Text
from bot.messages import Clock
from bot.replica import Replica
from bot.settings import ConfigError, Settings, require
from bot.startup import check_key, open_database, supported_database
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.members.vault import Vault
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
    try:
        require(settings, "secret_key")
        yield Sentence("check.secret_key"), None
    except ConfigError as error:
        yield Sentence("check.secret_key"), Joined(error.lines)
    try:
        with supported_database():
            async with open_database(settings.database_url) as database:
                state = await migrate.schema_state(database)
                state.require_supported()
                yield Sentence("check.database"), None
                yield (
                    Sentence("check.migrations"),
                    (None if state.up_to_date else Sentence("check.upgrade")),
                )
                if state.up_to_date and settings.secret_key is not None:
                    await check_key(database, Vault(settings.secret_key.get_secret_value()))
    except ConfigError as error:
        yield Sentence("check.database"), Joined(error.lines)
    try:
        for channel in configured_channels(settings, Database(settings.database_url), clock):
            yield Sentence("check.channel", name=channel.name), await _login_trouble(channel)
            await channel.close()
    except ConfigError as error:
        yield Sentence("check.channels"), Joined(error.lines)


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


async def _login_trouble(channel: Channel) -> Text | None:
    try:
        await channel.whoami()
        return await channel.identity.trouble() if isinstance(channel, IdentityChannel) else None
    except InvalidCredentials as error:
        return refused_credentials(error)
    except SendError as error:
        return Sentence("check.unreachable", trouble=error)
