"""Events that are malformed, or made to do harm: none costs another, and no log quotes one."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from nio import AsyncClient, BadEvent, Event, MatrixRoom
from sqlalchemy import update

from bot.channels.base import UndecodableItem
from bot.channels.matrix.events.content import content_of, in_thread, receipt_of, thread_of
from bot.channels.matrix.events.items import RoomEvent, decoded, encoded
from bot.channels.matrix.events.parse import is_said_to_others
from bot.channels.matrix.events.translate import ItemTranslator
from bot.channels.matrix.rooms.rooms import AllowedServers, Rooms
from bot.messages import Edited, ReceivedItem, Typed, Unreadable
from bot.store.boxes import inbox as inbox_rows
from bot.store.schema.inbox import InboxPositionRow
from tests.support.logs import DebugLog, logging_at_debug
from tests.support.matrix.odd_events import MESSAGES, STATES, Content
from tests.support.matrix.people import MatrixPerson
from tests.support.matrix_bot import MatrixBot, busy_homeserver, joins
from tests.support.odd_values import CANARY, WRONG, broken, nested

BOT, SANNE, ROOM = "@bot:example.org", "@sanne:example.org", "!room:example.org"
SENDING_AT_ONCE = 8
TRANSACTIONS = count()


@pytest.fixture
def log() -> Iterator[DebugLog]:
    """What the program logs."""
    with logging_at_debug() as log:
        yield log


def event_of(kind: str, content: object) -> Content:
    """An event as the homeserver passes it on."""
    return {
        "type": kind,
        "content": content,
        "event_id": "$event",
        "sender": SANNE,
        "origin_server_ts": 1_790_000_000_000,
        "room_id": ROOM,
        "redacts": "$an-earlier-event",
    }


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("others", [[SANNE], [SANNE, "@joost:example.org"]])
def test_no_event_stops_the_sync(kind: str, others: list[str], log: DebugLog) -> None:
    client = AsyncClient("http://localhost", BOT)
    client.user_id = BOT
    room = client.rooms[ROOM] = MatrixRoom(ROOM, BOT)
    for user in (BOT, *others):
        room.add_member(user, None, None)
    translator = ItemTranslator(client, Rooms(client, AllowedServers()))
    name, content = MESSAGES[kind]
    was_decrypted = kind.startswith("sealed")
    for odd in (content, *broken(content, depth=3)):
        parse = Event.parse_decrypted_event if was_decrypted else Event.parse_event
        event = parse(event_of(name, odd))
        assert isinstance(event, Event | BadEvent)
        event.decrypted = was_decrypted
        item = translator.event(ROOM, event)
        if isinstance(event, Event):
            is_said_to_others(BOT, ROOM, event)
        if item is not None:
            assert _type_kept(item) in (type(event), None)
            assert odd is not content or _type_kept(item) is type(event)
    assert CANARY not in log.text


@pytest.mark.parametrize("msgtype", ["m.image", "m.video", "m.audio", "m.file"])
@pytest.mark.parametrize(
    ("names", "caption"),
    [
        ({"body": "foto.jpg"}, None),
        ({"body": "foto.jpg", "filename": "foto.jpg"}, None),
        ({"body": "", "filename": "foto.jpg"}, None),
        ({"body": "Het bord bij de ingang", "filename": "foto.jpg"}, "Het bord bij de ingang"),
        ({"body": "!reeks", "filename": "foto.jpg"}, "/reeks"),
        ({"body": "Het bord", "filename": 3}, None),
    ],
)
def test_the_body_of_a_picture_with_a_file_name_is_its_caption(
    msgtype: str, names: Content, caption: str | None
) -> None:
    event = Event.parse_event(
        event_of("m.room.message", {"msgtype": msgtype, "url": "mxc://x/y", **names})
    )
    content = content_of(ROOM, event)
    if caption is None:
        assert isinstance(content, Unreadable)
    else:
        assert isinstance(content, Typed)
        assert (content.text, content.attachment is not None) == (caption, True)


@pytest.mark.parametrize(
    ("relation", "thread"),
    [
        ({"rel_type": "m.thread", "event_id": "$first"}, "$first"),
        ({"rel_type": "m.thread", "event_id": 3}, None),
        ({"rel_type": "m.reference", "event_id": "$first"}, None),
        ("m.thread", None),
    ],
)
def test_the_thread_of_an_event(relation: object, thread: str | None) -> None:
    content = {"msgtype": "m.text", "body": "gedaan", "m.relates_to": relation}
    event = Event.parse_event(event_of("m.room.message", content))
    assert thread_of(ROOM, event) == (receipt_of(ROOM, thread) if thread else None)


def test_a_message_goes_only_in_a_thread_of_its_own_room() -> None:
    content = {"body": "Je reeks"}
    assert in_thread(content, ROOM, None) == content
    assert in_thread(content, ROOM, receipt_of("!other:example.org", "$first")) == content
    sent = in_thread(content, ROOM, receipt_of(ROOM, "$first"))
    assert sent["m.relates_to"]["event_id"] == "$first"


@pytest.mark.parametrize("msgtype", ["m.image", "m.video", "m.audio", "m.file"])
def test_what_is_forwarded_from_a_room_without_encryption_is_read(msgtype: str) -> None:
    named = {"body": "Het bord bij de ingang", "filename": "foto.jpg"}
    content = {"msgtype": msgtype, "url": "mxc://x/y", **named}
    event = RoomEvent(ROOM, event_of("m.room.message", content), was_decrypted=True).event()
    read = content_of(ROOM, event)
    assert isinstance(read, Typed) and read.text == "Het bord bij de ingang"


def test_a_caption_can_be_edited() -> None:
    new = {"msgtype": "m.image", "body": "Het andere bord", "filename": "foto.jpg"}
    relation = {"rel_type": "m.replace", "event_id": "$first"}
    edit = {**new, "url": "mxc://x/y", "m.new_content": new, "m.relates_to": relation}
    event = Event.parse_event(event_of("m.room.message", edit))
    assert content_of(ROOM, event) == Edited("Het andere bord", receipt_of(ROOM, "$first"))


def _type_kept(item: ReceivedItem) -> type | None:
    """The type of the event in an item; None: it is set aside."""
    try:
        kept = decoded(item.content)
        assert isinstance(kept, RoomEvent)
        return type(kept.event())
    except UndecodableItem:
        return None


async def sent(person: MatrixPerson, path: str, content: object) -> bool:
    """Sends what no client would; returns whether the homeserver took it."""
    answer = await person.client.send(
        "PUT",
        f"/_matrix/client/v3/{path}",
        json.dumps(content),
        {"Authorization": f"Bearer {person.client.access_token}"},
    )
    return bool(answer.status == 200)


async def all_sent(person: MatrixPerson, paths: Sequence[tuple[str, object]]) -> int:
    """Sends all of these; returns how many the homeserver took."""
    turns = asyncio.Semaphore(SENDING_AT_ONCE)

    async def send(path: str, content: object) -> bool:
        async with turns:
            return await sent(person, path, content)

    return sum(await asyncio.gather(*(send(path, content) for path, content in paths)))


def room_path(person: MatrixPerson, kind: str, *, state: bool = False) -> str:
    """Where an event in the private room is put."""
    room = f"rooms/{quote(person.room)}"
    return f"{room}/state/{kind}/" if state else f"{room}/send/{kind}/odd-{next(TRANSACTIONS)}"


@pytest.mark.slow
@busy_homeserver
async def test_whatever_is_sent_to_a_room_the_bot_answers(
    on_matrix: MatrixBot, log: DebugLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.matrix.keys.decryption.KEY_SECONDS", 0.1)  # none will come
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        odd: list[tuple[str, object]] = []
        for state, kinds in ((False, MESSAGES), (True, STATES)):
            for kind, content in kinds.values():
                for case in (content, *broken(content, depth=1, outer=1)):
                    odd.append((room_path(sanne, kind, state=state), case))
        taken = await all_sent(sanne, odd)
        await sanne.types("!taal en")
        await sanne.receives("English", timeout=60)
    assert taken > len(odd) // 2
    assert "a fault of ours" not in log.text
    assert CANARY not in log.text


HARMFUL: dict[str, Any] = {
    "no JSON": CANARY,
    "a list": [CANARY],
    "a number": 5,
    "nothing": None,
    "deep": "[" * 40_000,
    "rather deep": {"type": "m.room.message", "content": {"deep": nested(400)}},
    "no type": {"content": {"msgtype": "m.text", "body": CANARY}},
    "no content": {"type": "m.room.message"},
    "another server's remark": {"type": "m.room.message", "content": {}, "unsigned": 5},
    "a text": {"type": "m.room.message", "content": CANARY},
    "a type": {"type": [CANARY], "content": {}},
    "encrypted twice": {"type": "m.room.encrypted", "content": MESSAGES["encrypted"][1]},
    "a membership": {
        "type": "m.room.member",
        "state_key": "@sanne:example.org",
        "content": {"membership": "leave", "reason": CANARY},
    },
    "a new room": {
        "type": "m.room.tombstone",
        "state_key": "",
        "content": {"body": CANARY, "replacement_room": "!elsewhere:example.org"},
    },
    **{
        f"a text that is {number}": {
            "type": "m.room.message",
            "content": {"msgtype": "m.text", "body": wrong, "m.relates_to": wrong},
        }
        for number, wrong in enumerate(WRONG)
    },
}


def sealed(person: MatrixPerson, payload: object) -> Content:
    """An event with anything in it, encrypted as the person's client encrypts."""
    olm = person.client.olm
    session = olm.outbound_group_sessions[person.room]
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return {
        "algorithm": "m.megolm.v1.aes-sha2",
        "sender_key": olm.account.identity_keys["curve25519"],
        "ciphertext": session.encrypt(text),
        "session_id": session.id,
        "device_id": olm.device_id,
    }


