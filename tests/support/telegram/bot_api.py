"""A server on loopback that speaks the Telegram Bot API, for tests with a real client before it.

It keeps the private chats of the people a test invents, queues what they do as updates, and
refuses what Telegram refuses, in Telegram's words. It knows the methods of `METHODS` and no
others, and parse mode HTML and no other. Groups are chats too (`group`).

    async with BotApiServer(token="123:abc") as server:
        person = server.person(user_id=7, first_name="Sanne", language_code="nl")
        person.types("/start")
        welcome = await person.receives("Welkom", buttons=["Ja"])
        await person.presses("Ja", on=welcome).answered()
        await person.sees_edit(welcome, buttons=[])
"""

import asyncio
import json
import re
import socket
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from aiohttp import web

from tests.support.odd_answers import OddAnswer
from tests.support.telegram.faults import PAGE, Fault, FaultKind, RandomFaults, fault_of
from tests.support.telegram.group import Group
from tests.support.telegram.http import HttpServer
from tests.support.telegram.message import Button, Message
from tests.support.telegram.methods import METHODS, NAMES, HungUp, Methods, Upload
from tests.support.telegram.pace import SendRate
from tests.support.telegram.people import Person, Press
from tests.support.telegram.rules import (
    UPLOAD_BYTES,
    ApiError,
    Params,
    plain,
    too_many_requests,
    upgraded,
)
from tests.support.telegram.webhook import deliver

__all__ = ["BotApiServer", "Button", "Call", "Message", "Person", "Press", "Sent", "Upload"]

BOT = re.compile(r"/bot([^/]+)/([^/]+)")
FILE = re.compile(r"/file/bot([^/]+)/(.+)")
# Only a nudge has this button.
NUDGE = re.compile(r"notnow:(\d+)")
# How long an answer stays out that comes too late, if the client does not leave before.
TOO_LATE_SECONDS = 60.0


class Call(NamedTuple):
    """A call as it came in, with the monotonic time at which it did."""

    method: str
    params: Params
    at: float


