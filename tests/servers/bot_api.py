"""A server on loopback that speaks the Telegram Bot API, for tests with a real client before it.

It keeps the private chats of the people a test invents, queues what they do as updates, and
refuses what Telegram refuses, in Telegram's words. It knows the methods of `METHODS` and no
others, parse mode HTML and no other, and no groups.

    async with BotApiServer(token="123:abc") as server:
        person = server.person(user_id=7, first_name="Sanne", language_code="nl")
        person.types("/start")
        welcome = await person.receives("Welkom", buttons=["Ja"])
        await person.presses("Ja", on=welcome).answered()
        await person.sees_edit(welcome, buttons=[])
"""

import asyncio
import json
import math
import socket
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .methods import METHODS, NAMES, HungUp, Methods, Upload
from .people import Button, Message, Person, Press
from .rules import UPLOAD_BYTES, ApiError, Params, plain, too_many_requests

__all__ = ["BotApiServer", "Button", "Call", "Message", "Person", "Press", "Upload"]


class Call(NamedTuple):
    """A call as it came in, with the monotonic time at which it did."""

    method: str
    params: Params
    at: float


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an error, or else a connection that closes."""

    error: ApiError | None = None
    after_accepting: bool = False


class BotApiServer(Methods):
    """The Bot API for one bot, at `url` for as long as it is started.

    What it knows (chats, updates, files) outlives a stop and a start, and so does its port.
    """

    def __init__(
        self,
        token: str = "123:abc",
        *,
        per_second: int | None = None,
        per_chat_per_second: int | None = None,
    ) -> None:
        super().__init__(token)
        self.calls: list[Call] = []
        self._pace = _Pace(per_second, per_chat_per_second)
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._delays: dict[str, float] = {}
        self._http: _Http | None = None
        self._port = 0

    # Starting and stopping.

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, on the port of before."""
        assert self._http is None, "The server was started already."
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        app = self._app()
        app.state.http = self._http = _Http(app)
        await self._http.start(listening)

    async def stop(self) -> None:
        """Break all connections and listen no more; open polls end at once."""
        if self._http is not None:
            http, self._http = self._http, None
            self.stops += 1
            self.bell.ring()
            await http.stop()

    @property
    def url(self) -> str:
        """Where the server is, as a setting wants it."""
        return f"http://127.0.0.1:{self._port}"

    # What a test does with it.

    def person(
        self,
        user_id: int = 7,
        first_name: str = "Sanne",
        language_code: str | None = "nl",
        **more: str,
    ) -> Person:
        """The person with this id and a private chat with the bot; a new one if need be."""
        if user_id not in self._people:
            user = {"id": user_id, "is_bot": False, "first_name": first_name, **more}
            language = {"language_code": language_code} if language_code else {}
            self._people[user_id] = Person(self, {**user, **language})
        return self._people[user_id]

    def calls_of(self, method: str) -> list[Params]:
        """The parameters of each call of a method, in order."""
        return [call.params for call in self.calls if call.method == method]

    async def until(
        self,
        holds: Callable[[], object],
        timeout: float = 5,
    ) -> None:
        """Wait until `holds` gives something true; it is looked at after every call."""
        assert await self.bell.until(holds, timeout), f"It did not become so in {timeout:g} s."

    def fail_next(
        self,
        method: str,
        *,
        status: int = 500,
        description: str = "Internal Server Error",
        retry_after: int | None = None,
    ) -> None:
        """Refuse the next call of a method; with `retry_after`, because of the pace."""
        refusal = ApiError(status, description)
        if retry_after is not None:
            refusal = too_many_requests(retry_after)
        self._goes_wrong(method, Fault(refusal))

    def drop_next(self, method: str, *, after_accepting: bool) -> None:
        """Close the connection at the next call of a method, before or after doing it."""
        self._goes_wrong(method, Fault(after_accepting=after_accepting))

    def delay(self, method: str, seconds: float) -> None:
        """From now on let a call of a method wait this long before it is done."""
        assert method in METHODS, f"There is no method {method}."
        self._delays[method] = seconds

    def _goes_wrong(self, method: str, fault: Fault) -> None:
        assert method in METHODS, f"There is no method {method}."
        self._faults[method].append(fault)

    # HTTP.

    def _app(self) -> Starlette:
        verbs = ["GET", "POST"]
        routes = [
            Route("/bot{token}/{method}", self._method, methods=verbs),
            Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            Route("/{path:path}", _nothing_here, methods=verbs),
        ]
        return Starlette(routes=routes)

    async def _method(self, request: Request) -> Response:
        try:
            self._check_token(request)
            result = await self._called(request.path_params["method"], await _params(request))
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        except (HungUp, ClientDisconnect):
            return _NoResponse(request.app.state.http)
        finally:
            self.bell.ring()
        return JSONResponse({"ok": True, "result": result})

    async def _file(self, request: Request) -> Response:
        try:
            self._check_token(request)
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        kept = dict(self._files.values()).get(request.path_params["path"])
        return await _nothing_here(request) if kept is None else Response(kept)

    def _check_token(self, request: Request) -> None:
        if request.path_params["token"] != self.token:
            raise ApiError(401, "Unauthorized")

    async def _called(self, asked: str, params: Params) -> object:
        method = NAMES.get(asked.lower(), asked)
        self.calls.append(Call(method, params, time.monotonic()))
        self.bell.ring()
        await self._wait(self._delays.get(method, 0))
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault and fault.error:
            raise fault.error
        if fault and not fault.after_accepting:
            raise HungUp
        if method not in METHODS:
            raise ApiError(404, "Not Found")
        if method.startswith(("send", "edit")) and method != "sendChatAction":
            self._pace.step(params.get("chat_id"))
        result = await METHODS[method](self, params)
        if fault:
            raise HungUp
        return result

    async def _wait(self, seconds: float) -> None:
        stops = self.stops
        if await self.bell.until(lambda: self.stops != stops, seconds):
            raise HungUp


