"""What stands between the bot and its homeserver, and sometimes answers in its place."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, ClientTimeout, web

from tests.support.odd_answers import OddAnswer

# Those of one connection, and what the proxy itself makes of the body.
OWN_HEADERS = ("host", "connection", "content-length", "transfer-encoding", "content-encoding")


@dataclass
class FaultProxy:
    """Passes everything on, but for the calls that get an odd answer.

    Attributes:
        homeserver: the address of the homeserver.
        url: its own.
        given: how many odd answers it gave.
    """

    homeserver: str
    url: str = ""
    given: int = 0
    _odd: list[tuple[re.Pattern[str], OddAnswer]] = field(default_factory=list)

    def answer_next(self, call: str, answer: OddAnswer, times: int = 1) -> None:
        """Gives this answer to the next calls of a kind, which the homeserver does not see.

        Args:
            call: a pattern for method and path, such as `PUT .*/send/`.
            answer: what they get.
            times: how many of them.
        """
        self._odd += [(re.compile(call), answer)] * times

    async def handle(self, request: web.Request) -> web.Response:
        """Answers a call, or passes it on."""
        for number, (call, answer) in enumerate(self._odd):
            if call.match(f"{request.method} {request.path}"):
                del self._odd[number]
                self.given += 1
                return web.Response(
                    body=answer.body, status=answer.status, headers=dict(answer.headers)
                )
        return await self._pass_on(request)

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in OWN_HEADERS}
        async with (
            ClientSession(timeout=ClientTimeout(60)) as session,
            session.request(
                request.method,
                f"{self.homeserver}{request.raw_path}",
                data=await request.read(),
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in OWN_HEADERS}
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)


@asynccontextmanager
async def fault_proxy(homeserver: str) -> AsyncIterator[FaultProxy]:
    """Listens on loopback until the end of the block."""
    proxy = FaultProxy(homeserver)
    application = web.Application(client_max_size=100_000_000)
    application.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield proxy
    finally:
        await runner.cleanup()
