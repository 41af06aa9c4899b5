"""TLS before a server on loopback, with certificates of a certificate authority of the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """A certificate authority in a folder; the one that is there already, if it is.

    Attributes:
        file: its own certificate, which a client may trust.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._numbers = folder, 0
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.file, key = folder / f"{name}.pem", folder / f"{name}.key"
        if key.exists():
            found = serialization.load_pem_private_key(key.read_bytes(), None)
            assert isinstance(found, ec.EllipticCurvePrivateKey)
            self._key = found
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        key.write_bytes(_pem(self._key))
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        own = self._certificate(self._name, self._key.public_key(), 3650, constraints)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, *, days: int) -> Path:
        """Returns a new certificate for 127.0.0.1 with its key; below zero it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = self._certificate(subject, key.public_key(), days, names)
        self._numbers += 1
        file = self._folder / f"server-{self._numbers}.pem"
        file.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        days: int,
        extension: x509.ExtensionType,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        return builder.sign(self._key, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Terminator:
    """Speaks TLS for a server that does not, and can change its certificate.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._port, self._own_port = port, 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()  # of what is connected

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self._own_port}"

    async def uses(self, certificate: Path) -> None:
        """Listens with this certificate, on the port of before; what is connected is cut off."""
        await self._stop()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._own_port, ssl=context, reuse_address=True
        )
        self._own_port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            there, to_there = await asyncio.open_connection("127.0.0.1", self._port)
            connected = {writer, to_there}
            self._writers |= connected
            try:
                await asyncio.gather(_pass_on(reader, to_there), _pass_on(there, writer))
            finally:
                self._writers -= connected


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while content := await source.read(65536):
            target.write(content)
            await target.drain()
        target.close()


@asynccontextmanager
async def tls_before(port: int, certificate: Path) -> AsyncIterator[Terminator]:
    """Yields what speaks TLS for the server on this port, until the end of the block."""
    terminator = Terminator(port)
    await terminator.uses(certificate)
    try:
        yield terminator
    finally:
        await terminator._stop()
