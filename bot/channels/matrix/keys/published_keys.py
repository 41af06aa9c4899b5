"""Leaves malformed keys out of what the homeserver tells of people's devices.

Anybody may publish anything as the keys of a device. At the first that it cannot use the library
raises an error, and learns of nobody's devices: not in that answer, and not in any later one.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import structlog
from nio import KeysQueryResponse
from nio.crypto import Olm, OlmAccount, OutboundSession
from vodozemac import Curve25519PublicKey

log = structlog.get_logger(__name__)

Json = dict[str, Any]
Check = Callable[[Any, str, str], object]
"""Raises an error if the library cannot use this key of this user's device."""


class PublishedKeys:
    """Checks keys by using them as the library will.

    Args:
        olm: the library's, which verifies signatures.
    """

    def __init__(self, olm: Olm) -> None:
        self._olm = olm
        # Sessions with it are thrown away: only whether one can be made matters.
        self._account = OlmAccount()

    def usable(self, answer: Json) -> Json:
        """Returns an answer to `/keys/query` or `/keys/claim` without the keys that are malformed.

        Other answers, and those to whoever is not listed, stay as they are.
        """
        kinds = {"device_keys": self._check_device, "one_time_keys": self._check_one_time_key}
        for name, check in kinds.items():
            if isinstance(answer.get(name), dict):
                answer = {**answer, name: _usable(answer[name], check)}
        return answer

    def _check_device(self, device: Any, user_id: str, device_id: str) -> None:  # noqa: ANN401
        answer = KeysQueryResponse.from_dict({"device_keys": {user_id: {device_id: device}}})
        if not isinstance(answer, KeysQueryResponse):
            raise ValueError("its form")
        if (device["user_id"], device["device_id"]) != (user_id, device_id):
            raise ValueError("somebody else's")
        device.get("unsigned", {}).get("device_display_name")
        keys = device["keys"]
        self._check_signed(device, keys[f"ed25519:{device_id}"], user_id, device_id)
        Curve25519PublicKey.from_base64(keys[f"curve25519:{device_id}"])

    def _check_one_time_key(self, keys: Any, user_id: str, device_id: str) -> None:  # noqa: ANN401
        key = next(iter([*keys.values()]))
        own = self._account.identity_keys["ed25519"]  # any will do: not who signed it is checked
        self._check_signed(key, own, user_id, device_id)
        device = self._olm.device_store[user_id][device_id]
        OutboundSession(self._account, device.curve25519, key["key"])

    def _check_signed(self, signed: Json, key: str, user_id: str, device_id: str) -> None:
        self._olm.verify_json(deepcopy(signed), key, user_id, device_id)


def _usable(by_user: Json, check: Check) -> Json:
    kept: Json = {}
    for user_id, devices in by_user.items():
        kept[user_id] = {}
        for device_id, key in devices.items() if isinstance(devices, dict) else ():
            try:
                check(key, user_id, device_id)
            except Exception as error:  # whatever somebody made of it
                log.info("the keys of a device cannot be used", reason=type(error).__name__)
            else:
                kept[user_id][device_id] = key
    return kept
