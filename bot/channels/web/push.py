"""Web Push: tells a browser whose chat is closed that something waits, and nothing else.

What is sent is the same for everybody, and encrypted for the browser (RFC 8291); we identify
ourselves by a key (RFC 8292). The endpoint is what a browser says, so it may be anything: it leads
to the open internet or nothing is sent.
"""

import asyncio
import base64
import binascii
import ipaddress
import socket
from http import HTTPStatus

import aiohttp
import http_ece
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from yarl import URL

from bot.channels.push import PushIdentity, PushSubscriptions
from bot.messages import Clock
from bot.push_subscription import Subscription

log = structlog.get_logger(__name__)

CONTENT = b"1"
"""What every browser gets; its service worker has the words."""
TTL_SECONDS = 12 * 3600
"""How long a push service keeps it for a phone that is off."""
TOKEN_SECONDS = 12 * 3600  # at most a day, as RFC 8292 has it
LIMIT_SECONDS = 30.0
WAITS = (1.0, 5.0)
AT_ONCE = 20
MAX_ENDPOINT = 1_000  # characters
MAX_KEYS = 200  # characters
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(host: str) -> bool:
    """Returns whether an IP address is on the open internet, also when it holds another one."""
    address: IPAddress = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None or address.teredo is not None:
            return False
        held = address.ipv4_mapped
        if address in NAT64:
            held = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if held is not None:
            address = held
    return address.is_global and not (address.is_multicast or address.is_reserved)


def decoded(text: str) -> bytes:
    """Returns what a text in base64url holds.

    Raises:
        ValueError: it is something else.
    """
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)


def encoded(content: bytes) -> str:
    """Returns bytes in base64url, without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Returns the private key that a setting holds.

    Raises:
        ValueError: it is no such key.
    """
    content = decoded(text)
    if len(content) != 32:
        raise ValueError("a key has 32 bytes")
    return ec.derive_private_key(int.from_bytes(content), ec.SECP256R1())


def new_private_key() -> str:
    """Returns a fresh private key, 32 bytes in base64url."""
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    return encoded(numbers.private_value.to_bytes(32))


class PublicOnly(AbstractResolver):
    """Finds only addresses on the open internet; what it finds is what is connected to.

    Args:
        inner: looks names up.
    """

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Returns the addresses of a name.

        Raises:
            OSError: there are none, or one of them is inside.
        """
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise OSError("it is not on the open internet")
        return found

    async def close(self) -> None:
        """Closes what looks names up."""
        await self._inner.close()


class WebPush:
    """Tells browsers that something waits, in the background.

    Args:
        identity: who we are.
        subscriptions: where to tell it.
        clock: tells the present.
        allow_loopback: whether a push service may be on this machine, for tests alone.
        resolver: looks names up, for tests alone; None: as the machine does.
        waits: before the second and the third try, in seconds.
    """

    def __init__(
        self,
        identity: PushIdentity,
        subscriptions: PushSubscriptions,
        clock: Clock,
        *,
        allow_loopback: bool = False,
        resolver: AbstractResolver | None = None,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        key = private_key(identity.key)
        # A contact need not be given (RFC 8292), and ours may be the address of our pages.
        self._vapid = Vapid02(key, conf={"no-strict": True})
        self._public_key = encoded(_point(key.public_key()))
        self._contact, self._subscriptions, self._clock = identity.contact, subscriptions, clock
        self._allow_loopback, self._resolver, self._waits = allow_loopback, resolver, waits
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def public_key(self) -> str:
        """The key by which a browser knows us, in base64url."""
        return self._public_key

    def trouble(self, subscription: Subscription) -> str | None:
        """Returns why nothing may or can be sent there; None: it can."""
        if len(subscription.p256dh) > MAX_KEYS or len(subscription.auth) > MAX_KEYS:
            return "its keys are too long"
        try:
            point, auth = decoded(subscription.p256dh), decoded(subscription.auth)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except (ValueError, binascii.Error):
            return "its keys are no keys"
        if len(point) != 65 or len(auth) != 16:
            return "its keys have the wrong length"
        return self._endpoint_trouble(subscription.endpoint)

    def _endpoint_trouble(self, endpoint: str) -> str | None:
        if len(endpoint) > MAX_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
            return "its address is too long or has odd characters"
        try:
            url = URL(endpoint)
            host, port = url.host, url.port
        except ValueError:
            return "its address is no address"
        if not host or url.user is not None or url.password is not None:
            return "its address has no host, or a password"
        if self._allow_loopback and host == "127.0.0.1":
            return None
        if url.scheme != "https" or port != 443:
            return "its address is not https on port 443"
        if _is_number(host) or "." not in host.strip("."):
            return "its address has no public name"
        return None

    def tell(self, address: str) -> None:
        """Tells the browsers of a chat that something waits, after this returns."""
        task = asyncio.create_task(self._tell(address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Waits until everybody was told, or could not be."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Tells nobody any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _tell(self, address: str) -> None:
        try:
            async with self._slots:
                for subscription in await self._subscriptions.claim(address):
                    await self._tell_one(subscription)
        except Exception as error:  # a message arrived; that nobody was told must not undo that
            log.warning("push failed", trouble=type(error).__name__)

    async def _tell_one(self, subscription: Subscription) -> None:
        status: int | None = None
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                status = await self._posted(subscription)
        except TimeoutError:
            pass
        if status in GONE:
            await self._subscriptions.forget(subscription.endpoint)
        elif status is None or status >= HTTPStatus.MULTIPLE_CHOICES:
            # Not its address: that is as good as a name.
            log.warning("push refused", host=URL(subscription.endpoint).host, status=status)
            await self._subscriptions.release(subscription.endpoint)

    async def _posted(self, subscription: Subscription) -> int | None:
        """Returns the answer of the push service, of the last try; None: it gave none."""
        status = None
        for wait in (0.0, *self._waits):
            await asyncio.sleep(wait)
            try:
                status = await self._post(subscription)
            except (aiohttp.ClientError, OSError, ValueError):
                status = None
            is_passing = status is None or status >= 500
            if not (is_passing or status == HTTPStatus.TOO_MANY_REQUESTS):
                break
        return status

    async def _post(self, subscription: Subscription) -> int:
        if (trouble := self.trouble(subscription)) is not None:
            raise ValueError(trouble)
        url = URL(subscription.endpoint, encoded=True)
        body = http_ece.encrypt(
            CONTENT,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decoded(subscription.p256dh),
            auth_secret=decoded(subscription.auth),
            version="aes128gcm",
        )
        claims = {
            "aud": str(url.origin()),
            "exp": int(self._clock().timestamp()) + TOKEN_SECONDS,
            "sub": self._contact,
        }
        headers = {
            **self._vapid.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_SECONDS),
            "Topic": "olievlek",  # a phone that was off hears it once
            "Urgency": "normal",
            "User-Agent": "Olievlek",
        }
        request = self._http().post(url, data=body, headers=headers, allow_redirects=False)
        async with request as response:  # its body is not read
            return response.status

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = self._resolver or aiohttp.ThreadedResolver()
            connector = aiohttp.TCPConnector(resolver=PublicOnly(resolver), limit=AT_ONCE)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=10),
            )
        return self._session


def _is_number(host: str) -> bool:
    """Returns whether a host is an IP address, in whatever way that is written."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdecimal() or last.lower().startswith("0x")


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
