"""The offers of a channel without buttons, kept in the database."""

from bot.channels.choices import Offer
from bot.messages import Clock
from bot.store.db.engine import Database, patiently
from bot.store.nudges import pending_choices


class KeptOffers:
    """What was offered on one channel.

    Args:
        database: where it is kept.
        channel: its name.
        clock: tells the present.
    """

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database, self._channel, self._clock = database, channel, clock

    async def keep(self, address: str, offer: Offer) -> None:
        """Remembers an offer; one without choices is forgotten."""
        place = (self._channel, address, offer.receipt)
        async for attempt in patiently():
            with attempt:
                async with self._database.transaction() as session:
                    await pending_choices.keep(session, place, offer.choices, self._clock())

    async def of(self, address: str, receipt: str) -> Offer | None:
        """What this message offers."""
        async with self._database.reading() as session:
            choices = await pending_choices.of(session, (self._channel, address, receipt))
        return None if choices is None else _offer(receipt, choices)

    async def latest(self, address: str) -> Offer | None:
        """What was offered last at this address, and not withdrawn."""
        async with self._database.reading() as session:
            found = await pending_choices.latest(session, self._channel, address)
        return None if found is None else _offer(*found)


def _offer(receipt: str, choices: pending_choices.Choices) -> Offer:
    return Offer(receipt, tuple((label, action) for label, action in choices))
