"""An application that is loaded when somebody first asks for something of it."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.masking import without_text

log = structlog.get_logger(__name__)
RETRY_SECONDS = 10


class LoadedLater:
    """Hands requests on to an application that the first of them has loaded.

    That takes some tenths of a second, in a thread, so that others are answered meanwhile. When it
    fails, the log says why, and for some seconds each request is answered with 503.

    Args:
        load: imports and returns the application.
        retry_seconds: after how long a failure is tried again.
    """

    def __init__(self, load: Callable[[], ASGIApp], retry_seconds: float = RETRY_SECONDS) -> None:
        self._load, self._retry_seconds = load, retry_seconds
        self._loading: asyncio.Task[ASGIApp | None] | None = None
        self._again_at = 0.0  # by the event loop's clock, after a failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        if self._loading is None or self._may_try_again(self._loading):
            self._loading = asyncio.create_task(self._loaded())
        app = await asyncio.shield(self._loading)  # whoever asked first may go
        await (app or self._unavailable())(scope, receive, send)

    def _may_try_again(self, loading: asyncio.Task[ASGIApp | None]) -> bool:
        has_failed = loading.done() and loading.result() is None
        return has_failed and asyncio.get_running_loop().time() >= self._again_at

    async def _loaded(self) -> ASGIApp | None:
        try:
            return await asyncio.to_thread(self._load)
        except Exception as error:
            log.error("the pages cannot be loaded", **without_text(error))
            self._again_at = asyncio.get_running_loop().time() + self._retry_seconds
            return None

    def _unavailable(self) -> ASGIApp:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        headers = {"retry-after": f"{self._retry_seconds:.0f}"}
        return PlainTextResponse(status.phrase, status, headers)
