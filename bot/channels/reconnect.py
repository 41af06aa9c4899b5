"""The line to a platform: whether it works, and trying until it does."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from bot.channels.base import InvalidCredentials, SendError, TemporaryFailure

log = structlog.get_logger(__name__)
T = TypeVar("T")
BETWEEN_TRIES = wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)


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
        again = AsyncRetrying(
            retry=retry_if_exception(_is_temporary),
            wait=_wait_seconds,
            before_sleep=self._tell,
            reraise=True,
        )
        async for attempt in again:
            with attempt:
                return await call()
        raise AssertionError  # it never gives up

    def _tell(self, state: RetryCallState) -> None:
        error = str(_error_of(state))
        if self.trouble != error:
            log.warning(f"{self._platform} does not answer", error=error)
        self.trouble = error


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, SendError) and not isinstance(error, InvalidCredentials)


def _wait_seconds(state: RetryCallState) -> float:
    """As long as the platform asks, and not shorter than is polite."""
    error = _error_of(state)
    asked = error.after.total_seconds() if isinstance(error, TemporaryFailure) else 0.0
    return max(asked, BETWEEN_TRIES(state))


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
