"""Limits on the connections to the HTTP port, so that slow or many clients cannot take it over.

A client that opens connections and never finishes its requests costs this process a file
descriptor each. Without a limit all descriptors are gone after a thousand of them, and neither
`/healthz` nor a platform's delivery gets through. uvicorn's own limits do not help here:
`limit_concurrency` refuses new requests, real ones too, and no time-out covers a request that is
still coming in.
"""

import asyncio
import resource
import time
from typing import Any, ClassVar

import h11
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

log = structlog.get_logger(__name__)

STREAM = "olievlek.stream"
"""In a scope: asks whether an answer may stay open; where there is no such thing, it may."""
MAX_CONNECTIONS = 256
# What this process keeps of its descriptors for all but streams: the other connections, the
# database, the platforms and files.
OTHER_DESCRIPTORS = 524
MOST_STREAMS = 20_000  # however many descriptors there are; see bench/results.md for what one costs
# So many are accepted in one turn of the event loop, which needs five turns until it has looked at
# the request of a new connection. `MAX_CONNECTIONS` is more than five times as many, so that nobody
# is closed before that, and stays below the 1,024 descriptors that a process usually has.
BACKLOG = 32
# So many wait in the kernel to be accepted; one more would wait for a second.
KERNEL_BACKLOG = 2_048
REQUEST_SECONDS = 10.0
LOG_SECONDS = 60.0
CONNECTION = "connection"  # the key in the state of a request under which its connection is


def streams_that_fit() -> int:
    """Returns how many streams may stay open: 500 with the usual 1,024 descriptors."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return MOST_STREAMS
    return max(0, min(descriptors - OTHER_DESCRIPTORS, MOST_STREAMS))


class ConnectionLimits:
    """Keeps the connections of one server, and closes those that take too much.

    A connection counts as incomplete until its whole request has arrived. When there are too many,
    the oldest incomplete one of the address with the most of them is closed, so that a new client
    always gets in. Connections whose request is complete, or whose sender proved who it is (see
    `trust`), are never closed for being many.

    Args:
        max_connections: how many may be open at the same time.
        request_seconds: how long a request may take to arrive, header and body.
        max_streams: how many more may stay open with an answer that has no end; None: as many as
            there are descriptors for.
    """

    def __init__(
        self,
        max_connections: int = MAX_CONNECTIONS,
        request_seconds: float = REQUEST_SECONDS,
        max_streams: int | None = None,
    ) -> None:
        self.max_connections, self.request_seconds = max_connections, request_seconds
        self.max_streams = streams_that_fit() if max_streams is None else max_streams
        self._open: dict[LimitedProtocol, None] = {}  # oldest first
        self._streams: set[LimitedProtocol] = set()
        self._dropped = 0
        self._logged_at = float("-inf")

    def protocol_class(self) -> type["LimitedProtocol"]:
        """Returns the class of which uvicorn is to make each connection."""
        return type("LimitedProtocol", (LimitedProtocol,), {"limits": self})

    def trust(self, scope: Scope) -> None:
        """Exempts the connection of this request from being closed for being one of many."""
        if (connection := _connection_of(scope)) is not None:
            connection.is_trusted = True

    def streams(self, scope: Scope) -> bool:
        """Counts the connection of this request as one that stays open; False: there are too many.

        It does not count among the others any more, or a few hundred people with a chat open would
        keep everybody else out.
        """
        connection = _connection_of(scope)
        if connection is None or len(self._streams) >= self.max_streams:
            return False
        self._open.pop(connection, None)
        self._streams.add(connection)
        return True

    def opened(self, connection: "LimitedProtocol") -> None:
        """Counts a new connection, and closes an incomplete one if that makes too many."""
        self._open[connection] = None
        if len(self._open) > self.max_connections:
            self._drop_one()

    def closed(self, connection: "LimitedProtocol") -> None:
        """Counts a connection no longer."""
        self._open.pop(connection, None)
        self._streams.discard(connection)

    def drop(self, connection: "LimitedProtocol") -> None:
        """Closes a connection at once; at most one line a minute says how many these were."""
        self.closed(connection)
        connection.transport.abort()
        self._dropped += 1
        now = time.monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            log.warning("http connections closed: too many, or too slow", count=self._dropped)
            self._dropped, self._logged_at = 0, now

    def _drop_one(self) -> None:
        incomplete: dict[str, list[LimitedProtocol]] = {}
        for connection in self._open:
            if connection.is_incomplete and not connection.is_trusted:
                host = connection.client[0] if connection.client else ""
                incomplete.setdefault(host, []).append(connection)
        if incomplete:
            self.drop(max(incomplete.values(), key=len)[0])


def _connection_of(scope: Scope) -> "LimitedProtocol | None":
    connection = scope.get("state", {}).get(CONNECTION)
    return connection if isinstance(connection, LimitedProtocol) else None


class LimitedProtocol(H11Protocol):
    """One connection, which must send its requests in time.

    Attributes:
        limits: the limits of the server that the connection belongs to.
        is_trusted: the sender of the request that is coming in proved who it is.
    """

    limits: ClassVar[ConnectionLimits]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        super().__init__(*args, **kwargs)
        # Not found by its client: behind a proxy that is the client of the proxy.
        self.app_state = {**self.app_state, CONNECTION: self}
        self._answers: ASGIApp = self.app
        self.app = self._answer
        self._deadline: asyncio.TimerHandle | None = None
        self.is_trusted = False

    @property
    def is_incomplete(self) -> bool:
        """Whether no request, or not all of one, has arrived yet."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete or cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Begins to count the connection, and the time for its first request."""
        super().connection_made(transport)
        self.limits.opened(self)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops counting the connection."""
        self.limits.closed(self)
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, and says so if the connection will be closed after that.

        A proxy that is not told would send its next request into a connection that is being closed.
        """

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and self._is_body_unread:
                headers = [*message.get("headers", ()), (b"connection", b"close")]
                message = {**message, "headers": headers}
            await send(message)

        await self._answers(scope, receive, send_on)

    @property
    def _is_body_unread(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    def on_response_complete(self) -> None:
        """Closes the connection if the rest of the request is not wanted any more.

        A refusal leaves before the body has arrived. Without this the client could go on sending it
        for as long as it likes.
        """
        super().on_response_complete()
        self.is_trusted = False
        if self.transport.is_closing():
            return
        if self._is_body_unread:
            self.transport.close()
        else:
            self._start_deadline()

    def _start_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.limits.request_seconds, self._on_deadline)

    def _on_deadline(self) -> None:
        if self.is_incomplete and not self.transport.is_closing():
            self.limits.drop(self)
