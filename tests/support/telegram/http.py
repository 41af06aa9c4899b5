"""The HTTP server under the Bot API, in the event loop of the test."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.support.telegram.rules import UPLOAD_BYTES


class HttpServer:
    """The HTTP server, in the event loop of the test."""

    def __init__(self, respond: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        self._responding: set[asyncio.Task[None]] = set()
        self._respond = respond
        app = web.Application(client_max_size=2 * UPLOAD_BYTES)
        app.router.add_route("*", "/{path:.*}", self._tracked)
        self._runner = web.AppRunner(
            app, handle_signals=False, access_log=None, shutdown_timeout=1.0
        )

    async def start(self, listening: socket.socket) -> None:
        """Serve on this socket, from now on."""
        await self._runner.setup()
        await web.SockSite(self._runner, listening, backlog=1024).start()

    @property
    def connections(self) -> int:
        """How many there are now; a poll whose client is gone may wait on without one."""
        known = self._runner.server.connections if self._runner.server else []
        return sum(one.transport is not None for one in known)

    async def stop(self) -> None:
        """Break off at once, and serve no more."""
        for site in list(self._runner.sites):
            await site.stop()
        for connection in self._runner.server.connections if self._runner.server else []:
            if connection.transport is not None:
                connection.transport.abort()
        # The connections are gone after one turn of the loop, and the requests see that.
        await asyncio.sleep(0)
        await asyncio.gather(*self._responding, return_exceptions=True)
        await self._runner.cleanup()

    async def _tracked(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._responding.add(task)
        try:
            return await self._respond(request)
        finally:
            self._responding.discard(task)
