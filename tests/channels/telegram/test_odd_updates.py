"""Updates and answers that the library cannot parse: none costs another, no log quotes one."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram import Update
from telegram.error import TelegramError

from bot.app import Application
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.api.polling import RAW, PollingRequest
from bot.channels.telegram.api.transport import AiohttpRequest
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.items import KINDS as KINDS_FOR_US
from bot.channels.telegram.updates import SECRET_HEADER, WEBHOOK_PATH
from bot.masking import without_text
from bot.messages import Incoming
from bot.store.boxes import inbox as inbox_rows
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.channels.telegram.updates import SECRET, TOKEN, Ears, has_heard, served
from tests.support.fakes import FixedClock
from tests.support.inbox import all_is_handled, inbox_of, running
from tests.support.logs import DebugLog, logging_at_debug
from tests.support.odd_values import CANARY, WRONG, broken
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED

# An update of each kind with all of its fields, filled from the types of Bot API 10.1 as published
# by github.com/PaulSonOfLars/telegram-bot-api-spec, and a canary in each text.
EXAMPLES = json.loads(Path(__file__).with_name("update_kinds.json").read_text())
ENVELOPE = ("message_id", "date", "chat", "from")
MESSAGE: dict[str, Any] = {name: EXAMPLES["message"][name] for name in (*ENVELOPE, "text")}
NEXT_YEAR = {"a_kind_of_next_year": {"words": CANARY, "parts": [{"text": CANARY}]}}
OTHERS: dict[str, dict[str, Any]] = EXAMPLES["others"] | NEXT_YEAR
KINDS: list[str] = [*EXAMPLES["kinds_of_message"], *OTHERS]
SLOW_KIND = "message"  # it has a hundred fields
BATCH = 99  # with the good message, what one answer to getUpdates holds


def messages() -> Iterator[dict[str, Any]]:
    """Yields a message with each of its fields, beside what every message has."""
    envelope = {name: MESSAGE[name] for name in ENVELOPE}
    fields = EXAMPLES["message"] | NEXT_YEAR
    yield from ({**envelope, name: value} for name, value in fields.items())


def broken_messages() -> Iterator[dict[str, Any]]:
    """Yields messages of which one field is missing or wrong, or one within that."""
    for message in messages():
        name, value = message.popitem()
        yield from ({**message, **field} for field in broken({name: value}, outer=4))


def contents(kind: str) -> Iterator[object]:
    """Yields everything that comes as this kind of update: the whole, and what is wrong with it."""
    yield from WRONG
    if kind in OTHERS:
        yield OTHERS[kind]
        yield from broken(OTHERS[kind])
    elif kind == "message":
        yield from messages()
        yield from broken_messages()
    else:
        yield from messages()
        yield from broken(MESSAGE)


def is_parsed(update: dict[str, Any]) -> bool:
    """Returns whether the library makes anything of an update."""
    try:
        parsed = Update.de_json(update)
        return parsed.effective_chat is None or isinstance(parsed.effective_chat.id, int)
    except Exception:
        return False


@pytest.fixture
def log() -> Iterator[DebugLog]:
    """What the program logs."""
    with logging_at_debug() as log:
        yield log


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind == SLOW_KIND)) for kind in KINDS]
)
async def test_whatever_comes_the_others_are_answered(
    server: BotApiServer,
    clock: FixedClock,
    kind: str,
    log: DebugLog,
    database: Database,
    vault: Vault,
) -> None:
    sanne, ears = server.person(7), Ears()
    odd = list(contents(kind))

    async def handle(incoming: Incoming) -> str | None:
        return await ears.handle(incoming) if incoming.sender.id == "7" else None

    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
    async with running(inbox_of(channel, database, vault, clock, handle)) as inbox:
        for start in range(0, len(odd), BATCH):
            for content in odd[start : start + BATCH]:
                server.queue_anyhow(kind, content)
            sanne.types(f"na {start}")
            await server.until(
                partial(lambda words: ears.heard["7"][-1:] == [words], f"na {start}")
            )
        await all_is_handled(server, inbox, timeout=30)
    await channel.close()
    aside = log.count('"set aside"')
    async with database.reading() as session:
        kept = (await inbox_rows.set_aside_counts(session)).get("telegram", 0)
    # Those in which something is wrong that the library does not read are no messages to the bot.
    assert aside >= sum(not is_parsed({"update_id": 1, kind: content}) for content in odd)
    assert kept == min(aside, inbox_rows.MAX_SET_ASIDE)
    assert "a fault of ours" not in log.text
    assert CANARY not in log.text and TOKEN not in log.text


@pytest.mark.slow
async def test_the_conversation_is_handed_nothing_that_it_does_not_understand(
    server: BotApiServer, application: Application, log: DebugLog
) -> None:
    joost = server.person(8)  # as whom all of it comes
    joost.types("/start")
    await joost.presses("Nederlands", await joost.receives("In welke taal")).answered()
    await joost.receives("Wanneer")
    joost.types("ma-zo 9:30")
    await joost.receives("elke dag om 9:30")
    document = {name: EXAMPLES["message"][name] for name in (*ENVELOPE, "document")}
    reply = MESSAGE | {"reply_to_message": EXAMPLES["message"]["reply_to_message"]}
    command = {"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
    group = {"chat": {"id": -8, "type": "group", "title": CANARY}}
    wholes = [("message", whole) for whole in (reply, document, MESSAGE | command | group)]
    wholes += [("edited_message", MESSAGE), ("my_chat_member", OTHERS["my_chat_member"] | group)]
    wholes += [(kind, OTHERS[kind]) for kind in KINDS_FOR_US if kind in OTHERS]
    for kind, whole in wholes:
        for content in (whole, *broken(whole, outer=2, inner=0)):
            server.queue_anyhow(kind, content)
    await all_is_handled(server, application.inboxes["telegram"], timeout=60)
    server.person(7).types("/start")
    await server.person(7).receives("In welke taal")
    assert log.count('"set aside"') > 50
    assert "a fault of ours" not in log.text
    assert CANARY not in log.text and TOKEN not in log.text


async def test_a_webhook_brings_the_same_and_each_delivery_is_taken(
    server: BotApiServer, clock: FixedClock, log: DebugLog, database: Database, vault: Vault
) -> None:
    ears, headers = Ears(), {SECRET_HEADER: SECRET}
    odd = [
        (kind, content)
        for kind, whole in OTHERS.items()
        for content in broken(whole, depth=1, outer=1)
    ]
    odd += [("message", message) for message in (*messages(), *broken(MESSAGE, depth=1))]
    good = MESSAGE | {"chat": {"id": 7, "type": "private"}}

    async def handle(incoming: Incoming) -> str | None:
        return await ears.handle(incoming) if incoming.sender.id == "7" else None

    async with (
        served(server, clock, database, vault, handle) as url,
        aiohttp.ClientSession() as http,
    ):

        async def deliver(number: int, kind: str, content: object) -> None:
            update = {"update_id": number, kind: content}
            async with http.post(f"{url}{WEBHOOK_PATH}", json=update, headers=headers) as answer:
                assert answer.status == 200

        for start in range(0, len(odd), BATCH):
            batch = [*odd[start : start + BATCH], ("message", good)]
            await asyncio.gather(
                *(deliver(2 * start + number, *update) for number, update in enumerate(batch))
            )
            await server.until(partial(has_heard, ears, "7", start // BATCH + 1))
    assert CANARY not in log.text and SECRET not in log.text


@pytest.mark.parametrize(
    "body",
    [
        {"update_id": 4, "message": MESSAGE | {"date": "gisteren"}},
        {"update_id": 5, "poll": {"id": CANARY}},
        {"update_id": 6, "message": MESSAGE | {"date": 10**16}},
    ],
)
async def test_a_delivery_that_cannot_be_parsed_does_not_come_back_for_ever(
    server: BotApiServer, clock: FixedClock, body: object, database: Database, vault: Vault
) -> None:
    ears = Ears()
    headers = {SECRET_HEADER: SECRET}
    with capture_logs() as log:
        async with (
            served(server, clock, database, vault, ears.handle) as url,
            aiohttp.ClientSession() as http,
        ):
            async with http.post(f"{url}{WEBHOOK_PATH}", json=body, headers=headers) as answer:
                assert answer.status == 200
    assert not ears.begun and CANARY not in str(log)


@pytest.mark.parametrize(
    "answer",
    [
        b'{"ok":true}',
        b'{"ok":true,"result":null}',
        b"<html>",
        b"[]",
        b'"x"',
        b"",
        b'{"ok":true,"result":7}',
        b'{"ok":true,"result":[{"message":{}}]}',
        b"[" * 100_000,
    ],
)
def test_an_odd_answer_is_an_error_that_quotes_nothing(answer: bytes) -> None:
    with pytest.raises(TelegramError, match=r"^the answer is (no JSON|not one of Telegram's)$"):
        PollingRequest.parse_json_payload(answer)


def test_an_update_without_a_number_is_dropped_beside_others() -> None:
    whole = {"update_id": 3, "message": MESSAGE}
    payload = json.dumps({"ok": True, "result": [{"message": {}}, whole, {"update_id": True}]})
    [update] = PollingRequest.parse_json_payload(payload.encode())["result"]
    assert update[RAW] == [whole]


async def test_a_bomb_in_an_answer_is_not_unpacked_to_its_end() -> None:
    bomb = gzip.compress(b" " * 200_000_000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with AiohttpRequest(1, read_timeout=10) as request:
        with pytest.raises(TelegramError, match="the answer is too long"):
            await request.do_request(f"http://127.0.0.1:{port}/bot123:abc/getMe", "POST")
    listener.close()
    await listener.wait_closed()


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 abc", b"HTTP/1.1 200 OK\r\nX: \x00y\r\n\r\n"])
async def test_no_reason_names_the_address_with_the_token(start: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        if start:
            writer.close()
        else:
            writer.transport.abort()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with AiohttpRequest(1, read_timeout=5) as request:
        with pytest.raises(TelegramError) as caught:
            await request.do_request(f"http://127.0.0.1:{port}/bot123:geheim/getMe", "POST")
    assert "geheim" not in str(caught.value)
    listener.close()
    await listener.wait_closed()


def test_a_fault_is_logged_without_the_words_in_it() -> None:
    try:
        try:
            int(CANARY)
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError as error:
        logged = without_text(error)
    assert logged["error"] == "RuntimeError from ValueError"
    assert logged["at"] and CANARY not in str(logged)
