"""The offers of a channel without buttons, kept in the database."""

from bot.channels.choices import Choices
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.db.errors import retry_transient
from bot.store.nudges import pending_choices


class StoredChoices:
    """What was offered on one channel.

    Args:
        database: where it is kept.
        channel: its name.
        clock: tells the present.
    """

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database, self._channel, self._clock = database, channel, clock

    async def keep(self, address: str, offer: Choices) -> None:
        """Remembers an offer; one without choices is forgotten."""
        place = (self._channel, address, offer.receipt)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    await pending_choices.keep(session, place, offer.choices, self._clock())

    async def of(self, address: str, receipt: str) -> Choices | None:
        """What this message offers."""
        async with self._database.reading() as session:
            choices = await pending_choices.choices_under(
                session, (self._channel, address, receipt)
            )
        return None if choices is None else _choices(receipt, choices)

    async def latest(self, address: str) -> Choices | None:
        """What was offered last at this address, and not withdrawn."""
        async with self._database.reading() as session:
            found = await pending_choices.latest_choices(session, self._channel, address)
        return None if found is None else _choices(*found)


def _choices(receipt: str, choices: pending_choices.Choices) -> Choices:
    return Choices(receipt, tuple((label, action) for label, action in choices))
