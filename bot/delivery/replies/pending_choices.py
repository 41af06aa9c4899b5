"""The pending choices of a channel without buttons, kept in the database."""

from bot.channels.choices import Choices
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.db.errors import retry_transient
from bot.store.nudges import pending_choices


class StoredChoices:
    """The choices that the messages on one channel offer.

    Args:
        database: where they are kept.
        channel: its name.
        clock: returns the present.
    """

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database, self._channel, self._clock = database, channel, clock

    async def keep(self, address: str, offer: Choices) -> None:
        """Stores the choices under a message; without any, what was stored is deleted.

        Raises:
            SQLAlchemyError: the database cannot be used, also after some seconds.
        """
        key = (self._channel, address, offer.receipt)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    await pending_choices.keep(session, key, offer.choices, self._clock())

    async def of(self, address: str, receipt: str) -> Choices | None:
        """Returns the choices under this message; None if it has none."""
        async with self._database.reading() as session:
            choices = await pending_choices.choices_under(
                session, (self._channel, address, receipt)
            )
        return None if choices is None else _choices(receipt, choices)

    async def latest(self, address: str, place: str) -> Choices | None:
        """Returns the newest choices in a room with this address; None if none still stand.

        Args:
            address: whose.
            place: what the receipts of that room end with.
        """
        key = (self._channel, address)
        async with self._database.reading() as session:
            latest = await pending_choices.latest_choices(session, *key, place)
        return None if latest is None else _choices(*latest)


def _choices(receipt: str, choices: pending_choices.Choices) -> Choices:
    return Choices(receipt, tuple((label, action) for label, action in choices))
