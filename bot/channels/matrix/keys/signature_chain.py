"""Whether a device is signed, checked as strict clients check it before they give it a key.

The device's keys are signed by the account's self-signing key, and that one by its master key; see
<https://spec.matrix.org/latest/client-server-api/#key-and-signature-security>.
"""

from collections.abc import Mapping
from typing import Any

from signedjson.key import decode_verify_key_base64
from signedjson.sign import SignatureVerifyException, verify_signed_json


def is_signed(published: Mapping[str, Any], user_id: str, device_id: str) -> bool:
    """Returns whether the account signed this device.

    Args:
        published: the homeserver's answer to `/keys/query`.
        user_id: the account.
        device_id: its device.
    """
    master = published.get("master_keys", {}).get(user_id, {})
    self_signing = published.get("self_signing_keys", {}).get(user_id, {})
    device = published.get("device_keys", {}).get(user_id, {}).get(device_id, {})
    return (
        _is_of(master, user_id, "master")
        and _is_of(self_signing, user_id, "self_signing")
        and (device.get("user_id"), device.get("device_id")) == (user_id, device_id)
        and _is_signed_by(master, self_signing, user_id)
        and _is_signed_by(self_signing, device, user_id)
    )


def _is_of(key: Mapping[str, Any], user_id: str, use: str) -> bool:
    return key.get("user_id") == user_id and use in key.get("usage", ())


def _is_signed_by(key: Mapping[str, Any], content: Mapping[str, Any], user_id: str) -> bool:
    try:
        [(name, public)] = key["keys"].items()
        algorithm, _, version = name.partition(":")
        verify_key = decode_verify_key_base64(algorithm, version, public)
        verify_signed_json(dict(content), user_id, verify_key)
    except (KeyError, TypeError, ValueError, AttributeError, SignatureVerifyException):
        return False
    return True
