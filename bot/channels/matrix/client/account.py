"""The bot's device on Matrix: logged in once, and saved in a folder."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from errno import EACCES
from pathlib import Path

import structlog
from nio import AsyncClientConfig
from peewee import PeeweeException
from pydantic import TypeAdapter, ValidationError
from vodozemac import LibolmPickleException, PickleException

from bot.channels.base import InvalidCredentials, SendError, TemporaryFailure
from bot.channels.connection.proxies import proxy_for
from bot.channels.matrix.client.api import (
    PASSWORD,
    TOKEN,
    account_data,
    call,
    checked_response,
    close_client,
    save_account_data,
)
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.events.content import object_in
from bot.channels.matrix.keys.cross_signing import sign_device
from bot.channels.matrix.keys.key_store import KeyStore
from bot.channels.matrix.keys.private_file import read_private, write_private_json
from bot.channels.matrix.keys.signing_key_store import SigningKeyStore

log = structlog.get_logger(__name__)
DEVICE_NAME = "Olievlek"
STARTS = "nl.olievlek.starts"  # our account data on the homeserver
ANSWER_SECONDS = 20
DEVICE, KEYS, SIGNING = "device.json", "keys.db", "signing.json"


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in.

    Attributes:
        homeserver: its address, such as `https://matrix.example.org`.
        user: `@olievlek:example.org`, or only the first part.
        password: with it the bot can make a new device when it needs one.
        access_token: instead of a password.
        pickle_key: encrypts the keys on the disk.
    """

    homeserver: str
    user: str
    password: str | None
    access_token: str | None
    pickle_key: str


@dataclass(frozen=True, slots=True)
class Device:
    """A login that is saved.

    Attributes:
        starts: how often the bot was started with it. The homeserver stores the number too, so that
            a restored backup is noticed: its keys were used since, and clients take a message that
            is encrypted with a used key for a forgery.
    """

    homeserver: str
    user_id: str
    device_id: str
    access_token: str
    starts: int = 0


DEVICE_ADAPTER = TypeAdapter(Device)


