"""A collector of OpenTelemetry on loopback: it keeps the spans that it gets by OTLP over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What came in.

    Attributes:
        url: where it is.
        raw: the bodies of the requests.
        spans: what was in them.
        service: what the sender calls itself.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.raw: list[bytes] = []
        self.spans: list[Span] = []
        self.service: dict[str, str] = {}
        self.answers = threading.Event()
        self.answers.set()

    def take(self, body: bytes) -> None:
        """Keeps the spans of a request."""
        self.raw.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            about = resource.resource.attributes
            self.service |= {each.key: each.value.string_value for each in about}
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def traces(self) -> list[list[Span]]:
        """The traces, each with its root first and then in the order in which its parts began."""
        roots = sorted(
            (span for span in self.spans if not span.parent_span_id),
            key=lambda span: span.start_time_unix_nano,
        )
        return [
            sorted(
                (span for span in self.spans if span.trace_id == root.trace_id),
                key=lambda span: (bool(span.parent_span_id), span.start_time_unix_nano),
            )
            for root in roots
        ]


@contextmanager
def collector() -> Iterator[Collector]:
    """Yields a collector that runs until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not found.answers.wait(5):
                return
            if self.path == "/v1/traces":
                found.take(body)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.answers.set()
        server.shutdown()
        server.server_close()


def attributes(span: Span) -> dict[str, str | int]:
    """Returns what is known of a span."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
