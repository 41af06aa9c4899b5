"""Cross-signing: the account signs its device, so that clients show no warning.

matrix-nio does not do this; see <https://spec.matrix.org/latest/client-server-api/#cross-signing>.
If another program has set up cross-signing for the account, its keys stay in use.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Any

import structlog
from nio import AsyncClient

from bot.channels.base import MessageRejected, SendError
from bot.channels.matrix.client.api import PASSWORD, call, call_unchecked, error_of
from bot.channels.matrix.events.content import object_in
from bot.channels.matrix.keys.signing_key_store import SigningKeyStore, StoredKeys
from bot.channels.matrix.keys.signing_keys import USES, SigningKeys

log = structlog.get_logger(__name__)


class NotOurs(StrEnum):
    """Why the account's published keys are none that the bot can sign with."""

    REPLACED = "another program replaced the signing keys of this account"
    FOREIGN = "another program set up cross-signing for this account"
    SEALED = "the signing keys are sealed with another secret key, or were changed"


class ForeignIdentity(Exception):
    """The account's published keys are not the bot's.

    Attributes:
        reason: why not.
    """

    def __init__(self, reason: NotOurs) -> None:
        super().__init__(reason.value)
        self.reason = reason


async def sign_device(client: AsyncClient, store: SigningKeyStore, password: str | None) -> None:
    """Signs the device with the account's keys, and makes those first if there are none.

    A failure is logged with what to do about it; everything else works without a signature.

    Args:
        client: logged in, with its device's keys uploaded.
        store: where the account's keys are kept.
        password: of the account; some homeservers require it for new keys.
    """
    try:
        published = await published_keys(client)
        keys = await _usable_keys(client, store, password, published)
        await _sign_device(client, keys, published)
    except ForeignIdentity as error:
        log.warning(
            "this device is not signed; see `olievlek check`",
            reason=error.reason.value,
            device=client.device_id,
        )
    except SendError as error:
        log.warning("this device is not signed; clients may warn of it", error=str(error))


async def replace_identity(
    client: AsyncClient, store: SigningKeyStore, password: str | None
) -> None:
    """Gives the account new signing keys, and signs the device with them if it has keys.

    Everybody who verified the account has to do so again.

    Raises:
        SendError: the homeserver does not allow it, for example without the password.
    """
    keys, stored = SigningKeys.generate(), await store.read(client)
    # The copy last: after a crash before or during publishing, one of the two places has the keys
    # that are published, and the next start brings the other to them.
    store.write_file(keys)
    try:
        await _publish(client, keys, password)
    except MessageRejected:
        if stored.in_file is not None:
            store.write_file(stored.in_file)
        raise
    await store.write_copy(client, keys)
    published = await published_keys(client)
    if own_device(client, published) is not None:
        await _sign_device(client, keys, published)


async def published_keys(client: AsyncClient) -> dict[str, Any]:
    """Returns the homeserver's answer about the keys of the account and its device.

    Raises:
        SendError: the homeserver cannot be asked.
    """
    devices = [client.device_id] if client.device_id else []
    return await call(client, "POST", "/keys/query", {"device_keys": {client.user_id: devices}})


def own_keys(stored: StoredKeys, user_id: str, published: dict[str, Any]) -> SigningKeys | None:
    """Returns the stored keys, the ones that are published if any are; None: there are none.

    Those of the file may be older than the copy on the homeserver: the file comes from a backup,
    or the account was given new keys on another machine.

    Raises:
        ForeignIdentity: others are published.
    """
    ours = [keys for keys in (stored.in_file, stored.copied) if keys is not None]
    master = object_in(published, "master_keys").get(user_id)
    if master is None:
        return ours[0] if ours else None
    for keys in ours:
        if keys.is_published_as("master", master):
            return keys
    if ours:
        raise ForeignIdentity(NotOurs.REPLACED)
    raise ForeignIdentity(NotOurs.SEALED if stored.is_copy_unusable else NotOurs.FOREIGN)


async def _usable_keys(
    client: AsyncClient, store: SigningKeyStore, password: str | None, published: dict[str, Any]
) -> SigningKeys:
    """Returns the keys that are published for the account; publishes them if none are."""
    stored = await store.read(client)
    keys = own_keys(stored, client.user_id, published) or SigningKeys.generate()
    # Before publishing: after a crash in between, only the homeserver would have new keys.
    await store.write(client, keys, stored)
    self_signing = object_in(object_in(published, "self_signing_keys"), client.user_id)
    if not keys.is_published_as("self_signing", self_signing):
        await _publish(client, keys, password)
    return keys


async def _sign_device(client: AsyncClient, keys: SigningKeys, published: dict[str, Any]) -> None:
    user, device = client.user_id, client.device_id or ""
    described = own_device(client, published)
    if described is None:
        raise SendError("the homeserver does not know this device yet")
    described.pop("unsigned", None)
    if f"ed25519:{keys.public('self_signing')}" in object_in(
        object_in(described, "signatures"), user
    ):
        return
    signed = keys.signed(described, user, "self_signing")
    answer = await call(client, "POST", "/keys/signatures/upload", {user: {device: signed}})
    if answer.get("failures"):
        raise SendError(f"the homeserver does not take the signature: {answer['failures']}")
    log.info("this device is signed by its account", device=device)


def own_device(client: AsyncClient, published: dict[str, Any]) -> dict[str, Any] | None:
    """Returns what the homeserver shows of the client's device; None: it has no keys there."""
    devices = object_in(object_in(published, "device_keys"), client.user_id)
    return object_in(devices, client.device_id or "") or None


async def _publish(client: AsyncClient, keys: SigningKeys, password: str | None) -> None:
    """Publishes the keys.

    Raises:
        MessageRejected: the homeserver wants the password, and it is not set or wrong.
        SendError: the homeserver cannot be reached, or does not take them.
    """
    user = client.user_id
    master = keys.described(user, "master")
    if client.olm is not None:
        by_device = {f"ed25519:{client.device_id}": client.olm.sign_json(master)}
        master["signatures"] = {user: by_device}
    body = {
        "master_key": master,
        **{
            f"{use}_key": keys.signed(keys.described(user, use), user, "master")
            for use in USES
            if use != "master"
        },
    }
    path = "/keys/device_signing/upload"
    status, answer = await call_unchecked(client, "POST", path, body)
    if status == HTTPStatus.UNAUTHORIZED and password is not None and "session" in answer:
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
            "session": answer["session"],
        }
        status, answer = await call_unchecked(client, "POST", path, {**body, "auth": auth})
    if status == HTTPStatus.UNAUTHORIZED and "flows" in answer:
        raise MessageRejected(_wanted(answer["flows"]))
    if status >= HTTPStatus.BAD_REQUEST:
        raise error_of(answer.get("errcode"), str(answer.get("error")))


def _wanted(flows: list[dict[str, Any]]) -> str:
    """Returns what a homeserver wants before it takes new keys."""
    stages = sorted({stage for flow in flows for stage in flow.get("stages", ())})
    if "m.login.password" in stages:
        return f"the homeserver wants the right password, in {PASSWORD}"
    return f"the homeserver wants another confirmation than a password ({', '.join(stages)})"
