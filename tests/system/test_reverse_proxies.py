"""Real nginx and Caddy, with the files in deploy/proxy, before the real program."""

import asyncio
import json
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.web.server import bind_port
from tests.conftest import cannot_start
from tests.support.certificates import certify
from tests.support.paths import PROJECT
from tests.support.processes import TOKEN, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer
from tests.support.web_chat import HIDDEN

CONFIGS = PROJECT / "deploy" / "proxy"
HOST = "localhost"
SECRET = "a-secret-of-the-tests"
CONTACT = "mailto:security@example.org"
START = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1_795_000_000,
        "chat": {"id": 7, "type": "private", "first_name": "Sanne"},
        "from": {"id": 7, "is_bot": False, "first_name": "Sanne", "language_code": "nl"},
        "text": "/start",
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a proxy listens, what it passes on to, and its certificate."""

    folder: Path
    http: int
    https: int
    upstream: int

    @property
    def certificate(self) -> Path:
        """The certificate, which is its own authority."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.folder / "key.pem"


def _replaced(text: str, *pairs: tuple[str, str]) -> str:
    for pattern, instead in pairs:
        text, count = re.subn(pattern, instead, text)
        assert count, f"{pattern} is not in the file"
    return text


def nginx(place: Place, subpath: str) -> list[str]:
    """Writes the configuration; returns the command."""
    site = _replaced(
        (CONFIGS / "nginx.conf").read_text(),
        (r"listen \[::\].*;\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{place.http};"),
        (r"listen 443 ", f"listen 127.0.0.1:{place.https} "),
        (r"https://olievlek\.example\.org\$", f"https://{HOST}:{place.https}$"),
        (r"server_name olievlek\.example\.org", f"server_name {HOST}"),
        (r"/etc/letsencrypt\S*fullchain\.pem", str(place.certificate)),
        (r"/etc/letsencrypt\S*privkey\.pem", str(place.key)),
        (r"/var/log/nginx", str(place.folder)),
        (r"127\.0\.0\.1:8080", f"127.0.0.1:{place.upstream}"),
        (r"location / {", f"location {subpath}/ {{"),
    )
    temporary = "".join(
        f"{kind}_temp_path {place.folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = place.folder / "nginx.conf"
    file.write_text(
        f"daemon off;\nworker_processes 1;\npid {place.folder / 'pid'};\n"
        f"error_log {place.folder / 'error.log'};\n"
        f"events {{ }}\nhttp {{\n{temporary}{site}}}\n"
    )
    return [
        "nginx",
        "-c",
        str(file),
        "-p",
        str(place.folder),
        "-e",
        str(place.folder / "error.log"),
    ]


def caddy(place: Place, subpath: str) -> list[str]:
    """Does the same."""
    options = f"\tadmin off\n\thttp_port {place.http}\n\thttps_port {place.https}\n"
    file = place.folder / "Caddyfile"
    file.write_text(
        _replaced(
            (CONFIGS / "Caddyfile").read_text(),
            (r"\tadmin off\n", f"{options}\tdefault_bind 127.0.0.1\n"),
            (
                r"\nolievlek\.example\.org {",
                f"\n{HOST} {{\n\ttls {place.certificate} {place.key}",
            ),
            (r"127\.0\.0\.1:8080", f"127.0.0.1:{place.upstream}"),
            (r"\thandle {", f"\thandle {subpath}/* {{" if subpath else "\thandle {"),
        )
    )
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


def _free_ports(count: int) -> list[int]:
    sockets = [bind_port("127.0.0.1", 0) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


async def _connects(host: str, port: int, **options: Any) -> None:  # noqa: ANN401 - asyncio's
    _, writer = await asyncio.open_connection(host, port, **options)
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def _running(command: list[str], place: Place) -> AsyncIterator[None]:
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(place.folder), "GOMAXPROCS": "1"}
    with (place.folder / "output").open("w") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=output, stderr=output
        )
        try:
            async with asyncio.timeout(20):
                while True:
                    assert process.returncode is None, (place.folder / "output").read_text()
                    with suppress(OSError):
                        await _connects("127.0.0.1", place.https)
                        break
                    await asyncio.sleep(0.05)
            yield
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


