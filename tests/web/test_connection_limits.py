"""The HTTP port under attack: slow, many and endless requests, while real ones get through."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import aiohttp
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from bot.web.connection_limits import MAX_CONNECTIONS, STREAM, ConnectionLimits
from bot.web.server import HttpServer, Ports, WebhookEndpoint, bind_port, routes, serve

SECRET = {"x-secret": "s3cret"}
SLOW = b"POST /deliver HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"


class Port:
    """A port that is served, and what was delivered to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.url = f"http://127.0.0.1:{number}"
        self.delivered: list[bytes] = []

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Whether the secret is there."""
        return headers.get("x-secret") == SECRET["x-secret"]

    async def deliver(self, _: Mapping[str, str], body: bytes) -> int:
        """Keeps what came."""
        self.delivered.append(body)
        return 200


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    """A served port on loopback."""
    listener = bind_port("127.0.0.1", 0)
    port = Port(listener.getsockname()[1])

    async def well() -> None:
        return None

    webhooks = {"/deliver": WebhookEndpoint(port.is_authentic, port.deliver)}
    serving = asyncio.create_task(serve(Ports(listener), {"database": well}, webhooks))
    yield port
    serving.cancel()
    await asyncio.wait([serving])
    listener.close()


async def attack(port: Port, count: int, start: bytes) -> list[socket.socket]:
    """Opens connections that begin a request and never finish it."""

    def begin() -> list[socket.socket]:
        connections = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port.number))
            with suppress(OSError):
                connection.sendall(start)
            connections.append(connection)
        return connections

    return await asyncio.to_thread(begin)


def is_open(connection: socket.socket) -> bool:
    """Whether the server has not closed it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def end(connections: list[socket.socket]) -> None:
    """Closes what is left of them."""
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST /deliver HT",
        SLOW,
        SLOW + b"X-Secret: no\r\n\r\n12345",
        b"GET /healthz HTTP/1.1\r\n",
    ],
    ids=["nothing", "half a line", "half a header", "half a body", "no end of headers"],
)
async def test_health_and_deliveries_get_through(port: Port, start: bytes) -> None:
    with capture_logs() as log:
        connections = await attack(port, 400, start)
        async with aiohttp.ClientSession(port.url) as http:
            slowest = 0.0
            for _ in range(10):
                began = time.perf_counter()
                async with http.get("/healthz", headers={"Connection": "close"}) as answer:
                    assert answer.status == 200
                slowest = max(slowest, time.perf_counter() - began)
                async with http.post("/deliver", data=b"echt", headers=SECRET) as answer:
                    assert answer.status == 200
        end(connections)
    assert port.delivered == [b"echt"] * 10
    assert slowest < 5  # a new client never waits for an attacker's time-out
    assert len(log) <= 1


async def test_no_more_than_so_many_are_open(port: Port) -> None:
    connections = await attack(port, MAX_CONNECTIONS + 50, SLOW)
    async with asyncio.timeout(5):  # until the server has accepted them all
        while sum(map(is_open, connections)) > MAX_CONNECTIONS:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    count = sum(map(is_open, connections))
    end(connections)
    assert count == MAX_CONNECTIONS


async def test_a_stranger_is_refused_before_the_body_and_cannot_go_on(port: Port) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
    writer.write(SLOW + b"\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b" 401 " in head
    # A proxy would send its next request on this connection if it did not hear this.
    assert b"connection: close" in head.lower()
    assert await asyncio.wait_for(reader.read(), 5) == b""  # closed
    writer.close()


async def test_the_connection_of_a_refusal_that_read_all_goes_on(port: Port) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
    for _ in range(2):
        writer.write(b"POST /deliver HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\necht")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b" 401 " in head and b"connection: close" not in head.lower()
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
    writer.close()


async def test_a_genuine_delivery_that_is_slow_survives_a_flood(port: Port) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
    writer.write(
        b"POST /deliver HTTP/1.1\r\nHost: x\r\nX-Secret: s3cret\r\nContent-Length: 4\r\n\r\nec"
    )
    await asyncio.sleep(0.1)
    connections = await attack(port, MAX_CONNECTIONS + 100, SLOW)
    writer.write(b"ht")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    end(connections)
    assert b" 200 " in head
    assert port.delivered == [b"echt"]


async def test_open_streams_keep_nobody_out_and_have_a_limit_of_their_own() -> None:
    """Somebody with a chat open waits for hours; whoever comes after them gets in."""
    limits = ConnectionLimits(max_connections=4, max_streams=6)
    opened = asyncio.Event()

    async def site(scope: Scope, _: Receive, send: Send) -> None:
        may = scope[STREAM]()
        status = 200 if may else 503
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": may})
        if may:
            await opened.wait()

    config = uvicorn.Config(
        routes({}, {}, limits, with_metrics=False, site=site),
        http=limits.protocol_class(),
        log_config=None,
        lifespan="off",
    )
    listener = bind_port("127.0.0.1", 0)
    serving = asyncio.create_task(HttpServer(config).serve(sockets=[listener]))
    lines = []
    connections = []
    for _ in range(8):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        lines.append(await reader.readline())
        connections.append(writer)
    assert [b"200" in line for line in lines] == [True] * 6 + [False] * 2
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in await reader.readline()
    opened.set()
    for each in (*connections, writer):
        each.close()
    serving.cancel()
    await asyncio.wait([serving])
    listener.close()
