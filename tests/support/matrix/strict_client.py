"""What a strict client sees of somebody's devices: the chain of signatures, checked by itself.

It shares no code with the bot: the signatures are checked with the `cryptography` package.
"""

import json
from base64 import b64decode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nio import AsyncClient

Json = dict[str, Any]


class StrictClient:
    """A client that trusts a device only if its owner's keys sign it.

    Args:
        client: logged in, as anybody who shares a homeserver with the owner.
        owner: whose devices it looks at.
    """

    def __init__(self, client: AsyncClient, owner: str) -> None:
        self._client, self._owner = client, owner

    async def keys(self) -> Json:
        """What the homeserver shows of the owner's keys."""
        answer = await self._client.send(
            "POST",
            "/_matrix/client/v3/keys/query",
            json.dumps({"device_keys": {self._owner: []}}),
            {"Authorization": f"Bearer {self._client.access_token}"},
        )
        keys: Json = await answer.json()
        return keys

    async def master(self) -> str:
        """The owner's published master key."""
        [public] = (await self.keys())["master_keys"][self._owner]["keys"].values()
        return str(public)

    async def shields(self) -> dict[str, str]:
        """Why each device of the owner would be shown with a shield; empty: none would be."""
        keys = await self.keys()
        master = keys.get("master_keys", {}).get(self._owner)
        signing = keys.get("self_signing_keys", {}).get(self._owner)
        devices = keys.get("device_keys", {}).get(self._owner, {})
        if not devices:
            return {"": "no devices"}
        shields = {}
        for name, device in devices.items():
            if master is None or signing is None:
                shields[name] = "no identity"
            elif not self._signed(signing, master):
                shields[name] = "the self-signing key is not signed"
            elif not self._signed(device, signing):
                shields[name] = "the device is not signed"
        return shields

    def _signed(self, content: Json, by: Json) -> bool:
        [(name, public)] = by["keys"].items()
        signature = content.get("signatures", {}).get(self._owner, {}).get(name, "")
        bare = {key: content[key] for key in content if key not in ("signatures", "unsigned")}
        text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        try:
            Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(
                _bytes(signature), text.encode()
            )
        except InvalidSignature:
            return False
        return True


def _bytes(unpadded: str) -> bytes:
    return b64decode(unpadded + "=" * (-len(unpadded) % 4))
