"""Keys of devices that somebody malformed: nobody else's are lost for them."""

import base64
import json
from typing import Any

import pytest
from nio import AsyncClient
from nio.crypto import Olm, OlmAccount, OlmDevice
from nio.store import SqliteMemoryStore
from signedjson.key import encode_verify_key_base64, generate_signing_key, get_verify_key
from signedjson.sign import sign_json

from bot.channels.matrix.keys.published_keys import PublishedKeys
from tests.support.matrix.people import PASSWORD, well
from tests.support.matrix_bot import MatrixBot, joins

Json = dict[str, Any]
BOT, SANNE, JOOST = "@bot:example.org", "@sanne:example.org", "@joost:example.org"
SHORT, ZERO = base64.b64encode(b"abc").decode(), base64.b64encode(bytes(32)).decode()


def device(user: str, name: str = "TABLET", **fields: object) -> Json:
    """The keys of a device with these fields instead of its own, signed by itself."""
    key = generate_signing_key(name)
    keys = {
        f"ed25519:{name}": encode_verify_key_base64(get_verify_key(key)),
        f"curve25519:{name}": OlmAccount().identity_keys["curve25519"],
    }
    described = {"user_id": user, "device_id": name, "algorithms": [], "keys": keys, **fields}
    for field in [field for field, value in described.items() if value is None]:
        del described[field]
    return dict(sign_json(described, user, key))


def keyed(algorithm: str, value: object) -> Json:
    """A device of Joost with one key that is this."""
    keys = device(JOOST)["keys"]
    return device(JOOST, keys={**keys, f"{algorithm}:TABLET": value})


MALFORMED: dict[str, object] = {
    "signing key": keyed("ed25519", "geen sleutel"),
    "short signing key": keyed("ed25519", SHORT),
    "number as signing key": keyed("ed25519", 5),
    "identity key": keyed("curve25519", "geen sleutel"),
    "short identity key": keyed("curve25519", SHORT),
    "without keys": device(JOOST, keys=None),
    "without owner": device(JOOST, user_id=None),
    "another owner": device(SANNE),
    "algorithms": device(JOOST, algorithms=[5]),
    "signatures": device(JOOST) | {"signatures": {JOOST: {"ed25519:TABLET": 5}}},
    "unsigned": device(JOOST) | {"unsigned": 5},
    "half a letter": device(JOOST) | {"extra": "\ud800"},
    "no object": "geen apparaat",
}


@pytest.fixture
def keys() -> PublishedKeys:
    """What checks keys, with the device of Joost known."""
    olm = Olm(BOT, "BOT", SqliteMemoryStore(BOT, "BOT", "secret"))
    known = {"ed25519": SHORT, "curve25519": OlmAccount().identity_keys["curve25519"]}
    olm.device_store.add(OlmDevice(JOOST, "TABLET", known))
    return PublishedKeys(olm)


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_device_costs_no_other(keys: PublishedKeys, kind: str) -> None:
    good, more = device(SANNE), device(JOOST, "PHONE")
    answer = {
        "device_keys": {JOOST: {"TABLET": MALFORMED[kind], "PHONE": more}, SANNE: {"TABLET": good}},
        "failures": {},
    }
    wanted = {JOOST: {"PHONE": more}, SANNE: {"TABLET": good}}
    assert keys.usable(answer) == {"device_keys": wanted, "failures": {}}


@pytest.mark.parametrize(
    "key",
    [
        {"key": "geen sleutel"},
        {"key": SHORT},
        {"key": ZERO},  # no secret comes of it
        {"key": 5},
        {},
        {"key": SHORT, "signatures": [5]},
        "geen sleutel",
    ],
)
def test_a_malformed_one_time_key_costs_no_other(keys: PublishedKeys, key: object) -> None:
    good = {"signed_curve25519:A": {"key": OlmAccount().identity_keys["curve25519"]}}
    for odd in ({"signed_curve25519:A": key}, {}, "geen sleutels"):
        answer = {"one_time_keys": {JOOST: {"TABLET": odd}, SANNE: {"TABLET": good}}}
        assert keys.usable(answer)["one_time_keys"][JOOST] == {}
    answer = {"one_time_keys": {JOOST: {"TABLET": good}, SANNE: "geen apparaten"}}
    assert keys.usable(answer)["one_time_keys"] == {JOOST: {"TABLET": good}, SANNE: {}}


async def test_a_malformed_device_of_one_person_silences_the_bot_for_nobody(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        async with (await on_matrix.person("joost")).online() as joost:
            await joins(sanne, sealed=True)
            await joins(joost, sealed=True)
        # His client would stumble over it too.
        await publishes(joost.user_id, on_matrix, "ed25519", "geen sleutel")
        await publishes(joost.user_id, on_matrix, "curve25519", ZERO)
        client, _ = on_matrix.channels[-1]._logged_in_session()
        for _ in range(2):
            client.olm.users_for_key_query.update({joost.user_id, sanne.user_id})
            await sanne.types("!ritme")
            await sanne.receives("Je ritme is nu")


async def publishes(user: str, bot: MatrixBot, algorithm: str, value: str) -> None:
    """Logs a device in for somebody and gives it a key that is this."""
    client = AsyncClient(bot.server.url, user)
    try:
        name = (await well(client.login(PASSWORD))).device_id
        keys = device(user, name)["keys"] | {f"{algorithm}:{name}": value}
        body = {"device_keys": device(user, name, keys=keys)}
        token = {"Authorization": f"Bearer {client.access_token}"}
        path = "/_matrix/client/v3/keys/upload"
        answer = await client.send("POST", path, json.dumps(body), token)
        assert answer.status == 200, await answer.text()
    finally:
        await client.close()