class Account:
    """The bot's account, which logs in once and saves its device.

    Args:
        login: how to log in.
        folder: where the token and the keys are saved, readable by the owner alone.
    """

    def __init__(self, login: Login, folder: Path) -> None:
        self._login, self._folder = login, folder
        self._signing_keys = SigningKeyStore(folder / SIGNING, login.pickle_key)

    @property
    def folder(self) -> Path:
        """The folder with the device and its keys."""
        return self._folder

    @property
    def password(self) -> str | None:
        """The password; None: the account is used with a token."""
        return self._login.password

    @property
    def signing_keys(self) -> SigningKeyStore:
        """Where the account's signing keys are kept."""
        return self._signing_keys

    async def open(self) -> MatrixClient:
        """Returns a client that is logged in, on a device with working keys and a signature.

        Raises:
            InvalidCredentials: the homeserver refuses the credentials.
            SendError: the homeserver cannot be reached now.
        """
        self._require_folder()
        device = self._saved_device() or await self._new_device()
        client = await self._restore_client(device)
        try:
            if (reason := await self._fault_of(client, device)) is not None:
                if self._login.password is None:
                    log.error("this device cannot be used: get a new access token", reason=reason)
                    raise InvalidCredentials(TOKEN)
                log.warning("a new device takes the place of this one", reason=reason)
                device, client = await self._replace_device(client)
            await self._announce(client, device)
        except BaseException:
            await close_client(client)
            raise
        return client

    async def _announce(self, client: MatrixClient, device: Device) -> None:
        """Notes on disk and at the homeserver that the device starts again, and publishes its keys.

        Raises:
            InvalidCredentials: the token is not accepted, and there is no password to replace it.
            SendError: the homeserver cannot be asked now, or logged the device out meanwhile.
        """
        device = replace(device, starts=device.starts + 1)
        self._save_device(device)
        starts = {"device_id": device.device_id, "starts": device.starts}
        try:
            await save_account_data(client, STARTS, starts)
            if client.should_upload_keys:
                await checked_response(client.keys_upload())
        except InvalidCredentials as error:
            if self._login.password is None:
                raise InvalidCredentials(TOKEN) from error
            raise TemporaryFailure("this device was logged out while it started") from error
        await sign_device(client, self._signing_keys, self._login.password)

    async def whoami(self) -> str:
        """Returns the bot's user id; logs in if there is no device, and saves that one.

        Raises:
            InvalidCredentials: the homeserver refuses the credentials.
            SendError: the homeserver cannot be reached now.
        """
        async with self.session() as client:
            return str((await checked_response(client.whoami())).user_id)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[MatrixClient]:
        """Yields a client on the saved device, or on a new one, which is saved for the next start.

        So that what looks at the account logs in once: a homeserver allows few log-ins. A new one
        is made if there is none, or it is logged out, and the password can make one.

        Raises:
            InvalidCredentials: the homeserver refuses the credentials.
            SendError: the homeserver cannot be reached now.
            OSError: the folder cannot be written.
        """
        device, can_log_in = self._saved_device(), self._login.password is not None
        if can_log_in and (device is None or not await self._is_logged_in(device)):
            self._require_folder()
            device = await self._new_device()
        client = self._client_of(device or await self._device_of_token())
        try:
            yield client
        finally:
            await close_client(client)

    def _require_folder(self) -> None:
        """Makes the folder, before a log-in is spent on what could not be saved there.

        Raises:
            OSError: it cannot be made, or not be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES), str(self._folder))

    def _client_of(self, device: Device) -> MatrixClient:
        """Returns a client with the token of this device, and without its keys."""
        client = self._client(device.user_id)
        client.user_id, client.device_id = device.user_id, device.device_id
        client.access_token = device.access_token
        return client

    async def _is_logged_in(self, device: Device) -> bool:
        client = self._client_of(device)
        try:
            await checked_response(client.whoami())
        except InvalidCredentials:
            return False
        finally:
            await close_client(client)
        return True

    def _saved_device(self) -> Device | None:
        device = self._read_device()
        if device is None:
            return None
        same_user = self._login.user in (device.user_id, _localpart(device.user_id))
        token = self._login.access_token
        if device.homeserver != self._login.homeserver or not same_user:
            return None  # another account is configured now
        return device if token in (None, device.access_token) else None

    def _read_device(self) -> Device | None:
        """Returns the device of the last start, of whichever account; None: there is none."""
        saved = read_private(self._folder / DEVICE)
        try:
            return None if saved is None else DEVICE_ADAPTER.validate_python(saved)
        except ValidationError:
            log.warning("the file of this device cannot be used", file=DEVICE)
            return None

    def _save_device(self, device: Device) -> None:
        write_private_json(self._folder / DEVICE, asdict(device))

    async def _new_device(self) -> Device:
        """Logs in again; the keys of an earlier device are useless for this one."""
        if self._login.password is None:
            device = await self._device_of_token()
        else:
            client = await self._log_in()
            await close_client(client)
            device = self._device_of(client)
        (self._folder / KEYS).unlink(missing_ok=True)
        previous = self._read_device()
        if previous is not None and previous.user_id != device.user_id:
            # Another account: its signing keys are not ours.
            (self._folder / SIGNING).unlink(missing_ok=True)
        self._save_device(device)
        return device

    async def _log_in(self) -> MatrixClient:
        client = self._client(self._login.user)
        try:
            await checked_response(client.login(self._login.password, device_name=DEVICE_NAME))
        except SendError as error:
            await close_client(client)
            if "M_FORBIDDEN" in str(error):
                raise InvalidCredentials(PASSWORD) from error
            raise
        return client

    async def _device_of_token(self) -> Device:
        client = self._client(self._login.user)
        client.access_token = self._login.access_token or ""
        try:
            answer = await checked_response(client.whoami())
        except InvalidCredentials as error:
            raise InvalidCredentials(TOKEN) from error
        finally:
            await close_client(client)
        if not answer.device_id:
            raise InvalidCredentials(TOKEN)
        client.user_id, client.device_id = answer.user_id, answer.device_id
        return self._device_of(client)

    def _device_of(self, client: MatrixClient) -> Device:
        return Device(
            self._login.homeserver, client.user_id, client.device_id or "", client.access_token
        )

    async def _restore_client(self, device: Device) -> MatrixClient:
        client = self._client(device.user_id, with_keys=True)
        keys = self._folder / KEYS
        os.close(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600))
        try:
            client.restore_login(device.user_id, device.device_id, device.access_token)
        except (PickleException, LibolmPickleException, PeeweeException) as error:
            log.warning("the keys of this device cannot be read", error=type(error).__name__)
            if client.store is not None:
                client.store.database.close()
            keys.unlink()  # an empty store makes `_fault_of` report that the keys are lost
            return await self._restore_client(device)
        return client

    async def _replace_device(self, client: MatrixClient) -> tuple[Device, MatrixClient]:
        try:
            await checked_response(client.logout())  # with it, its keys leave the homeserver
        except SendError as error:
            log.info("the old device is not logged out", error=str(error))
        await close_client(client)
        (self._folder / KEYS).unlink(missing_ok=True)
        device = await self._new_device()
        return device, await self._restore_client(device)

    async def _fault_of(self, client: MatrixClient, device: Device) -> str | None:
        """Returns why this device cannot be used any more; None: it can."""
        body = {"device_keys": {device.user_id: [device.device_id]}}
        try:
            stored = await account_data(client, STARTS)
            answer = await call(client, "POST", "/keys/query", body)
        except InvalidCredentials:
            return "it is logged out"
        starts = stored.get("starts")
        is_later = isinstance(starts, int) and starts > device.starts
        if stored.get("device_id") == device.device_id and is_later:
            return "its keys come from a backup, and were used since"
        devices = object_in(object_in(answer, "device_keys"), device.user_id)
        published = object_in(object_in(devices, device.device_id), "keys")
        own_key = client.olm.account.identity_keys["ed25519"]
        if published and published.get(f"ed25519:{device.device_id}") != own_key:
            return "its keys are lost"
        return None

    def _client(self, user: str, *, with_keys: bool = False) -> MatrixClient:
        config = AsyncClientConfig(
            store=KeyStore,
            store_name=KEYS,
            store_sync_tokens=False,  # `SyncLoop` saves them once everything was handled
            encryption_enabled=True,
            pickle_key=self._login.pickle_key,
            max_limit_exceeded=0,  # `RateLimiter` decides how long to wait, and what goes first
            max_timeouts=0,
            request_timeout=ANSWER_SECONDS,
        )
        store = str(self._folder) if with_keys else None
        proxy = proxy_for(self._login.homeserver)
        return MatrixClient(
            self._login.homeserver, user, store_path=store, config=config, proxy=proxy
        )


def _localpart(user_id: str) -> str:
    return user_id.removeprefix("@").partition(":")[0]
