"""The Bot API test server in a process of its own, and a line to it.

A bot under load and the server must not share an event loop: each would wait for the other.

    async with server_process(per_second=30) as server:
        await server.people(range(1, 501))
        await server.until_accepted(100, within=30)
        log = await server.sent()
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.support.paths import PROJECT
from tests.support.telegram.bot_api import BotApiServer, Message, Sent
from tests.support.telegram.faults import FaultKind

TOKEN = "123:abc"
LINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Counters:
    """What the server counts.

    Attributes:
        sent: calls of sendMessage.
        accepted: messages that arrived.
        nudges: of those, nudges.
        connections: open now.
        in_flight: calls it is busy with now, polls left out.
        most_in_flight: the most there ever were.
        waiting: updates that the bot has not acknowledged.
        refused_for_pace: messages that came too fast.
    """

    sent: int
    accepted: int
    nudges: int
    connections: int
    in_flight: int
    most_in_flight: int
    waiting: int
    refused_for_pace: int


@dataclass(frozen=True)
class Seen:
    """A message of the bot as a person sees it."""

    id: int
    words: str
    labels: list[str]


class ServerProcess:
    """The line to a server in a process of its own.

    Attributes:
        url: where the server is.
    """

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url, self.token = url, TOKEN
        self._process = process
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def people(self, numbers: Iterable[int]) -> None:
        """These people have a chat with the bot."""
        await self._ask("people", list(numbers))

    async def groups(self, numbers: Iterable[int]) -> None:
        """The bot is in these groups."""
        await self._ask("groups", list(numbers))

    async def messages(self) -> list[tuple[str, int, float]]:
        """Returns each call that sent something: its method, its chat, and when it came in."""
        return [(method, chat, at) for method, chat, at in await self._ask("messages")]

    async def random_faults(
        self, seed: int, rates: Mapping[FaultKind, float], *methods: str
    ) -> None:
        """From now on calls of these methods go wrong at random."""
        await self._ask("random_faults", seed, dict(rates), *methods)

    async def strike_next(self, method: str, trouble: FaultKind) -> None:
        """Let this go wrong with the next call of a method."""
        await self._ask("strike_next", method, trouble)

    async def delay(self, method: str, seconds: float) -> None:
        """From now on let a call of a method wait this long before it is done."""
        await self._ask("delay", method, seconds)

    async def sent(self, since: int = 0) -> list[Sent]:
        """What became of each sendMessage, from the one with this number on."""
        return [_sent(fields) for fields in await self._ask("sent", since)]

    async def counters(self) -> Counters:
        """How much there was of everything."""
        return Counters(**await self._ask("counters"))

    async def until_accepted(self, nudges: int, within: float) -> bool:
        """Waits until so many nudges have arrived; whether they did in this many seconds."""
        return bool(await self._ask("until_accepted", nudges, within))

    async def until_deserted(self, within: float = 20) -> bool:
        """Waits until nobody is connected and nothing is in flight; whether it became so."""
        return bool(await self._ask("until_deserted", within))

    async def until_processed(self, within: float = 60) -> bool:
        """Waits until the bot acknowledged all that people did; whether it did."""
        return bool(await self._ask("until_processed", within))

    async def types(self, who: int, text: str) -> None:
        """Somebody sends a text."""
        await self._ask("types", who, text)

    async def presses(self, who: int, label: str, on: int | None = None) -> bool:
        """Somebody presses a button; False if there is no such button (any more)."""
        return bool(await self._ask("presses", who, label, on))

    async def blocks(self, who: int) -> None:
        """Somebody blocks the bot."""
        await self._ask("blocks", who)

    async def unblocks(self, who: int) -> None:
        """Somebody lets the bot in again."""
        await self._ask("unblocks", who)

    async def inbox(self, who: int) -> list[Seen]:
        """All that the bot said to somebody, oldest first, as they see it now."""
        return [Seen(*fields) for fields in await self._ask("inbox", who)]

    async def receives(self, who: int, containing: str, after: int, within: float = 20) -> Seen:
        """The first message with this text and a number above `after`; waits for it."""
        return Seen(*await self._ask("receives", who, containing, after, within))

    async def forget_chats(self) -> None:
        """Everybody throws away what they can do no more with: messages without buttons."""
        await self._ask("forget_chats")

    async def _ask(self, what: str, *given: object) -> Any:  # noqa: ANN401 - what was asked for
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([number, what, given]).encode() + b"\n")
        await self._process.stdin.drain()
        return await answer

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            number, trouble, result = json.loads(line)
            waiting = self._waiting.pop(number)
            if waiting.cancelled():
                continue
            if trouble is None:
                waiting.set_result(result)
            else:
                waiting.set_exception(AssertionError(trouble))
        for waiting in self._waiting.values():
            waiting.set_exception(AssertionError("The server is gone."))

    async def close(self) -> None:
        """Ends the server."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def server_process(
    per_second: int | None = None, per_chat_per_second: int | None = None
) -> AsyncIterator[ServerProcess]:
    """A server in a process of its own, for as long as it is needed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        json.dumps({"per_second": per_second, "per_chat_per_second": per_chat_per_second}),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    server = ServerProcess(process, url)
    try:
        yield server
    finally:
        await server.close()


def _fields(sent: Sent) -> list[object]:
    return [getattr(sent, name) for name in Sent.__slots__]


def _sent(fields: list[Any]) -> Sent:
    told = Sent(*fields)
    told.trouble = FaultKind(told.trouble) if told.trouble else None
    return told


def _seen(message: Message) -> list[object]:
    return [message.id, message.words, message.labels]


class _Desk:
    """The other end of the line: does what it is asked with the server beside it."""

    def __init__(self, server: BotApiServer) -> None:
        self._server = server
        self._counted = self._accepted = self._nudges = 0
        self._open: list[Sent] = []

    async def people(self, numbers: list[int]) -> None:
        for number in numbers:
            self._server.person(number, f"Nummer {number}")

    async def groups(self, numbers: list[int]) -> None:
        for number in numbers:
            self._server.group(number, f"Groep {number}")

    async def messages(self) -> list[list[object]]:
        sends = [call for call in self._server.calls if call.method.startswith("send")]
        return [[call.method, int(call.params["chat_id"]), call.at] for call in sends]

    async def random_faults(self, seed: int, rates: dict[FaultKind, float], *methods: str) -> None:
        self._server.random_faults(seed, rates, *methods)

    async def strike_next(self, method: str, trouble: str) -> None:
        self._server.strike_next(method, FaultKind(trouble))

    async def delay(self, method: str, seconds: float) -> None:
        self._server.delay(method, seconds)

    async def sent(self, since: int) -> list[list[object]]:
        return [_fields(one) for one in self._server.sent[since:]]

    async def counters(self) -> dict[str, int]:
        self._count()
        server = self._server
        return {
            "sent": len(server.sent),
            "accepted": self._accepted,
            "nudges": self._nudges,
            "connections": server.connections,
            "in_flight": server.in_flight,
            "most_in_flight": server.most_in_flight,
            "waiting": server.waiting_updates,
            "refused_for_pace": server.refused_for_pace,
        }

    def _count(self) -> int:
        """Counts what arrived since it last did; how many nudges there are now."""
        fresh = [*self._open, *self._server.sent[self._counted :]]
        self._counted = len(self._server.sent)
        self._open = [one for one in fresh if one.accepted is None and one.trouble is None]
        arrived = [one for one in fresh if one.accepted is not None]
        self._accepted += len(arrived)
        self._nudges += sum(one.nudge is not None for one in arrived)
        return self._nudges

    async def until_accepted(self, nudges: int, within: float) -> bool:
        return await self._server.bell.until(lambda: self._count() >= nudges, within)

    async def until_deserted(self, within: float) -> bool:
        server = self._server
        return await _by_looking(lambda: not (server.connections or server.in_flight), within)

    async def until_processed(self, within: float) -> bool:
        return await _by_looking(lambda: not self._server.waiting_updates, within)

    async def types(self, who: int, text: str) -> None:
        self._server.person(who).types(text)

    async def presses(self, who: int, label: str, on: int | None) -> bool:
        person = self._server.person(who)
        message = person.find(on) if on else None
        try:
            person.presses(label, on=message)
        except AssertionError:
            return False
        return True

    async def blocks(self, who: int) -> None:
        self._server.person(who).blocks()

    async def unblocks(self, who: int) -> None:
        self._server.person(who).unblocks()

    async def inbox(self, who: int) -> list[list[object]]:
        return [_seen(message) for message in self._server.person(who).inbox]

    async def receives(self, who: int, containing: str, after: int, within: float) -> list[object]:
        person = self._server.person(who)

        def fitting() -> list[Message]:
            return [one for one in person.inbox if one.id > after and containing in one.words]

        found = await self._server.bell.until(fitting, within)
        assert found, f"No {containing!r} within {within:g} s.\n{person.transcript()}"
        return _seen(fitting()[0])

    async def forget_chats(self) -> None:
        self._server.calls.clear()
        self._server.forget_chats()


async def _by_looking(holds: Callable[[], bool], within: float) -> bool:
    """Like a bell's `until`, for what rings none."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not holds() and loop.time() < end:
        await asyncio.sleep(0.01)
    return holds()


async def _serve(pace: dict[str, int | None]) -> None:
    """Serves until standard input ends."""
    async with BotApiServer(TOKEN, **pace) as server:
        print(server.url, flush=True)
        desk = _Desk(server)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LINE_BYTES)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

        async def answer(number: int, work: Callable[..., Awaitable[object]], given: Any) -> None:  # noqa: ANN401 - as it came
            try:
                told = [number, None, await work(*given)]
            except Exception as error:
                told = [number, f"{type(error).__name__}: {error}", None]
            print(json.dumps(told), flush=True)

        answering = set()
        async for line in reader:
            number, what, given = json.loads(line)
            task = asyncio.create_task(answer(number, getattr(desk, what), given))
            answering.add(task)
            task.add_done_callback(answering.discard)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
