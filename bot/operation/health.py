"""Whether everything works: what `/readyz` looks at, and what `olievlek check` reports."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import text

from bot.channels.base import Channel, InvalidCredentials
from bot.delivery.nudges.nudges import NudgeSender
from bot.languages.sentences import Sentence
from bot.operation.replica import Replica
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
