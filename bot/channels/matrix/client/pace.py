"""Sends as fast as the homeserver lets, and waits while it asks to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog

from bot.channels.base import SendCancelled, ShouldSend, TemporaryFailure
from bot.channels.connection.rate_limit import RateLimiter, RateLimits, WaitTooLong
from bot.channels.matrix.client.api import checked_response

log = structlog.get_logger(__name__)

# Each homeserver has limits of its own, and reports them only when they are exceeded. So the bot
# sends as fast as it can, and after a refusal as slowly as the homeserver asks.
NO_KNOWN_LIMITS = RateLimits(per_second=None, chat_seconds=0.0, group_seconds=0.0)
# How long a message is retried while the homeserver asks to wait.
MAX_RETRY_SECONDS = 60.0


class Pace:
    """The order and the pauses of what is sent.

    Args:
        channel: its name, for the log.
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._rate_limiter = RateLimiter(NO_KNOWN_LIMITS)

    @property
    def is_busy(self) -> bool:
        """Whether something is being sent or waits."""
        return self._rate_limiter.is_busy

    async def call(
        self, room_id: str, call: Callable[[], Any], *, urgent: bool, should_send: ShouldSend
    ) -> Any:  # noqa: ANN401 - nio's own type
        """Calls again while the homeserver asks to wait, for `MAX_RETRY_SECONDS` at most.

        Raises:
            SendCancelled: `should_send` says no when it is its turn.
            SendError: what the homeserver answered.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + MAX_RETRY_SECONDS
        while True:
            try:
                async with self._slot(room_id, urgent=urgent):
                    if not should_send():
                        raise SendCancelled("it does not have to go out any more")
                    return await checked_response(call())
            except WaitTooLong as error:
                if loop.time() > give_up_at:
                    raise TemporaryFailure(str(error), timedelta(seconds=error.seconds)) from error
                await asyncio.sleep(min(error.seconds, 1.0))
            except TemporaryFailure as error:
                if not error.after or loop.time() > give_up_at:
                    raise

    @asynccontextmanager
    async def _slot(self, room_id: str, *, urgent: bool) -> AsyncIterator[None]:
        async with self._rate_limiter.slot(room_id, urgent=urgent):
            try:
                yield
            except TemporaryFailure as error:
                if error.after:
                    log.info("asked to wait", channel=self._channel, seconds=error.after.seconds)
                    self._rate_limiter.pause_after_refusal(room_id, error.after.total_seconds())
                raise
