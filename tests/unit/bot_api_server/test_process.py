"""The test server in a process of its own."""

import asyncio
import json
import time

import aiohttp
import pytest

from tests.support.telegram.faults import FaultKind
from tests.support.telegram.process import ServerProcess, server_process

pytestmark = pytest.mark.slow  # each starts a process

MARKUP = json.dumps({"inline_keyboard": [[{"text": "Niet nu", "callback_data": "notnow:12"}]]})


async def sends(server: ServerProcess, *chats: int, text: str = "hallo") -> None:
    """Sends a nudge to each of these chats, some at a time."""
    todo = list(chats)
    async with aiohttp.ClientSession(f"{server.url}/bot{server.token}/") as http:

        async def some() -> None:
            while todo:
                message = {"chat_id": todo.pop(), "text": text, "reply_markup": MARKUP}
                async with http.post("sendMessage", data=message) as response:
                    await response.read()

        await asyncio.gather(*(some() for _ in range(32)))


async def test_its_log_and_its_counters() -> None:
    async with server_process(per_chat_per_second=1) as server:
        await server.people(range(1, 11))
        await sends(server, *range(1, 11))
        assert await server.until_accepted(10, within=5)
        assert not await server.until_accepted(11, within=0.01)
        assert await server.until_deserted()
        log = await server.sent()
        assert sorted(int(str(one.chat)) for one in log) == list(range(1, 11))
        assert all(one.nudge == 12 and one.answered is not None for one in log)
        assert all(one.arrived < time.monotonic() for one in log)  # one clock for all processes
        assert await server.sent(since=10) == []
        counters = await server.counters()
        assert (counters.sent, counters.accepted, counters.nudges) == (10, 10, 10)
        assert (counters.connections, counters.in_flight) == (0, 0)
        assert 1 <= counters.most_in_flight <= 10


async def test_its_faults() -> None:
    async with server_process() as server:
        await server.people([7])
        await server.strike_next("sendMessage", FaultKind.BLOCKED)
        await sends(server, 7)
        await server.random_faults(1, {FaultKind.PAGE: 1})
        await sends(server, 7)
        assert [one.trouble for one in await server.sent()] == [FaultKind.BLOCKED, FaultKind.PAGE]
        assert await server.inbox(7) == []
        with pytest.raises(AssertionError, match="There is no method sendMesage"):
            await server.strike_next("sendMesage", FaultKind.PAGE)


async def test_its_people() -> None:
    async with server_process() as server:
        await server.people([7])
        await sends(server, 7)
        seen = await server.receives(7, "hallo", after=0)
        assert (seen.words, seen.labels) == ("hallo", ["Niet nu"])
        assert await server.presses(7, "Niet nu", on=seen.id)
        assert not await server.presses(7, "Gedaan")
        await server.types(7, "hoi")
        await server.blocks(7)
        await server.unblocks(7)
        assert (await server.counters()).waiting == 4
        assert not await server.until_processed(within=0.01)
        await server.forget_chats()
        assert await server.inbox(7) == [seen]
        with pytest.raises(AssertionError, match="No 'dag' within"):
            await server.receives(7, "dag", after=0, within=0.01)
