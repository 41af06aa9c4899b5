"""Keys of devices that somebody malformed: nobody else's are lost for them."""

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from nio import AsyncClient, SyncResponse
from nio.crypto import Olm, OlmAccount, OlmDevice
from nio.store import SqliteMemoryStore
from signedjson.key import encode_verify_key_base64, generate_signing_key, get_verify_key
from signedjson.sign import sign_json

from bot.channels.connection.reconnect import Connection
from bot.channels.matrix.client.sync import SyncLoop
from bot.channels.matrix.events.translate import ItemTranslator
from bot.channels.matrix.keys.published_keys import PublishedKeys
from bot.channels.matrix.rooms.rooms import AllowedServers, Rooms
from bot.messages import ReceivedItem
from tests.support.logs import logging_at_debug
from tests.support.matrix.people import PASSWORD, well
from tests.support.matrix_bot import MatrixBot, joins
from tests.support.odd_values import CANARY

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


class Stumbling(AsyncClient):  # type: ignore[misc] # nio ships no types
    """A client whose library stumbles over keys in a way that nobody has seen yet."""

    should_upload_keys, should_query_keys = False, True

    def __init__(self) -> None:
        super().__init__("http://localhost", BOT)
        self.syncs, self.goes_on = 0, asyncio.Event()

    async def sync(self, *_: object, **__: object) -> SyncResponse:
        """Nothing new, and after the second time nothing at all."""
        self.syncs += 1
        if self.syncs > 2:
            self.goes_on.set()
            await asyncio.Event().wait()
        return SyncResponse.from_dict({"next_batch": f"{self.syncs}", "rooms": {}})

    async def keys_query(self) -> None:
        """What nobody has seen yet."""
        raise RuntimeError(CANARY)


class EmptyInbox:
    """An inbox into which nothing comes."""

    async def position(self, max_age: timedelta | None = None) -> str | None:
        """Nothing was read so far."""
        return None

    async def receive(self, items: Sequence[ReceivedItem], position: str | None = None) -> None:
        """Stores nothing."""


async def test_what_the_library_stumbles_over_in_keys_does_not_end_the_sync() -> None:
    client = Stumbling()
    translator = ItemTranslator(client, Rooms(client, AllowedServers()))

    async def on_synced() -> None:
        """Nothing has to be done."""

    with logging_at_debug() as log:
        loop = SyncLoop(client, Connection("matrix"), EmptyInbox(), translator, on_synced)
        running = asyncio.create_task(loop.run())
        async with asyncio.timeout(5):
            await asyncio.wait(
                [running, asyncio.create_task(client.goes_on.wait())],
                return_when=asyncio.FIRST_COMPLETED,
            )
        assert not running.done(), running.exception()
        running.cancel()
    assert log.count("keys could not be exchanged") == 2 and CANARY not in log.text


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