@dataclass(slots=True)
class Sent:
    """What became of one sendMessage. All times are monotonic.

    Attributes:
        chat: whose chat it went to, by the number it had at first.
        nudge: the number in its buttons, if it is a nudge.
        arrived: when the call came in.
        in_flight: how many calls the server was busy with then, this one included; no polls.
        accepted: when the message was there for the person to see.
        answered: when the response was written.
        trouble: what went wrong with it, if that was ordered.
    """

    chat: object
    nudge: int | None
    arrived: float
    in_flight: int
    accepted: float | None = None
    answered: float | None = None
    trouble: FaultKind | None = None


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
        self.sent: list[Sent] = []
        # Calls that the server is busy with now, polls left out, and the most there ever were.
        self.in_flight = 0
        self.most_in_flight = 0
        self._pace = SendRate(per_second, per_chat_per_second)
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._random_faults: dict[str, RandomFaults] = {}
        self._delays: dict[str, float] = {}
        self._http: HttpServer | None = None
        self._delivering: asyncio.Task[None] | None = None
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
        self._http = HttpServer(self._respond)
        await self._http.start(listening)
        self._delivering = asyncio.create_task(deliver(self))

    async def stop(self) -> None:
        """Break all connections and listen no more; open polls end at once."""
        if self._http is not None:
            http, self._http = self._http, None
            self.stops += 1
            self.bell.ring()
            if self._delivering is not None:
                self._delivering.cancel()
                await asyncio.wait([self._delivering])
            await http.stop()

    @property
    def url(self) -> str:
        """Where the server is, as a setting wants it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def connections(self) -> int:
        """How many connections clients have open."""
        return self._http.connections if self._http else 0

    @property
    def waiting_updates(self) -> int:
        """How many updates the bot has not acknowledged."""
        return len(self._updates)

    @property
    def refused_for_pace(self) -> int:
        """How many messages came too fast, and were refused."""
        return self._pace.refused

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

    def group(self, chat_id: int = -1001, title: str = "De wijk", *, forum: bool = False) -> Group:
        """A group with this number, in which the bot is or will be."""
        group = Group(self, chat_id, title, forum=forum)
        self._people[chat_id] = group
        return group

    def forget_chats(self) -> None:
        """Have everybody throw away the messages that offer no choice, for a test that is long."""
        for person in self._people.values():
            person.forgets()

    def calls_of(self, method: str) -> list[Params]:
        """The parameters of each call of a method, in order."""
        return [call.params for call in self.calls if call.method == method]

    async def until(
        self,
        holds: Callable[[], object],
        timeout: float = 5,
    ) -> None:
        """Wait until `holds` gives something true; it is looked at after every call and often."""
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
        self._goes_wrong(method, Fault(FaultKind.INTERNAL, refusal))

    def answer_next(self, method: str, answer: OddAnswer) -> None:
        """Give this answer to the next call of a method, and do nothing."""
        self._goes_wrong(method, Fault(FaultKind.PAGE, answer=answer))

    def drop_next(self, method: str, *, after_accepting: bool) -> None:
        """Close the connection at the next call of a method, before or after doing it."""
        trouble = FaultKind.DROPPED_AFTER if after_accepting else FaultKind.DROPPED_BEFORE
        self._goes_wrong(method, Fault(trouble))

    def strike_next(self, method: str, trouble: FaultKind) -> None:
        """Let this go wrong with the next call of a method."""
        self._goes_wrong(method, fault_of(trouble))

    def random_faults(self, seed: int, rates: Mapping[FaultKind, float], *methods: str) -> None:
        """From now on let calls of these methods (sendMessage) go wrong at random.

        Each method has dice of its own; without rates the weather is fine again.
        """
        for method in methods or ("sendMessage",):
            assert method in METHODS, f"There is no method {method}."
            self._random_faults[method] = RandomFaults(seed, rates)

    def delay(self, method: str, seconds: float) -> None:
        """From now on let a call of a method wait this long before it is done."""
        assert method in METHODS, f"There is no method {method}."
        self._delays[method] = seconds

    def _goes_wrong(self, method: str, fault: Fault) -> None:
        assert method in METHODS, f"There is no method {method}."
        self._faults[method].append(fault)

    # HTTP.

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            if found := FILE.fullmatch(request.path):
                return self._file(*found.groups())
            found = BOT.fullmatch(request.path)
            if found is None:
                raise _nothing_here()
            self._check_token(found[1])
            params = await _params(request)
            return await self._counted(NAMES.get(found[2].lower(), found[2]), params, request)
        except ApiError as error:
            return _json(error.body(), error.status)
        except (HungUp, ConnectionError):
            return _hung_up(request)
        finally:
            self.bell.ring()

    def _file(self, token: str, path: str) -> web.Response:
        self._check_token(token)
        kept = dict(self._files.values()).get(path)
        if kept is None:
            raise _nothing_here()
        return web.Response(body=kept)

    def _check_token(self, token: str) -> None:
        if token != self.token:
            raise ApiError(401, "Unauthorized")

    async def _counted(
        self, method: str, params: Params, request: web.BaseRequest
    ) -> web.StreamResponse:
        """The response to a call, counted among those in flight until it is written."""
        if method == "getUpdates":  # it may wait for long
            return await self._called(method, params, request, None)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        sent = None
        if method == "sendMessage":
            person = self._whose(params.get("chat_id"))
            chat = person.id if person else params.get("chat_id")
            sent = Sent(chat, _nudge(params), time.monotonic(), self.in_flight)
            self.sent.append(sent)
        try:
            response = await self._called(method, params, request, sent)
            if sent is not None:
                await response.prepare(request)
                await response.write_eof()
                sent.answered = time.monotonic()
            return response
        finally:
            self.in_flight -= 1

    async def _called(
        self, method: str, params: Params, request: web.BaseRequest, sent: Sent | None
    ) -> web.Response:
        now = time.monotonic()
        self.calls.append(Call(method, params, now))
        self.bell.ring()
        if method.startswith(("send", "edit")) and method != "sendChatAction":
            self._pace.step(params.get("chat_id"), now)
        await self._wait(self._delays.get(method, 0))
        fault = self._fault(method)
        if fault is not None and sent is not None:
            sent.trouble = fault.trouble
        if fault is not None and not fault.accepts:
            return self._refused(fault, params)
        if method not in METHODS:
            raise _nothing_here()
        result = await METHODS[method](self, params)
        if sent is not None:
            sent.accepted = time.monotonic()
        if fault is not None:
            if fault.trouble is FaultKind.TOO_LATE:
                self.bell.ring()
                await self._until_they_leave(request)
            raise HungUp
        return _json({"ok": True, "result": result})

    def _fault(self, method: str) -> Fault | None:
        if self._faults[method]:
            return self._faults[method].popleft()
        random_faults = self._random_faults.get(method)
        return random_faults.next() if random_faults else None

    def _refused(self, fault: Fault, params: Params) -> web.Response:
        if fault.trouble is FaultKind.UPGRADED:
            raise upgraded(self.move(params.get("chat_id")))
        if fault.error is not None:
            return _json(fault.error.body(), fault.error.status)
        if (odd := fault.answer) is not None:
            return web.Response(body=odd.body, status=odd.status, headers=odd.headers)
        if fault.trouble is FaultKind.PAGE:
            return web.Response(body=PAGE, status=502, content_type="text/html")
        raise HungUp

    async def _until_they_leave(self, request: web.BaseRequest) -> None:
        end = time.monotonic() + TOO_LATE_SECONDS
        while request.transport is not None and time.monotonic() < end:
            await self._wait(0.05)

    async def _wait(self, seconds: float) -> None:
        stops = self.stops
        if await self.bell.until(lambda: self.stops != stops, seconds):
            raise HungUp


def _nothing_here() -> ApiError:
    return ApiError(404, "Not Found")


def _json(content: object, status: int = 200) -> web.Response:
    body = json.dumps(content).encode()
    return web.Response(body=body, status=status, content_type="application/json")


def _hung_up(request: web.BaseRequest) -> web.Response:
    """No response: the connection closes where one should come."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _nudge(params: Params) -> int | None:
    """The number of the nudge that a message is, by its buttons."""
    found = NUDGE.search(json.dumps(params.get("reply_markup")))
    return int(found[1]) if found else None


async def _params(request: web.BaseRequest) -> Params:
    """The parameters of a call: from its address, and from JSON or a form."""
    if (request.content_length or 0) > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    params: Params = dict(request.query)
    if request.content_type == "application/json":
        return plain(params | json.loads(await request.read() or b"{}"))
    for name, value in (await request.post()).items():
        params[name] = _uploaded(value) if isinstance(value, web.FileField) else value
    return plain(params)


def _uploaded(file: web.FileField) -> Upload:
    with file.file as content:
        return Upload(file.filename or "file", content.read())