@pytest.mark.slow
@busy_homeserver
async def test_whatever_is_in_an_encrypted_event_the_bot_answers(
    on_matrix: MatrixBot, log: DebugLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.matrix.keys.decryption.KEY_SECONDS", 0.1)  # none will come
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        leaves = HARMFUL["a membership"] | {"state_key": sanne.user_id}
        for payload in (*HARMFUL.values(), leaves):
            assert await sent(sanne, room_path(sanne, "m.room.encrypted"), sealed(sanne, payload))
        await sanne.types("!taal en")
        assert (await sanne.receives("English")).room == sanne.room
        async with on_matrix.database.reading() as session:
            aside = (await inbox_rows.set_aside_counts(session)).get("matrix", 0)
    assert aside >= 12
    assert "a fault of ours" not in log.text
    assert CANARY not in log.text


async def test_no_message_to_the_device_of_the_bot_ends_it(
    on_matrix: MatrixBot, log: DebugLog
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        own = sanne.client.olm.account.identity_keys["curve25519"]
        [device] = sanne.client.device_store[on_matrix.bot].values()
        bodies: list[Any] = [{"type": 0, "body": CANARY}, {"type": 1, "body": CANARY}, CANARY, 5]

        def to_bot(content: object) -> Content:
            return {"messages": {on_matrix.bot: {"*": content}}}

        odd: list[tuple[str, object]] = [
            ("m.room.encrypted", {"algorithm": "m.olm.v1.curve25519-aes-sha2", **more})
            for more in (
                *({"sender_key": own, "ciphertext": {device.curve25519: body}} for body in bodies),
                {"sender_key": CANARY, "ciphertext": {device.curve25519: bodies[0]}},
                {"sender_key": own, "ciphertext": CANARY},
                {},
            )
        ]
        odd += [("m.room_key_request", content) for content in broken(KEY_REQUEST, inner=1)]
        odd += [("org.example.next", content) for content in ({}, {"words": CANARY})]
        paths = [
            (f"sendToDevice/{kind}/odd-{next(TRANSACTIONS)}", to_bot(body)) for kind, body in odd
        ]
        assert await all_sent(sanne, paths) > len(paths) // 2
        await sanne.types("!taal en")
        await sanne.receives("English")
    assert log.count("a message to this device cannot be read") >= 1
    assert "cannot be parsed" not in log.text
    assert CANARY not in log.text


KEY_REQUEST: Content = {
    "action": "request",
    "requesting_device_id": CANARY,
    "request_id": CANARY,
    "body": {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": CANARY,
        "sender_key": CANARY,
        "session_id": CANARY,
    },
}


async def test_what_the_homeserver_brings_again_is_not_answered_again(
    on_matrix: MatrixBot,
) -> None:
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
            async with on_matrix.database.reading() as session:
                position = await inbox_rows.position(session, "matrix", None)
            for command in ("!help", "!privacy", "!team"):
                await sanne.types(command)
                await sanne.receives("")
        said = len(sanne.from_bot())
        async with on_matrix.database.transaction() as session:
            await session.execute(update(InboxPositionRow).values(position=position))
        async with on_matrix.running():
            await sanne.types("!taal en")
            await sanne.receives("English")
        assert len(sanne.from_bot()) == said + 1


async def test_what_comes_twice_or_in_another_order_is_stored_once(
    on_matrix: MatrixBot, log: DebugLog
) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        await application.nudge_sender.tick()
        await sanne.receives("Lef:")
        await sanne.types("1")
        await sanne.receives("gedaan is gedaan")

        def item(key: str, **content: Any) -> ReceivedItem:  # noqa: ANN401 - any JSON
            source = event_of("m.room.message", {"msgtype": "m.text", "body": CANARY, **content})
            source |= {"event_id": key, "sender": sanne.user_id, "room_id": sanne.room}
            event = encoded(RoomEvent(sanne.room, source, was_decrypted=False))
            return ReceivedItem(key, sanne.user_id, event, sanne.user_id)

        text = item("$text")
        edit = item("$edit", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$text"}})
        for items in ([edit, text, edit, text], [text], [edit, text]):
            await application.inboxes["matrix"].intake.receive(items)
        await sanne.receives("Je reeks: 1 ronde.")
        said = len(sanne.from_bot())
        await sanne.types("!taal en")
        await sanne.receives("English")
        assert len(sanne.from_bot()) == said + 1
    assert log.count('"set aside"') == 0 and CANARY not in log.text
