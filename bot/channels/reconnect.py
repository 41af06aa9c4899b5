"""The state of the connection to a platform, and retrying until it works."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from bot.channels.base import InvalidCredentials, SendError, TemporaryFailure

log = structlog.get_logger(__name__)
T = TypeVar("T")
BETWEEN_TRIES = wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)


class Connection:
    """The state of the connection to a platform.

    Args:
        platform: its name, for the log.

    Attributes:
        trouble: what is wrong with it, in a sentence; None: it works.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self.trouble: str | None = "not logged in yet"

    async def retry(self, call: Callable[[], Awaitable[T]]) -> T:
        """Calls until it succeeds, at growing intervals; logs each kind of failure once.

        Raises:
            InvalidCredentials: the platform refuses the bot; retrying is useless.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_temporary),
            wait=_wait_seconds,
            before_sleep=self._log_failure,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await call()
        raise AssertionError  # unreachable: there is no limit to the attempts

    def _log_failure(self, state: RetryCallState) -> None:
        error = str(_error_of(state))
        if self.trouble != error:
            log.warning(f"{self._platform} does not answer", error=error)
        self.trouble = error


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, SendError) and not isinstance(error, InvalidCredentials)


def _wait_seconds(state: RetryCallState) -> float:
    """Returns what the platform asks for, and never less than the growing interval."""
    error = _error_of(state)
    requested = error.after.total_seconds() if isinstance(error, TemporaryFailure) else 0.0
    return max(requested, BETWEEN_TRIES(state))


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
