"""Cross-signing: the account signs its device, so that clients show no warning.

matrix-nio does not do this; see <https://spec.matrix.org/latest/client-server-api/#cross-signing>.
If another program has set up cross-signing for the account, its keys stay in use.
"""

from pathlib import Path
from typing import Any

import structlog
from nio import AsyncClient
from signedjson.key import (
    decode_signing_key_base64,
    encode_signing_key_base64,
    encode_verify_key_base64,
    generate_signing_key,
    get_verify_key,
)
from signedjson.sign import sign_json

from bot.channels.base import SendError
from bot.channels.matrix.api import call, call_unchecked, error_of
from bot.channels.matrix.keys.private_file import read_private, write_private

log = structlog.get_logger(__name__)
USES = ("master", "self_signing", "user_signing")


async def sign_device(client: AsyncClient, file: Path, password: str | None) -> None:
    """Signs the device with the account's keys, and makes those first if there are none.

    A failure is logged with what to do about it; everything else works without a signature.

    Args:
        client: logged in, with its device's keys uploaded.
        file: where the account's keys are saved.
        password: of the account; some homeservers require it for new keys.
    """
    try:
        await _sign(client, _Keys(file), password)
    except SendError as error:
        log.warning("this device is not signed; clients may warn of it", error=str(error))


class _Keys:
    """The account's three signing keys, saved as seeds in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seeds: dict[str, str] = read_private(file) or {
            use: encode_signing_key_base64(generate_signing_key("new")) for use in USES
        }

    def save(self) -> None:
        """Saves them, readable by the owner alone."""
        write_private(self._file, self._seeds)

    def public(self, use: str) -> str:
        """Returns a key's public half, which is also its name."""
        key = decode_signing_key_base64("ed25519", "1", self._seeds[use])
        return str(encode_verify_key_base64(get_verify_key(key)))

    def signed(self, content: dict[str, Any], user_id: str, use: str) -> dict[str, Any]:
        """Returns `content` with a signature by one of the keys."""
        key = decode_signing_key_base64("ed25519", self.public(use), self._seeds[use])
        return dict(sign_json(content, user_id, key))

    def described(self, user_id: str, use: str) -> dict[str, Any]:
        """Returns a key as it is published."""
        public = self.public(use)
        return {"user_id": user_id, "usage": [use], "keys": {f"ed25519:{public}": public}}


async def _sign(client: AsyncClient, keys: _Keys, password: str | None) -> None:
    user, device = client.user_id, client.device_id or ""
    known = await call(client, "POST", "/keys/query", {"device_keys": {user: [device]}})
    master = known.get("master_keys", {}).get(user)
    if master is None:
        await _publish(client, keys, password)
    elif f"ed25519:{keys.public('master')}" not in master["keys"]:
        log.warning(
            "another program set up cross-signing for this account; verify this device there",
            device=device,
        )
        return
    own_device = known.get("device_keys", {}).get(user, {}).get(device)
    if own_device is None:
        raise SendError("the homeserver does not know this device yet")
    own_device.pop("unsigned", None)
    if f"ed25519:{keys.public('self_signing')}" in own_device["signatures"].get(user, {}):
        return
    signed = keys.signed(own_device, user, "self_signing")
    answer = await call(client, "POST", "/keys/signatures/upload", {user: {device: signed}})
    if answer.get("failures"):
        raise SendError(f"the homeserver does not take the signature: {answer['failures']}")
    log.info("this device is signed by its account", device=device)


async def _publish(client: AsyncClient, keys: _Keys, password: str | None) -> None:
    user = client.user_id
    master = keys.described(user, "master")
    by_device = {f"ed25519:{client.device_id}": client.olm.sign_json(master)}
    body = {
        "master_key": {**master, "signatures": {user: by_device}},
        **{
            f"{use}_key": keys.signed(keys.described(user, use), user, "master")
            for use in USES
            if use != "master"
        },
    }
    path = "/keys/device_signing/upload"
    # Before publishing: after a crash in between, only the homeserver would have these keys.
    keys.save()
    status, answer = await call_unchecked(client, "POST", path, body)
    if status == 401 and password is not None and "session" in answer:
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
            "session": answer["session"],
        }
        status, answer = await call_unchecked(client, "POST", path, {**body, "auth": auth})
    if status >= 400:
        raise error_of(answer.get("errcode"), str(answer.get("error", "asks for a password")))
