"""The ids of a channel's messages, kept in the database for as long as they can be deleted."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.delivery.batch_writer import BatchWriter
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_transient, retry_transient
from bot.store.nudges import sent_messages

log = structlog.get_logger(__name__)


class StoredSentMessages:
    """The messages on one channel that can still be taken back.

    Args:
        database: where their ids are kept.
        channel: its name.
        clock: returns the present.
    """

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database, self._channel, self._clock = database, channel, clock
        self._write_batch = BatchWriter(self._write, is_common=is_transient)

    async def keep(self, address: str, messages: Sequence[str]) -> None:
        """Keeps the ids of messages; those that arrive at the same time share a transaction.

        If that fails, it is logged: the messages were sent, and must not be sent again for it.
        """
        now = self._clock()
        try:
            for message in messages:
                await self._write_batch(((self._channel, address), message, now))
        except DATABASE_ERRORS as error:
            log.warning("ids of messages not kept", error=error_message(error))

    async def _write(self, sent: list[tuple[sent_messages.Chat, str, datetime]]) -> None:
        async for attempt in retry_transient():
            with attempt:
                async with self._database.writing() as connection:
                    await sent_messages.keep(connection, sent)
