"""The HTTP port: `/healthz`, `/readyz`, `/metrics`, and the webhooks of platforms."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.masking import mask
from bot.web.connection_limits import BACKLOG, KERNEL_BACKLOG, STREAM, ConnectionLimits

log = structlog.get_logger(__name__)

Checks = Mapping[str, Callable[[], Awaitable[str | None]]]
"""By name, a check that returns what is wrong now in a sentence, or None when nothing is."""

HandleDelivery = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""Handles what was posted, given its headers (names in lower case) and its body.

Returns the HTTP status to answer with."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where a platform delivers updates.

    Attributes:
        is_authentic: whether the headers of a delivery (names in lower case) show that the platform
            sent it. Asked before the body is read, so that a stranger's body is never waited for.
        handle: handles the whole delivery.
    """

    is_authentic: Callable[[Mapping[str, str]], bool]
    handle: HandleDelivery


MAX_DELIVERY_BYTES = 1_048_576
DELIVERIES_REFUSED = Counter(
    "olievlek_deliveries_refused", "Deliveries without the right secret", ["path"]
)


Refresh = Callable[[], Awaitable[None]]
"""Brings up to date what is measured only when somebody asks; raises nothing."""


def _metrics_route(refresh: Refresh | None) -> Route:
    async def metrics(_: Request) -> Response:
        if refresh is not None:
            await refresh()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics)


def routes(
    checks: Checks,
    webhooks: Mapping[str, WebhookEndpoint],
    limits: ConnectionLimits,
    *,
    with_metrics: bool,
    site: ASGIApp | None = None,
    refresh: Refresh | None = None,
) -> Starlette:
    """Returns the application behind the HTTP port.

    Args:
        checks: what `/readyz` looks at.
        webhooks: what handles a delivery, by the path to which it is posted.
        limits: exempts the senders of authentic deliveries.
        with_metrics: whether `/metrics` is here, too.
        site: the pages, which get everything else; None: there are none.
        refresh: called before `/metrics` answers.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        results = {name: await check() for name, check in checks.items()}
        wrong = {name: mask(reason) for name, reason in results.items() if reason}
        return JSONResponse({"ready": not wrong, "wrong": wrong}, 503 if wrong else 200)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *([_metrics_route(refresh)] if with_metrics else []),
            *(
                Route(path, _webhook(path, endpoint, limits), methods=["POST"])
                for path, endpoint in webhooks.items()
            ),
            *([] if site is None else [Mount("", _with_streams(site, limits))]),
        ]
    )


def _with_streams(site: ASGIApp, limits: ConnectionLimits) -> ASGIApp:
    """Lets the pages ask whether an answer may stay open, by calling `scope[STREAM]`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope[STREAM] = partial(limits.streams, scope)
        await site(scope, receive, send)

    return app


def _webhook(
    path: str, webhook: WebhookEndpoint, limits: ConnectionLimits
) -> Callable[[Request], Awaitable[Response]]:
    DELIVERIES_REFUSED.labels(path)  # shows at zero, so that a rise is seen

    async def endpoint(request: Request) -> Response:
        if not webhook.is_authentic(request.headers):
            DELIVERIES_REFUSED.labels(path).inc()
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        limits.trust(request.scope)
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_DELIVERY_BYTES:
                    return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except ClientDisconnect:  # nobody is left to read the answer
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return Response(status_code=await webhook.handle(request.headers, bytes(body)))

    return endpoint


class HttpServer(uvicorn.Server):
    """A server on a socket that was opened before; signals are the composition root's business."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept, few at a time, while many more may wait in the kernel."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(KERNEL_BACKLOG)

    async def main_loop(self) -> None:
        """Waits until it is cancelled, where uvicorn's own wakes ten times a second."""
        await asyncio.Event().wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Installs no signal handlers, unlike uvicorn's own."""
        yield


def bind_port(host: str, port: int, name: str = "http") -> socket.socket:
    """Returns a socket bound to this address; port 0 takes a free one, which is logged.

    Args:
        host: the address of one of this machine's interfaces.
        port: from 0.
        name: what it is called in the log.

    Raises:
        OSError: the address is in use, or not one of this machine.
    """
    listener = socket.create_server((host, port))
    log.info(f"{name} port open", host=host, port=listener.getsockname()[1])
    return listener


@dataclass(frozen=True, slots=True)
class Ports:
    """The sockets to serve on.

    Attributes:
        http: for health and deliveries.
        metrics: for `/metrics`; None: that is on the HTTP port.
        trusted_proxies: the addresses and networks of the proxies whose word is taken for who their
            client is (`X-Forwarded-For`).
    """

    http: socket.socket
    metrics: socket.socket | None = None
    trusted_proxies: tuple[str, ...] = ()


async def serve(
    ports: Ports,
    checks: Checks,
    webhooks: Mapping[str, WebhookEndpoint],
    site: ASGIApp | None = None,
    refresh: Refresh | None = None,
) -> None:
    """Serves until cancelled.

    Args:
        ports: where.
        checks: what `/readyz` looks at.
        webhooks: what handles a delivery, by the path to which it is posted.
        site: the pages; None: there are none.
        refresh: called before `/metrics` answers; None: nothing has to be.
    """
    limits = ConnectionLimits()
    with_metrics = ports.metrics is None
    health = routes(checks, webhooks, limits, with_metrics=with_metrics, site=site, refresh=refresh)
    async with asyncio.TaskGroup() as servers:
        servers.create_task(_serve(health, limits, ports.http, ports.trusted_proxies))
        if ports.metrics is not None:
            metrics = Starlette(routes=[_metrics_route(refresh)])
            servers.create_task(_serve(metrics, ConnectionLimits(), ports.metrics))


async def _serve(
    app: Starlette,
    limits: ConnectionLimits,
    listener: socket.socket,
    trusted_proxies: Sequence[str] = (),
) -> None:
    config = uvicorn.Config(
        app,
        http=limits.protocol_class(),
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        date_header=False,  # it would have to be set anew each second
        lifespan="off",
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),  # never from a variable of uvicorn's own
    )
    await HttpServer(config).serve(sockets=[listener])
