"""A service that speaks S3, on loopback: moto, which simulates it and checks no signature."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

BUCKET = "olievlek-backups"
ACCESS_KEY_ID = "AKIAKANARIE00000"
SECRET_ACCESS_KEY = "kanarie-geheim-van-de-opslag"


@contextmanager
def s3_service() -> Iterator[str]:
    """Yields the address of a service with an empty bucket, until the end of the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        # What is in it is that of the whole process: an earlier test may have left something.
        for path, method in (("moto-api/reset", "POST"), (BUCKET, "PUT")):
            urlopen(Request(f"{url}/{path}", method=method), timeout=10).close()
        yield url
    finally:
        server.stop()


def settings(url: str) -> dict[str, str]:
    """The settings of a bot whose backups go there."""
    return {
        "OLIEVLEK_S3_BUCKET": BUCKET,
        "OLIEVLEK_S3_PREFIX": "bot",
        "OLIEVLEK_S3_ENDPOINT": url,
        "OLIEVLEK_S3_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "OLIEVLEK_S3_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
