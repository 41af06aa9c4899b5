"""`/healthz`, `/readyz`, `/metrics`, and what platforms deliver."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.web.connection_limits import BACKLOG, ConnectionLimits

log = structlog.get_logger(__name__)

Checks = Mapping[str, Callable[[], Awaitable[str | None]]]
"""By name, what is wrong now, in a sentence; None when all is well."""

Deliver = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""Deals with what was posted, given its headers in small letters; the HTTP status to answer."""

LARGEST_DELIVERY = 1_048_576
Authorized = Callable[[Mapping[str, str]], bool]
"""Whether the headers of a delivery, their names in small letters, show that it is genuine."""


@dataclass(frozen=True, slots=True)
class DeliveryEndpoint:
    """Where a platform delivers what comes in.

    Attributes:
        is_authorized: asked before the body is read, so that a stranger's body is never waited for.
        deliver: handles the whole delivery.
    """

    is_authorized: Authorized
    deliver: Deliver


REFUSED = Counter("olievlek_deliveries_refused", "Deliveries without the right secret", ["path"])


def routes(
    checks: Checks, deliveries: Mapping[str, DeliveryEndpoint], limits: ConnectionLimits
) -> Starlette:
    """The application behind the port; `deliveries` are by path."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        told = {name: await check() for name, check in checks.items()}
        wrong = {name: reason for name, reason in told.items() if reason}
        return JSONResponse({"ready": not wrong, "wrong": wrong}, 503 if wrong else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *(
                Route(path, _delivery(path, to, limits), methods=["POST"])
                for path, to in deliveries.items()
            ),
        ]
    )


def _delivery(
    path: str, delivery: DeliveryEndpoint, limits: ConnectionLimits
) -> Callable[[Request], Awaitable[Response]]:
    REFUSED.labels(path)  # at zero, so that a rise is seen

    async def endpoint(request: Request) -> Response:
        if not delivery.is_authorized(request.headers):
            REFUSED.labels(path).inc()
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        limits.trust(request.scope)
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_DELIVERY:
                    return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        return Response(status_code=await delivery.deliver(request.headers, bytes(body)))

    return endpoint


class HttpServer(uvicorn.Server):
    """Serves on a socket of ours; signals are the composition root's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves them alone."""
        yield


def bind_port(host: str, port: int) -> socket.socket:
    """A socket bound to this address; port 0 takes a free one, which is logged.

    Raises:
        OSError: the address is taken, or not ours.
    """
    listener = socket.create_server((host, port))
    log.info("http port open", host=host, port=listener.getsockname()[1])
    return listener


async def serve(
    listener: socket.socket, checks: Checks, deliveries: Mapping[str, DeliveryEndpoint]
) -> None:
    """Serves until cancelled."""
    limits = ConnectionLimits()
    config = uvicorn.Config(
        routes(checks, deliveries, limits),
        http=limits.protocol_class(),
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    await HttpServer(config).serve(sockets=[listener])
