"""Answers that no platform gives: a proxy's page, half an answer, or none at all."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class OddAnswer:
    """What comes back from a call, instead of the platform's answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


# To any call of any platform.
FROM_IN_BETWEEN = {
    "empty": OddAnswer(b""),
    "null": OddAnswer(b"null", headers=JSON),
    "a page": OddAnswer(b"<html>Welkom op de wifi</html>", headers=HTML),
    "a page with 502": OddAnswer(b"<html>Bad Gateway</html>", 502, HTML),
    "a page with 403": OddAnswer(b"<html>Forbidden</html>", 403, HTML),
    "a page with 404": OddAnswer(b"<html>Not Found</html>", 404, HTML),
    "a redirect": OddAnswer(b"", 302, {"Location": "/elders"}),
    "a redirect with a page": OddAnswer(b"<html>", 302, {"Location": "/elders", **HTML}),
    "a bomb": OddAnswer(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
    "no gzip": OddAnswer(b"{}", headers={"Content-Encoding": "gzip"}),
}
