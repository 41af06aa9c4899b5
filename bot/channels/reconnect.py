"""The line to a platform: whether it works, and trying until it does."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.channels.base import InvalidCredentials, SendError, TemporaryFailure
from bot.retries import RECONNECT

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Connection:
    """What is wrong with the line to a platform, if anything is.

    Args:
        platform: its name, for the log.

    Attributes:
        trouble: in a sentence; None: it works.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self.trouble: str | None = "not logged in yet"

    async def until_it_works(self, call: Callable[[], Awaitable[T]]) -> T:
        """Asks again and again, ever longer after each other; what is wrong is logged once.

        Raises:
            BadToken: the platform does not know us; asking again is of no use.
        """
        attempts = RECONNECT.attempts(
            _is_temporary, requested_wait=_requested_wait, on_failure=self._tell
        )
        async for attempt in attempts:
            with attempt:
                return await call()
        raise AssertionError  # it never gives up

    def _tell(self, error: BaseException) -> None:
        if self.trouble != str(error):
            log.warning(f"{self._platform} does not answer", error=str(error))
        self.trouble = str(error)


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, SendError) and not isinstance(error, InvalidCredentials)


def _requested_wait(error: BaseException) -> timedelta:
    return error.after if isinstance(error, TemporaryFailure) else timedelta()
