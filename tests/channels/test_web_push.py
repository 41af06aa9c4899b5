"""Web Push: what goes to a push service, what never does, and who is told how often."""

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientConnectorError, web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select

from bot.channels.push import PushIdentity
from bot.channels.web.channel import WebChat
from bot.channels.web.push import CONTENT, PublicOnly, WebPush, is_public, new_private_key
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.delivery.browsers.push_subscriptions import StoredSubscriptions
from bot.messages import Outgoing
from bot.push_subscription import Subscription
from bot.store.chat import browsers, pushes
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.chat import ChatBrowserRow, ChatPushRow
from tests.support.fakes import FixedClock

IDENTITY = PushIdentity(new_private_key(), "mailto:privacy@griffie.test")
ADDRESS = "https://olievlek.test"


def in_text(content: bytes) -> str:
    """Bytes in base64url."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def out_of_text(text: str) -> bytes:
    """What a text in base64url holds."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as it travels."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """A key by HKDF with SHA-256."""
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass
class PushBrowser:
    """What a browser has for itself of a subscription, and decrypts with (RFC 8291, RFC 8188)."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"sixteen bytes ok"

    def subscription(self, endpoint: str) -> Subscription:
        """What it gives the page."""
        return Subscription(endpoint, in_text(point(self.private.public_key())), in_text(self.auth))

    def opened(self, body: bytes) -> bytes:
        """What was sent."""
        salt, size, length = body[:16], struct.unpack(">I", body[16:20])[0], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size  # one record
        own = point(self.private.public_key())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), theirs)
        secret = derived(self.auth, shared, b"WebPush: info\0" + own + sender, 32)
        key = derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        content, mark, rest = padded.partition(b"\x02")
        assert mark and not rest.strip(b"\0")
        return content


def claims_in(authorization: str) -> tuple[str, dict[str, object]]:
    """The public key and the claims of a VAPID header, whose signature is right."""
    parts = dict(each.split("=", 1) for each in authorization.removeprefix("vapid ").split(","))
    head, body, signature = parts["t"].split(".")
    raw = out_of_text(signature)
    numbers = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), out_of_text(parts["k"]))
    key.verify(
        utils.encode_dss_signature(*numbers), f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())
    )
    assert json.loads(out_of_text(head))["alg"] == "ES256"
    return parts["k"], json.loads(out_of_text(body))


@dataclass
class PushServer:
    """A push service on loopback.

    Attributes:
        url: where it is.
        answers: the statuses of the next answers; then each is 201.
        got: the path, the headers and the body of each request.
        may_answer: whether it answers now, or hangs.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Answers one request."""
        self.got.append((request.path, dict(request.headers), await request.read()))
        await self.may_answer.wait()
        status = self.answers.pop(0) if self.answers else 201
        return web.Response(status=status, headers={"Location": f"{self.url}/elsewhere"})


@pytest.fixture
async def server() -> AsyncIterator[PushServer]:
    """A push service that listens."""
    service = PushServer()
    service.may_answer.set()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = site.name
    yield service
    await runner.cleanup()


class Loopback(AbstractResolver):
    """Says of every name that it is on this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """Returns 127.0.0.1."""
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Has nothing to close."""


@dataclass
class Told:
    """A chat with a browser that is told, by a channel with push."""

    database: Database
    clock: FixedClock
    channel: WebChat
    push: WebPush
    chat: str
    browser_id: int
    browser: PushBrowser

    async def subscribes(self, endpoint: str) -> None:
        """Has the browser be told there."""
        async with self.database.transaction() as session:
            await pushes.subscribe(session, self.browser_id, self.browser.subscription(endpoint))

    async def gets(self, key: str, *, urgent: bool = False) -> None:
        """Has a message arrive, and waits until whoever is told was told."""
        await self.channel.send(self.chat, Outgoing("De bakker, Sanne."), key, urgent=urgent)
        await self.push.settled()

    async def subscriptions(self) -> int:
        """Returns how many are kept."""
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(ChatPushRow)) or 0


@pytest.fixture
async def told(
    database: Database, vault: Vault, clock: FixedClock, server: PushServer
) -> AsyncIterator[Told]:
    """A chat with a subscription at the push service."""
    subscriptions = StoredSubscriptions(database, "web", clock)
    push = WebPush(IDENTITY, subscriptions, clock, allow_loopback=True, waits=(0.0, 0.0))
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS, push)
    async with database.transaction() as session:
        opened = await browsers.begin(session, "web", "f" * 30, "browser", clock())
        assert opened is not None
        row = opened.row
    chat = Told(database, clock, channel, push, row.address, row.id, PushBrowser())
    await chat.subscribes(f"{server.url}/send/1")
    yield chat
    await channel.close()


async def test_what_is_sent_is_the_same_for_everybody_and_the_browser_can_open_it(
    told: Told, server: PushServer
) -> None:
    await told.gets("nudge-1-0")
    [(path, headers, body)] = server.got
    assert path == "/send/1"
    assert told.browser.opened(body) == CONTENT
    key, claims = claims_in(headers.pop("Authorization"))
    assert key == told.push.public_key
    assert claims == {
        "aud": server.url,
        "exp": int(told.clock().timestamp()) + 12 * 3600,
        "sub": "mailto:privacy@griffie.test",
    }
    assert headers == {
        "Host": server.url.removeprefix("http://"),
        "TTL": "43200",
        "Topic": "olievlek",
        "Urgency": "normal",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(body)),
        "User-Agent": "Olievlek",
        "Accept": "*/*",
        "Accept-Encoding": headers["Accept-Encoding"],
    }


async def test_one_is_told_once_until_the_chat_was_opened(told: Told, server: PushServer) -> None:
    for number in range(3):
        await told.gets(f"nudge-{number}-0")
    assert len(server.got) == 1
    async with told.database.transaction() as session:
        chat, at = ("web", told.chat), told.clock()
        assert await pushes.was_told(session, chat, at)
        await pushes.opened(session, chat, at)
    await told.gets("nudge-3-0")
    assert len(server.got) == 2


async def test_who_is_waiting_or_looking_is_not_told(told: Told, server: PushServer) -> None:
    await told.gets("answer", urgent=True)
    with told.channel.signals.listening(told.chat):
        await told.gets("nudge-1-0")
    assert server.got == []
    await told.gets("nudge-2-0")
    assert len(server.got) == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(
    told: Told, server: PushServer, status: int
) -> None:
    server.answers = [status]
    await told.gets("nudge-1-0")
    assert (len(server.got), await told.subscriptions()) == (1, 0)


@pytest.mark.parametrize(
    ("answers", "tries"), [([503, 201], 2), ([429, 500, 201], 3), ([500] * 3, 3), ([302], 1)]
)
async def test_a_push_service_in_trouble_is_tried_thrice_and_leads_nowhere_else(
    told: Told, server: PushServer, answers: list[int], tries: int
) -> None:
    is_told = answers[-1] == 201
    server.answers = list(answers)
    await told.gets("nudge-1-0")
    assert [path for path, _, _ in server.got] == ["/send/1"] * tries
    assert await told.subscriptions() == 1
    await told.gets("nudge-2-0")
    assert (len(server.got) == tries) == is_told  # what failed is told with the next message


async def test_each_browser_has_one_subscription_which_goes_with_it(told: Told) -> None:
    await told.subscribes("https://push.example.org/2")
    assert await told.subscriptions() == 1
    async with told.database.transaction() as session:
        opened = await browsers.begin(session, "web", "g" * 30, "browser", told.clock())
        assert opened is not None
        again = told.browser.subscription("https://push.example.org/2")
        await pushes.subscribe(session, opened.row.id, again)
        assert not await pushes.is_subscribed(session, told.browser_id)
        assert await pushes.is_subscribed(session, opened.row.id)
        await browsers.end(session, ("web", opened.row.address))
    assert await told.subscriptions() == 0
    async with told.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ChatBrowserRow)) == 1


async def test_a_push_that_hangs_delays_no_message(told: Told, server: PushServer) -> None:
    server.may_answer.clear()
    async with asyncio.timeout(5):
        for number in range(5):
            await told.channel.send(told.chat, Outgoing("Hoi"), f"nudge-{number}-0")
    server.may_answer.set()
    await told.push.settled()
    assert len(server.got) == 1


ENDPOINTS = {
    "http://push.example.org/1": False,
    "https://push.example.org:8443/1": False,
    "https://push.example.org/1": True,
    "https://push.example.org:443/1": True,
    "https://127.0.0.1/1": False,
    "https://127.1/1": False,
    "https://2130706433/1": False,
    "https://0x7f000001/1": False,
    "https://0x7f.0.0.1/1": False,
    "https://127.0.0.1./1": False,
    "https://8.8.8.8/1": False,
    "https://[::1]/1": False,
    "https://[::ffff:127.0.0.1]/1": False,
    "https://localhost/1": False,
    "https://intranet/1": False,
    "https://intranet./1": False,
    "https://user:secret@push.example.org/1": False,
    "https://push.example.org/" + "x" * 1_000: False,
    "https://push.example.org/\r\nX: 1": False,
    "https://push.exámple.org/1": False,
    "file:///etc/passwd": False,
    "": False,
}


@pytest.mark.parametrize(("endpoint", "is_fine"), ENDPOINTS.items(), ids=range(len(ENDPOINTS)))
def test_an_endpoint_is_a_public_name(
    database: Database, clock: FixedClock, endpoint: str, is_fine: bool
) -> None:
    push = WebPush(IDENTITY, StoredSubscriptions(database, "web", clock), clock)
    assert (push.trouble(PushBrowser().subscription(endpoint)) is None) == is_fine


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: Subscription(good.endpoint, good.auth, good.auth),
        lambda good: Subscription(good.endpoint, good.p256dh, good.p256dh),
        lambda good: Subscription(good.endpoint, in_text(b"\4" + b"1" * 64), good.auth),
        lambda good: Subscription(good.endpoint, "é" * 87, good.auth),
        lambda good: Subscription(good.endpoint, "A" * 100_000, good.auth),
    ],
    ids=range(5),
)
def test_keys_are_keys(
    database: Database, clock: FixedClock, spoil: Callable[[Subscription], Subscription]
) -> None:
    push = WebPush(IDENTITY, StoredSubscriptions(database, "web", clock), clock)
    good = PushBrowser().subscription("https://push.example.org/1")
    assert push.trouble(good) is None
    assert push.trouble(spoil(good)) is not None


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:400e::1", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_what_is_inside(address: str, is_fine: bool) -> None:
    assert is_public(address) == is_fine


async def test_a_public_name_that_leads_inside_is_not_connected_to(
    told: Told, server: PushServer
) -> None:
    with pytest.raises(OSError, match="not on the open internet"):
        await PublicOnly(Loopback()).resolve("push.example.org", 443)
    subscriptions = StoredSubscriptions(told.database, "web", told.clock)
    push = WebPush(IDENTITY, subscriptions, told.clock, resolver=Loopback(), waits=())
    port = server.url.rpartition(":")[2]
    with pytest.raises(ClientConnectorError):
        await push._http().post(f"http://push.example.org:{port}/1")
    await told.subscribes("https://push.example.org/1")
    push.tell(told.chat)
    await push.settled()
    await push.close()
    assert server.got == []
    assert await told.subscriptions() == 1
