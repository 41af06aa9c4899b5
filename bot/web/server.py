"""`/healthz`, `/readyz`, `/metrics`, and what platforms deliver."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping
from http import HTTPStatus

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

log = structlog.get_logger(__name__)

Checks = Mapping[str, Callable[[], Awaitable[str | None]]]
"""By name, what is wrong now, in a sentence; None when all is well."""

Deliver = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""Deals with what was posted, given its headers in small letters; the HTTP status to answer."""

LARGEST_DELIVERY = 1_048_576
TOO_LARGE = Counter("olievlek_deliveries_refused", "Deliveries without the right secret", ["path"])


def routes(checks: Checks, deliveries: Mapping[str, Deliver]) -> Starlette:
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
                Route(path, _delivery(path, to), methods=["POST"])
                for path, to in deliveries.items()
            ),
        ]
    )


def _delivery(path: str, deliver: Deliver) -> Callable[[Request], Awaitable[Response]]:
    TOO_LARGE.labels(path)  # at zero, so that a rise is seen

    async def endpoint(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_DELIVERY:
                return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        status = await deliver(request.headers, bytes(body))
        if status == HTTPStatus.UNAUTHORIZED:
            TOO_LARGE.labels(path).inc()
        return Response(status_code=status)

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


async def serve(listener: socket.socket, checks: Checks, deliveries: Mapping[str, Deliver]) -> None:
    """Serves until cancelled."""
    app = routes(checks, deliveries)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    await HttpServer(config).serve(sockets=[listener])