class _Pace:
    """Telegram's limits on how fast a bot may send, as far as they are set."""

    def __init__(self, overall: int | None, per_chat: int | None) -> None:
        self._overall = overall
        self._per_chat = per_chat
        self._sent: deque[tuple[float, object]] = deque()

    def step(self, chat_id: object) -> None:
        """Count a message, or refuse it when it comes too fast."""
        now = time.monotonic()
        while self._sent and self._sent[0][0] <= now - 1:
            self._sent.popleft()
        here = [at for at, chat in self._sent if chat == chat_id]
        self._check(self._overall, [at for at, _ in self._sent], now)
        self._check(self._per_chat, here, now)
        self._sent.append((now, chat_id))

    def _check(self, limit: int | None, sent: list[float], now: float) -> None:
        if limit is not None and len(sent) >= limit:
            raise too_many_requests(max(1, math.ceil(sent[-limit] + 1 - now)))


class _NoResponse(Response):
    """A connection that closes where a response should come."""

    def __init__(self, http: "_Http") -> None:
        super().__init__()
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._http.hang_up(scope["client"])
        while (await receive())["type"] != "http.disconnect":
            pass


class _Http(uvicorn.Server):
    """Uvicorn in the event loop of the test, with the signals left alone."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
            )
        )
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    async def start(self, listening: socket.socket) -> None:
        """Serve on this socket, from now on."""
        self._running = asyncio.create_task(self.serve([listening]))
        self._running.add_done_callback(lambda _: self._ready.set())
        await self._ready.wait()

    async def stop(self) -> None:
        """Serve no more."""
        self._over.set()
        if self._running is not None:
            await self._running

    def hang_up(self, client: tuple[str, int]) -> None:
        """Close the connection with a client."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the test runner."""
        yield

    async def main_loop(self) -> None:
        """Wait for the stop; Uvicorn itself would look for it ten times a second."""
        self._ready.set()
        await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Break off at once; Uvicorn itself would let every request come to its end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # The connections are gone after one turn of the loop, and the requests see that.
        await asyncio.sleep(0)
        await asyncio.gather(*self.server_state.tasks)


async def _nothing_here(_: Request) -> Response:
    error = ApiError(404, "Not Found")
    return JSONResponse(error.body(), error.status)


async def _params(request: Request) -> Params:
    """The parameters of a call: from its address, and from JSON or a form."""
    if int(request.headers.get("content-length", 0)) > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    params: Params = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        return plain(params | json.loads(await request.body() or b"{}"))
    async with request.form() as form:
        for name, value in form.items():
            params[name] = await _uploaded(value) if isinstance(value, UploadFile) else value
    return plain(params)


async def _uploaded(file: UploadFile) -> Upload:
    return Upload(file.filename or "file", await file.read())
