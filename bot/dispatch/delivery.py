"""One message to one address, and the note that it arrived."""

import asyncio
from dataclasses import replace

from bot.channels.channel import Channel
from bot.store import nudges
from bot.store.engine import Database, patiently
from bot.talk.messages import About, Address, Clock, Outgoing, Picture


class Delivery:
    """Sends through the right channel and keeps the receipt.

    Args:
        database: where receipts go.
        channels: by name.
        clock: tells the present.
    """

    def __init__(self, database: Database, channels: dict[str, Channel], clock: Clock) -> None:
        self.channels = channels
        self._database, self._clock = database, clock

    async def deliver(self, to: Address, message: Outgoing, key: str) -> None:
        """Sends `message`, its picture drawn first, and records the receipt if it is about a nudge.

        Raises:
            Unreachable: it can never arrive.
            NotNow: it may arrive later.
        """
        if message.picture is not None:
            # Drawing takes tens of milliseconds of CPU; other chats go on meanwhile.
            png = await asyncio.to_thread(message.picture.draw)
            message = replace(message, picture=Picture(lambda: png, message.picture.name))
        receipt = await self.channels[to.channel].send(to.id, message, key)
        if receipt is not None and message.about is not None:
            await self._record(to, message.about, receipt, asks=bool(message.buttons))

    async def _record(self, to: Address, about: About, receipt: str, *, asks: bool) -> None:
        async for attempt in patiently():
            with attempt:
                async with self._database.transaction() as session:
                    await nudges.record_receipt(
                        session,
                        about.nudge_id,
                        about.purpose,
                        to.pair,
                        receipt,
                        self._clock(),
                        asks=asks,
                    )
