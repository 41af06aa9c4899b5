"""An application that is loaded when somebody first asks for something of it."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class LoadedLater:
    """Hands requests on to an application that the first of them has loaded.

    That takes some tenths of a second, in a thread, so that others are answered meanwhile.

    Args:
        load: imports and returns the application; what it raises, each request raises until it
            does not any more.
    """

    def __init__(self, load: Callable[[], ASGIApp]) -> None:
        self._load = load
        self._loading = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request."""
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.to_thread(self._load)
            app = self._app
        await app(scope, receive, send)
