"""Updates and answers that the library cannot parse: none costs another, no log quotes one."""

import asyncio
import copy
import gzip
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.error import TelegramError

from bot.channels.telegram.polling import RAW, PollingRequest
from bot.channels.telegram.transport import AiohttpRequest
from bot.channels.telegram.updates import SECRET_HEADER, WEBHOOK_PATH
from bot.logs import QUIET
from bot.masking import without_text
from bot.messages import Incoming
from bot.store.db.engine import Database
from tests.channels.test_telegram_updates import SECRET, Ears, polling, served
from tests.support.fakes import FixedClock
from tests.support.telegram.bot_api import BotApiServer

CANARY = "een-heel-eigen-zin"
PERSON = {"id": 8, "is_bot": False, "first_name": CANARY, "language_code": "nl"}
CHAT = {"id": 8, "type": "private", "first_name": CANARY}
MESSAGE = {"message_id": 1, "date": 1_790_000_000, "chat": CHAT, "from": PERSON, "text": CANARY}
WHOLE: dict[str, dict[str, Any]] = {
    "message": MESSAGE,
    "edited_message": MESSAGE | {"edit_date": 1_790_000_001},
    "callback_query": {
        "id": "1",
        "from": PERSON,
        "chat_instance": "x",
        "message": MESSAGE,
        "data": CANARY,
    },
    "my_chat_member": {
        "chat": CHAT,
        "from": PERSON,
        "date": 1_790_000_000,
        "old_chat_member": {"user": PERSON, "status": "member"},
        "new_chat_member": {"user": PERSON, "status": "left"},
    },
    "message_reaction": {
        "chat": CHAT,
        "message_id": 1,
        "user": PERSON,
        "date": 1_790_000_000,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "👍"}],
    },
    "poll": {
        "id": "1",
        "question": CANARY,
        "options": [{"text": CANARY, "voter_count": 0}],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
    },
    "a_kind_of_next_year": {"words": CANARY},
}
WRONG: list[object] = [None, CANARY, 10**16, -1, [], {}, [CANARY], {"id": CANARY}, True]


def paths(value: object, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the path of every field in a JSON value."""
    items: Iterable[tuple[Any, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for name, part in items:
        yield (*before, name)
        yield from paths(part, (*before, name))


def broken(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields an update with each of its fields missing, and with each of a wrong kind."""
    for path in list(paths(whole)):
        for wrong in (..., *WRONG):
            update = copy.deepcopy(whole)
            parent: Any = update
            for name in path[:-1]:
                parent = parent[name]
            if wrong is ...:
                del parent[path[-1]]
            else:
                parent[path[-1]] = copy.deepcopy(wrong)
            yield update


@pytest.mark.parametrize("kind", WHOLE)
async def test_whatever_comes_the_others_are_answered(
    server: BotApiServer,
    clock: FixedClock,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    database: Database,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in QUIET:  # as the program sets them, whatever the level of its own log
        caplog.set_level(logging.WARNING, logger=name)
    sanne, ears = server.person(7), Ears()
    odd = list(broken(WHOLE[kind]))
    wanted = [str(number) for number in range(0, len(odd), 10)]

    async def handle(incoming: Incoming) -> str | None:
        return await ears.handle(incoming) if incoming.sender.id == "7" else None

    with capture_logs() as log:
        async with polling(server, clock, database, handle):
            for number, content in enumerate(odd):
                server.queue_anyhow(kind, content)
                if number % 10 == 0:
                    sanne.types(str(number))
            await server.until(lambda: len(ears.heard["7"]) == len(wanted), timeout=30)
    assert ears.heard["7"] == wanted
    assert CANARY not in str(log)
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {"update_id": 4, "message": MESSAGE | {"date": "gisteren"}},
        {"update_id": 5, "poll": {"id": CANARY}},
        {"update_id": 6, "message": MESSAGE | {"date": 10**16}},
    ],
)
async def test_a_delivery_that_cannot_be_parsed_does_not_come_back_for_ever(
    server: BotApiServer, clock: FixedClock, body: object, database: Database
) -> None:
    ears = Ears()
    headers = {SECRET_HEADER: SECRET}
    with capture_logs() as log:
        async with (
            served(server, clock, database, ears.handle) as url,
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
