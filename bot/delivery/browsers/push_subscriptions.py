"""The subscriptions to Web Push of the chats of a channel, in the database."""

from collections.abc import Sequence

from bot.messages import Clock
from bot.push_subscription import Subscription
from bot.store.chat import pushes
from bot.store.db.engine import Database


class StoredSubscriptions:
    """The subscriptions of the browsers of one channel.

    Args:
        database: where they are kept.
        channel: its name.
        clock: returns the present.
    """

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database, self._channel, self._clock = database, channel, clock

    async def claim(self, address: str) -> Sequence[Subscription]:
        """Returns where to tell that something waits in a chat, once until it was opened.

        Most chats have no subscription, and nothing is written for those.
        """
        chat, at = (self._channel, address), self._clock()
        async with self._database.reading() as session:
            if not await pushes.has_any(session, chat, at):
                return []
        async with self._database.transaction() as session:
            return await pushes.claim(session, chat, at)

    async def release(self, endpoint: str) -> None:
        """Has the next message be told there: this one was not."""
        async with self._database.transaction() as session:
            await pushes.release(session, endpoint)

    async def forget(self, endpoint: str) -> None:
        """Deletes a subscription that is gone."""
        async with self._database.transaction() as session:
            await pushes.forget(session, endpoint)
