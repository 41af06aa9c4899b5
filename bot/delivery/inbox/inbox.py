"""The inbox of one channel: what comes in is stored, and then handled by the leader."""

import asyncio

from bot.channels.base import InboxChannel, ItemReceiver, PageChannel, WebhookChannel
from bot.delivery.inbox.answers import Answers
from bot.delivery.inbox.flood_limits import FloodLimits, InboxLimits
from bot.delivery.inbox.intake import Intake
from bot.delivery.inbox.worker import LOOK_SECONDS, InboxWorker
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.members.vault import Vault

# Other replicas take in what a webhook brings; the one that leads looks for it as often as this.
WEBHOOK_LOOK_SECONDS = 1.0


class Inbox:
    """Stores what a channel brings, and has it handled while this process leads the channel.

    Args:
        channel: brings items, and decodes them.
        database: where they wait.
        vault: seals them.
        clock: returns the present.
        answers: answers them.
        limits: how much one chat may ask.

    Attributes:
        intake: takes items in, also while another replica leads the channel.
    """

    def __init__(
        self,
        channel: InboxChannel,
        database: Database,
        vault: Vault,
        clock: Clock,
        answers: Answers,
        limits: InboxLimits,
    ) -> None:
        flood_limits = FloodLimits(limits)
        is_shared = _is_delivered_to(channel) and not database.is_sqlite
        self._look_seconds = WEBHOOK_LOOK_SECONDS if is_shared else LOOK_SECONDS
        self._channel = channel
        self._worker = InboxWorker(channel, database, vault, clock, answers, flood_limits)
        self._intake = Intake(channel.name, database, vault, clock, flood_limits, self._worker)
        self.intake: ItemReceiver = self._intake

    @property
    def waiting(self) -> int | None:
        """How many items wait or are being handled; None: this process does not know (yet)."""
        return len(self._worker.queues) if self._worker.loaded.is_set() else None

    async def run(self) -> None:
        """Receives and handles until cancelled; what is being handled then may finish.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
        """
        working = asyncio.create_task(self._worker.run(self._look_seconds))
        receiving = asyncio.create_task(self._channel.receive(self.intake))
        try:
            await asyncio.wait([receiving, working], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # First the worker: what it finishes needs the connection, which ends with receiving.
            working.cancel()
            await asyncio.wait([working])
            await self._worker.stop()
            receiving.cancel()
            await asyncio.wait([receiving])
            await self._intake.finished()
        for task in (receiving, working):
            if not task.cancelled():
                task.result()


def _is_delivered_to(channel: InboxChannel) -> bool:
    if isinstance(channel, PageChannel):
        return True
    return isinstance(channel, WebhookChannel) and bool(channel.delivery_paths)
