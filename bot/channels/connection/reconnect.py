"""The state of the connection to a platform, and retrying until it works."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.channels.base import InvalidCredentials, SendError, TemporaryFailure
from bot.retries import RECONNECT, STORE

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Connection:
    """The state of the connection to a platform.

    Args:
        platform: its name, for the log.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._trouble: str | None = "not logged in yet"
        self._is_logged = False

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, in a sentence; None: it works."""
        return self._trouble

    def works(self) -> None:
        """Notes that the platform answers; logged if a failure was."""
        if self._is_logged:
            log.info(f"{self._platform} answers again")
        self._trouble, self._is_logged = None, False

    async def retry(self, call: Callable[[], Awaitable[T]]) -> T:
        """Calls until it succeeds, at growing intervals; logs each kind of failure once.

        Raises:
            InvalidCredentials: the platform refuses the bot; retrying is useless.
        """
        attempts = RECONNECT.attempts(
            _is_temporary, requested_wait=_requested_wait, on_failure=self._log_failure
        )
        async for attempt in attempts:
            with attempt:
                return await call()
        raise AssertionError  # unreachable: there is no limit to the attempts

    def _log_failure(self, error: BaseException) -> None:
        if self._trouble != str(error):
            log.warning(f"{self._platform} does not answer", error=str(error))
            self._is_logged = True
        self._trouble = str(error)


async def retry_storing(call: Callable[[], Awaitable[T]]) -> T:
    """Calls until it succeeds, for what needs the database and not the platform.

    So that no platform is blamed for it, and everything goes on within seconds when it works again.
    """
    async for attempt in STORE.attempts(_is_temporary):
        with attempt:
            return await call()
    raise AssertionError  # unreachable: there is no limit to the attempts


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, SendError) and not isinstance(error, InvalidCredentials)


def _requested_wait(error: BaseException) -> timedelta:
    return error.after if isinstance(error, TemporaryFailure) else timedelta()
