"""The identity of the bot's account on Matrix: what a strict client sees after each accident."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from nio import Event, RoomMessageText
from nio.crypto import OutboundGroupSession
from nio.event_builders import ToDeviceMessage
from nio.events import KeyVerificationCancel, ToDeviceEvent
from structlog.testing import capture_logs

from bot.channels.base import InvalidCredentials, MessageRejected
from bot.channels.matrix.client.api import account_data, save_account_data
from bot.channels.matrix.keys.rotation import UNLIMITED, Rotation
from bot.channels.matrix.keys.signature_chain import is_signed
from bot.channels.matrix.keys.signing_key_store import SIGNING, SigningKeyStore
from bot.channels.matrix.keys.verification import REASON
from tests.support.matrix.accidents import (
    changes_password,
    log_out,
    remove_device,
    remove_folder,
    remove_keys,
    spoil_signing_keys,
)
from tests.support.matrix.people import MatrixPerson, well
from tests.support.matrix.strict_client import StrictClient
from tests.support.matrix_bot import PICKLE_KEY, MatrixBot, joins


@asynccontextmanager
async def started(bot: MatrixBot) -> AsyncIterator[MatrixPerson]:
    """The bot, logged in and out again once; then somebody else on its account, as a colleague."""
    async with bot.running():
        pass
    colleague = MatrixPerson(bot.server, bot.bot, "", bot.folder / "colleague")
    async with colleague.online():
        yield colleague


async def bot_shields(bot: MatrixBot, client: StrictClient) -> dict[str, str]:
    """The shields that the bot's own device gets, not those of a colleague's."""
    device = json.loads((bot.folder / "matrix" / "device.json").read_text())["device_id"]
    keys = await client.keys()
    assert device in keys["device_keys"][bot.bot]
    return {name: why for name, why in (await client.shields()).items() if name == device}


async def trouble(bot: MatrixBot) -> str | None:
    """What `olievlek check` says of the identity, by the name of its message."""
    sentence = await bot.channel().identity.trouble()
    return None if sentence is None else sentence.key


@pytest.mark.parametrize(
    "accident", [remove_folder, remove_keys, remove_device, spoil_signing_keys]
)
async def test_after_an_accident_in_the_folder_the_bot_signs_by_itself(
    on_matrix: MatrixBot, accident: Callable[[Path], None]
) -> None:
    folder = on_matrix.folder / "matrix"
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        assert await bot_shields(on_matrix, strict) == {}
        master, signing = await strict.master(), (folder / "signing.json").read_text()
        accident(folder)
        async with on_matrix.running():
            assert await bot_shields(on_matrix, strict) == {}
            assert await strict.master() == master
        assert (folder / "signing.json").read_text() == signing
        assert await trouble(on_matrix) is None


async def test_after_an_old_backup_the_bot_signs_by_itself(
    on_matrix: MatrixBot, tmp_path: Path
) -> None:
    folder, backup = on_matrix.folder / "matrix", tmp_path / "backup"
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        shutil.copytree(folder, backup)
        await on_matrix.channel().identity.reset()  # the backup has the keys from before
        master = await strict.master()
        async with on_matrix.running():
            pass
        shutil.rmtree(folder)
        backup.rename(folder)
        async with on_matrix.running():
            assert await bot_shields(on_matrix, strict) == {}
            assert await strict.master() == master


async def test_after_its_device_was_logged_out_the_bot_signs_the_next(on_matrix: MatrixBot) -> None:
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        device = json.loads((on_matrix.folder / "matrix" / "device.json").read_text())["device_id"]
        await log_out(colleague, device)
        assert device not in (await strict.keys())["device_keys"][on_matrix.bot]
        assert await trouble(on_matrix) is None
        async with on_matrix.running():
            assert await bot_shields(on_matrix, strict) == {}


async def test_after_another_password_the_bot_signs_the_next_device(on_matrix: MatrixBot) -> None:
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        await changes_password(colleague, "een ander geheim")
        with pytest.raises(InvalidCredentials, match="PASSWORD"):
            await on_matrix.channel().identity.trouble()
        on_matrix.password = "een ander geheim"
        async with on_matrix.running():
            assert await bot_shields(on_matrix, strict) == {}


async def test_a_reset_elsewhere_is_told_and_a_deliberate_reset_mends_it(
    on_matrix: MatrixBot, tmp_path: Path
) -> None:
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        elsewhere = MatrixBot(
            on_matrix.server,
            on_matrix.bot,
            tmp_path / "elsewhere",
            on_matrix.database,
            on_matrix.vault,
            on_matrix.clock,
            pickle_key="e" * 64,
        )
        await elsewhere.channel().identity.reset()
        foreign = await strict.master()
        with capture_logs() as logs:
            async with on_matrix.running():
                assert list((await bot_shields(on_matrix, strict)).values()) == [
                    "the device is not signed"
                ]
                assert await strict.master() == foreign
        assert [line["reason"] for line in logs if "not signed" in line["event"]] == [
            "another program replaced the signing keys of this account"
        ]
        assert await trouble(on_matrix) == "check.identity_replaced"
        await on_matrix.channel().identity.reset()
        assert await bot_shields(on_matrix, strict) == {}
        assert await trouble(on_matrix) is None


async def test_the_check_sees_a_device_without_a_signature(on_matrix: MatrixBot) -> None:
    file = on_matrix.folder / "matrix" / "device.json"
    async with started(on_matrix) as colleague:
        unsigned = {
            "device_id": colleague.client.device_id,
            "access_token": colleague.client.access_token,
        }
        file.write_text(json.dumps({**json.loads(file.read_text()), **unsigned}))
        assert await trouble(on_matrix) == "check.identity_unsigned"


@pytest.mark.parametrize("part", ["master_keys", "self_signing_keys", "device_keys"])
async def test_a_chain_with_something_changed_is_none(on_matrix: MatrixBot, part: str) -> None:
    async with started(on_matrix) as colleague:
        published = await StrictClient(colleague.client, on_matrix.bot).keys()
    device = json.loads((on_matrix.folder / "matrix" / "device.json").read_text())["device_id"]
    assert is_signed(published, on_matrix.bot, device)
    changed = published[part][on_matrix.bot]
    changed = changed[device] if part == "device_keys" else changed
    [name, *_] = changed["keys"]
    changed["keys"][name] = "A" * 43
    assert not is_signed(published, on_matrix.bot, device)
    changed["keys"] = None
    assert not is_signed(published, on_matrix.bot, device)


async def test_a_reset_without_the_right_password_changes_nothing(on_matrix: MatrixBot) -> None:
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        master, signing = await strict.master(), on_matrix.folder / "matrix" / "signing.json"
        before = signing.read_text()
        on_matrix.password = "niet het goede"
        with pytest.raises(MessageRejected):
            await on_matrix.channel().identity.reset()
        assert (await strict.master(), signing.read_text()) == (master, before)


@pytest.mark.parametrize(
    "spoilt", [{"sealed": "AAAA"}, {"sealed": 3}, {"x": []}, {"sealed": "é"}, "moved", "bit"]
)
async def test_a_copy_that_somebody_changed_is_one_line_in_the_log(
    on_matrix: MatrixBot, spoilt: dict[str, object] | str
) -> None:
    async with started(on_matrix) as colleague:
        strict = StrictClient(colleague.client, on_matrix.bot)
        if not isinstance(spoilt, dict):
            sealed = (await account_data(colleague.client, SIGNING))["sealed"]
            first = "B" if sealed[0] == "A" else "A"
            spoilt = {"sealed": first + sealed[1:] if spoilt == "bit" else sealed[::-1]}
        await save_account_data(colleague.client, SIGNING, spoilt)
        shutil.rmtree(on_matrix.folder / "matrix")
        assert await trouble(on_matrix) == "check.identity_sealed"
        with capture_logs() as logs:
            async with on_matrix.running():
                assert len(await bot_shields(on_matrix, strict)) == 1
        assert len([line for line in logs if "cannot be opened" in line["event"]]) == 1


async def test_a_copy_opens_for_its_own_account_and_key_alone(on_matrix: MatrixBot) -> None:
    async with started(on_matrix) as colleague:
        sealed = await account_data(colleague.client, SIGNING)
        assert "master" not in str(sealed)
        shutil.rmtree(on_matrix.folder / "matrix")
        on_matrix.pickle_key = "f" * 64
        assert await trouble(on_matrix) == "check.identity_sealed"
    async with (await on_matrix.person("piet")).online() as piet:
        await save_account_data(piet.client, SIGNING, sealed)
        store = SigningKeyStore(on_matrix.folder / "none.json", PICKLE_KEY)
        stored = await store.read(piet.client)
        assert stored.copied is None and stored.is_copy_unusable


async def test_requests_to_verify_are_declined_at_once(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        cancelled: list[ToDeviceEvent] = []
        sanne.client.add_to_device_callback(cancelled.append, KeyVerificationCancel)
        await sanne.knows_device(on_matrix.folder / "matrix")
        device = json.loads((on_matrix.folder / "matrix" / "device.json").read_text())["device_id"]
        for kind in ("request", "start"):
            content = {
                "from_device": sanne.client.device_id,
                "transaction_id": f"of the {kind}",
                "methods": ["m.sas.v1"],
                "method": "m.sas.v1",
                "hashes": ["sha256"],
                "key_agreement_protocols": ["curve25519-hkdf-sha256"],
                "message_authentication_codes": ["hkdf-hmac-sha256"],
                "short_authentication_string": ["emoji"],
                "timestamp": 1,
            }
            await sanne.client.to_device(
                ToDeviceMessage(f"m.key.verification.{kind}", on_matrix.bot, device, content)
            )
        await sanne.until(lambda: len(cancelled) == 2)
        reasons = {event.transaction_id: (event.code, event.reason) for event in cancelled}
        assert set(reasons) == {"of the request", "of the start"}
        assert set(reasons.values()) == {tuple(REASON.values())}


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_request_to_verify_in_a_room_is_declined_and_no_text(
    on_matrix: MatrixBot, sealed: bool
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=sealed)
        events: list[Event] = []
        sanne.client.add_event_callback(lambda _, event: events.append(event), Event)
        said = len(sanne.from_bot())
        request = {
            "msgtype": "m.key.verification.request",
            "body": f"{sanne.user_id} wants to verify",
            "from_device": sanne.client.device_id,
            "methods": ["m.sas.v1"],
            "to": on_matrix.bot,
        }
        answer = await sanne.client.room_send(
            sanne.room, "m.room.message", request, ignore_unverified_devices=True
        )
        relation = {"rel_type": "m.reference", "event_id": answer.event_id}
        await sanne.until(lambda: any(is_cancel(event) for event in events))
        [cancel] = [event for event in events if is_cancel(event)]
        content = cancel.source["content"]
        assert content == {**REASON, "m.relates_to": relation} and cancel.decrypted == sealed
        await sanne.types("!help")
        await sanne.receives("!nu")
        assert len(sanne.from_bot()) == said + 1


def is_cancel(event: Event) -> bool:
    return bool(event.source["type"] == "m.key.verification.cancel")


async def test_the_key_of_a_room_is_replaced_as_often_as_the_room_wants(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        encryption = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 2}
        await well(sanne.client.room_put_state(sanne.room, "m.room.encryption", encryption))
        for _ in range(4):
            await sanne.types("!help")
            await sanne.receives("!nu")
        answer = await well(sanne.client.room_messages(sanne.room, limit=50))
        keys = [event.session_id for event in answer.chunk if event.sender == on_matrix.bot]
        # The key that was in use when the room was changed still did the message after that.
        uses = Counter(keys[:4])
        assert max(uses.values()) == 2 and len(uses) < 4


@pytest.mark.parametrize(
    ("content", "messages", "hours"),
    [
        ({}, 100, 168),
        ({"rotation_period_msgs": 5, "rotation_period_ms": 7_200_000}, 5, 2),
        ({"rotation_period_msgs": 0, "rotation_period_ms": 1}, 100, 1),
        ({"rotation_period_msgs": 10**9, "rotation_period_ms": 10**30}, 10_000, 8_760),
        ({"rotation_period_msgs": "7", "rotation_period_ms": True}, 100, 168),
        ({"rotation_period_msgs": -1, "rotation_period_ms": [1]}, 100, 168),
    ],
)
def test_a_key_is_used_as_long_as_the_room_wants_within_bounds(
    content: dict[str, object], messages: int, hours: int
) -> None:
    assert Rotation.of(content) == Rotation(messages, timedelta(hours=hours))


def test_a_key_expires_after_its_messages_but_not_while_one_is_encrypted() -> None:
    session = OutboundGroupSession()
    session.mark_as_shared()
    Rotation(messages=1).limit(session)
    session.encrypt("een")
    assert session.max_messages == 1 and session.expired
    UNLIMITED.limit(session)
    assert not session.expired


async def test_messages_at_once_survive_a_key_for_one_message(on_matrix: MatrixBot) -> None:
    async with (await on_matrix.person()).online() as sanne:
        encryption = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 1}
        room = (await well(sanne.client.room_create())).room_id
        await well(sanne.client.room_put_state(room, "m.room.encryption", encryption))
        await sanne.until(lambda: room in sanne.client.rooms and sanne.client.rooms[room].encrypted)
        await asyncio.gather(*(sanne.types(str(number), room) for number in range(6)))
        await sanne.types("later", room)
        answer = await well(sanne.client.room_messages(room, limit=20))
        keys = [event.session_id for event in answer.chunk if isinstance(event, RoomMessageText)]
        assert len(keys) == 7 and keys[0] not in keys[1:]