@pytest.mark.parametrize(
    ("configure", "subpath"), [(nginx, ""), (nginx, "/olievlek"), (caddy, ""), (caddy, "/olievlek")]
)
async def test_all_that_comes_through_a_proxy(
    tmp_path: Path, configure: Callable[[Place, str], list[str]], subpath: str
) -> None:
    if shutil.which(configure.__name__) is None:
        cannot_start(configure.__name__, FileNotFoundError("install Debian's package"))
    place = Place(tmp_path, *_free_ports(3))
    certify(place.certificate, place.key, HOST)
    root = f"https://{HOST}:{place.https}"
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(
            server,
            tmp_path,
            HTTP_PORT=str(place.upstream),
            PUBLIC_URL=f"{root}{subpath}",
            WEB_CHAT="on",
            SECURITY_CONTACT=CONTACT,
            TELEGRAM_WEBHOOK_URL=f"{root}{subpath}/telegram/webhook",
            TELEGRAM_WEBHOOK_SECRET=SECRET,
        )
        async with program(env, tmp_path) as started, _running(configure(place, subpath), place):
            await started.says("http port open")
            async with _client(place, root) as client:
                await _sends_on_to_https(place)
                if not subpath:
                    await _says_whom_to_tell(client, root)
                await _shows_the_pages(client, subpath)
                await _takes_a_delivery(client, server, subpath)
                await _keeps_a_stream_open(client, subpath)
                if not subpath:
                    await _tells_clients_apart(place, client, root)
        assert SECRET not in started.log


def _client(place: Place, root: str, address: str = "127.0.0.1") -> httpx.AsyncClient:
    trusting = ssl.create_default_context(cafile=place.certificate)
    transport = httpx.AsyncHTTPTransport(verify=trusting, local_address=address)
    return httpx.AsyncClient(transport=transport, base_url=root, timeout=20)


async def _sends_on_to_https(place: Place) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://{HOST}:{place.http}/web/?a=b")
    assert answer.status_code == 308
    assert re.fullmatch(rf"https://{HOST}(:{place.https})?/web/\?a=b", answer.headers["location"])
    await _shakes_hands(place, "ECDHE-ECDSA-AES256-GCM-SHA384")
    for without_forward_secrecy_or_gcm in ("AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA"):
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            await _shakes_hands(place, without_forward_secrecy_or_gcm)


async def _shakes_hands(place: Place, cipher: str) -> None:
    """Connects with TLS 1.2 and this cipher alone."""
    context = ssl.create_default_context(cafile=place.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    await _connects("127.0.0.1", place.https, ssl=context, server_hostname=HOST)


async def _says_whom_to_tell(client: httpx.AsyncClient, root: str) -> None:
    answer = await client.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields == {
        "Contact": CONTACT,
        "Preferred-Languages": "nl, en",
        "Canonical": f"{root}/.well-known/security.txt",
    }


async def _shows_the_pages(client: httpx.AsyncClient, subpath: str) -> None:
    page = await client.get(f"{subpath}/web/")
    assert page.status_code == 401, (page.text, page.headers)
    style = re.search(r'href="([^"]+\.css)"', page.text)
    assert style is not None and (await client.get(style[1])).status_code == 200
    # What internet.nl looks for.
    headers = page.headers
    assert headers.get_list("strict-transport-security") == ["max-age=31536000"]
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("x-frame-options") == ["DENY"]
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers.get("server", "") in ("", "nginx")  # no version
    for path in ("/metrics", "/healthz", "/readyz"):
        assert (await client.get(path)).status_code == 404


async def _takes_a_delivery(client: httpx.AsyncClient, server: BotApiServer, subpath: str) -> None:
    path = f"{subpath}/telegram/webhook"
    assert (await client.post(path, json=START)).status_code == 401
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert (await client.post(path, json=START, headers=headers)).status_code == 200
    await server.until(
        lambda: any("taal" in str(call.get("text")) for call in server.calls_of("sendMessage"))
    )


async def _keeps_a_stream_open(client: httpx.AsyncClient, subpath: str) -> None:
    """The chat is live: what the bot says comes while the stream stays open."""
    joining = await client.get(f"{subpath}/chat")
    same_site = {"Sec-Fetch-Site": "same-origin"}
    page = await client.post(
        f"{subpath}/chat/begin",
        data=dict(HIDDEN.findall(joining.text)),
        headers=same_site,
        follow_redirects=True,
    )
    assert page.status_code == 200 and 'id="messages"' in page.text
    form = page.text.partition('id="say"')[2].partition("</form>")[0]
    async with client.stream("GET", f"{subpath}/chat/stream?after=0") as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        async with asyncio.timeout(20):
            assert (await anext(lines)).startswith("retry:")
            said = {**dict(HIDDEN.findall(form)), "text": "hallo vanaf een werktelefoon"}
            await client.post(f"{subpath}/chat/say", data=said, headers=same_site)
            async for line in lines:
                if line.startswith("data:") and "werktelefoon" in json.dumps(line):
                    break


async def _tells_clients_apart(place: Place, client: httpx.AsyncClient, root: str) -> None:
    """Somebody who asks too much keeps nobody else out, whoever they claim to be."""
    link = f"/web/sign-in/{'x' * 43}"
    async with _client(place, root, "127.0.0.2") as flood:
        statuses: set[int] = set()
        for _ in range(40):
            claimed = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(50)]
            answers = await asyncio.gather(*(flood.get(link, headers=each) for each in claimed))
            statuses |= {answer.status_code for answer in answers}
            if 429 in statuses:
                break
        assert statuses == {410, 429}
    assert (await client.get(link)).status_code == 410
