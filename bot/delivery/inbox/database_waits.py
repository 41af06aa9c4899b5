"""Logs when items of the inbox begin to wait for the database, and when none waits any longer.

A lock that another program holds is no outage, and `/readyz` does not see it: only what needs the
locked rows waits.
"""

import structlog

from bot.store.db.errors import error_message

log = structlog.get_logger(__name__)


class DatabaseWaits:
    """The items of one channel that wait for the database.

    Args:
        channel: its name.
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._waiting: set[int] = set()

    def failed(self, item_id: int, error: BaseException) -> None:
        """Adds an item that the database refused, and logs the error if no other item waits."""
        if not self._waiting:
            log.warning(
                "what came in waits for the database",
                channel=self._channel,
                error=error_message(error),
            )
        self._waiting.add(item_id)

    def over(self, item_id: int) -> None:
        """Removes an item from those that wait, and logs the end of the wait if none is left."""
        if item_id in self._waiting:
            self._waiting.discard(item_id)
            if not self._waiting:
                log.info("what came in no longer waits for the database", channel=self._channel)

    def forget(self) -> None:
        """Forgets them all, because this process stops handling them."""
        self._waiting.clear()
