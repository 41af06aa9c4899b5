"""The test server with the real client before it: polling, and what goes wrong."""

import asyncio
import json
import logging
import time
from contextlib import suppress

import httpx
import pytest
from telegram import (
    Bot,
    Update,
)
from telegram.error import (
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.support.telegram.bot_api import BotApiServer, Message
from tests.support.telegram.client import SANNE, client, keyboard, polled, refusal

# Polling.


async def test_updates_come_again_until_they_are_acknowledged(
    server: BotApiServer, bot: Bot
) -> None:
    person = server.person(SANNE)
    for text in ("een", "twee", "drie"):
        person.types(text)
    first = await polled(bot, limit=2)
    assert [one.message.text for one in first if one.message] == ["een", "twee"]
    assert await polled(bot, limit=2) == first
    async with client(server) as after_a_kill:
        rest = await polled(after_a_kill, offset=first[0].update_id + 1)
        assert [one.message.text for one in rest if one.message] == ["twee", "drie"]
        assert await polled(after_a_kill, offset=-1) == rest[1:]
        assert await polled(after_a_kill) == rest[1:]
        assert await polled(after_a_kill, offset=rest[1].update_id + 1) == []


async def test_a_long_poll_waits_for_an_update(server: BotApiServer, bot: Bot) -> None:
    began = time.monotonic()
    assert await polled(bot, timeout=1) == []
    assert 0.9 < time.monotonic() - began < 1.9
    polling = asyncio.create_task(polled(bot, timeout=10))
    await server.until(lambda: len(server.calls_of("getUpdates")) == 2)
    server.person(SANNE).types("hallo")
    assert len(await polling) == 1
    assert time.monotonic() - began < 2


async def test_a_second_poll_ends_the_first(server: BotApiServer, bot: Bot) -> None:
    first = asyncio.create_task(polled(bot, timeout=10))
    await server.until(lambda: server.calls_of("getUpdates"))
    async with client(server) as other:
        second = asyncio.create_task(polled(other, timeout=10))
        words = await refusal(Conflict, awaiting(first))
        assert words == (
            "Conflict: terminated by other getUpdates request;"
            " make sure that only one bot instance is running"
        )
        server.person(SANNE).types("hallo")
        assert len(await second) == 1


async def awaiting(task: asyncio.Task[list[Update]]) -> object:
    """The result of a task, as a coroutine."""
    return await task


async def test_only_the_updates_that_the_bot_asks_for(server: BotApiServer, bot: Bot) -> None:
    await polled(bot, allowed_updates=["my_chat_member"])
    person = server.person(SANNE)
    person.types("hallo")
    person.blocks()
    updates = await polled(bot)
    assert [one.my_chat_member is not None for one in updates] == [True]
    assert await polled(bot, offset=updates[0].update_id + 1, allowed_updates=[]) == []
    person.unblocks()
    person.types("hallo")
    assert len(await polled(bot)) == 2


async def test_a_webhook_excludes_polling(server: BotApiServer, bot: Bot) -> None:
    server.person(SANNE).types("hallo")
    await bot.set_webhook("https://example.org/hook")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.org/hook", 1)
    assert "webhook is active" in await refusal(Conflict, bot.get_updates())
    await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).url == ""
    assert await polled(bot) == []


# What goes wrong.


async def test_a_wrong_token(server: BotApiServer) -> None:
    with pytest.raises(InvalidToken):
        async with client(server, "123:wrong"):
            pytest.fail("the token is wrong")
    async with httpx.AsyncClient(base_url=server.url) as http:
        answer = await http.get("/bot123:wrong/getMe")
        assert (await http.get("/file/bot123:wrong/photos/file_1.jpg")).status_code == 401
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert not server.calls


async def test_what_is_not_there(server: BotApiServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        for path in ("/bot123:abc/getNothing", "/file/bot123:abc/photos/file_9.jpg", "/"):
            answer = await http.get(path)
            assert answer.status_code == 404
            assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_parameters_come_in_every_shape(server: BotApiServer) -> None:
    said: dict[str, int | str] = {"chat_id": SANNE, "text": "hallo"}
    async with httpx.AsyncClient(base_url=f"{server.url}/bot123:abc/") as http:
        answers = [
            await http.get("sendmessage", params=said),
            await http.post("sendMessage", json=said),
            await http.post("sendMessage", data=said),
            await http.post("sendMessage", data=said, files={"more": b"bytes"}),
        ]
        broken = await http.post("sendMessage", data={**said, "reply_markup": "{"})
        large = await http.post("sendMessage", content=b"x" * (50 * 1024 * 1024 + 1))
    assert [answer.json()["result"]["text"] for answer in answers] == ["hallo"] * 4
    assert broken.json()["description"] == "Bad Request: can't parse reply_markup JSON object"
    assert large.status_code == 413
    assert len(server.person(SANNE).inbox) == 4


async def test_the_next_call_fails_as_asked(server: BotApiServer, bot: Bot) -> None:
    server.fail_next("sendMessage", status=502, description="Bad Gateway")
    server.fail_next("sendMessage", retry_after=3)
    server.fail_next("sendMessage", status=403, description="Forbidden: user is deactivated")
    assert await refusal(NetworkError, bot.send_message(SANNE, "x")) == "Bad Gateway"
    words = await refusal(RetryAfter, bot.send_message(SANNE, "x"))
    assert words == "Flood control exceeded. Retry in 0:00:03"
    assert "deactivated" in await refusal(Forbidden, bot.send_message(SANNE, "x"))
    await bot.send_message(SANNE, "x")
    assert len(server.person(SANNE).inbox) == 1


@pytest.mark.parametrize("after_accepting", [False, True])
async def test_a_dropped_connection(
    server: BotApiServer, bot: Bot, *, after_accepting: bool
) -> None:
    server.drop_next("sendMessage", after_accepting=after_accepting)
    words = await refusal(NetworkError, bot.send_message(SANNE, "hallo"))
    assert "RemoteProtocolError: Server disconnected without sending a response" in words
    assert len(server.person(SANNE).inbox) == after_accepting
    await bot.send_message(SANNE, "nog eens")


async def test_a_dropped_poll_loses_nothing(server: BotApiServer, bot: Bot) -> None:
    server.person(SANNE).types("hallo")
    server.drop_next("getUpdates", after_accepting=True)
    await refusal(NetworkError, bot.get_updates())
    assert len(await polled(bot)) == 1


async def test_a_slow_call_times_out(server: BotApiServer, bot: Bot) -> None:
    server.delay("sendMessage", 0.2)
    await refusal(TimedOut, bot.send_message(SANNE, "te laat", read_timeout=0.05))
    await bot.send_message(SANNE, "op tijd")
    # The one that was given up arrives all the same.
    await server.until(lambda: len(server.person(SANNE).inbox) == 2)


@pytest.mark.parametrize(
    ("overall", "per_chat", "chats", "passed"),
    [(3, None, [7, 8, 9, 7], 3), (None, 1, [7, 8, 7], 2)],
)
async def test_the_pace(
    overall: int | None, per_chat: int | None, chats: list[int], passed: int
) -> None:
    limited = BotApiServer(per_second=overall, per_chat_per_second=per_chat)
    async with limited as server, client(server) as bot:
        people = [server.person(number, f"Nummer {number}") for number in sorted({*chats})]
        for chat in chats[:passed]:
            await bot.send_message(chat, "hallo")
        words = await refusal(RetryAfter, bot.send_message(chats[passed], "hallo"))
        assert words == "Flood control exceeded. Retry in 0:00:01"
        await asyncio.sleep(1)
        await bot.send_message(chats[passed], "hallo")
        assert sum(len(person.inbox) for person in people) == passed + 1


# The server itself.


async def test_a_stop_ends_what_waits_and_a_start_goes_on(
    server: BotApiServer, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url
    server.delay("sendMessage", 10)
    waiting = [
        asyncio.create_task(refusal(NetworkError, bot.get_updates(timeout=10))),
        asyncio.create_task(refusal(NetworkError, bot.send_message(SANNE, "x", read_timeout=10))),
    ]
    await server.until(lambda: {"getUpdates", "sendMessage"} <= {call[0] for call in server.calls})
    began = time.monotonic()
    await server.stop()
    await asyncio.gather(*waiting)
    assert time.monotonic() - began < 0.5
    assert "ConnectError" in await refusal(NetworkError, bot.get_me())
    server.person(SANNE).types("terwijl je weg was")
    await server.start()
    assert server.url == url
    assert len(await polled(bot)) == 1
    server.delay("sendMessage", 0)
    await bot.send_message(SANNE, "daar ben ik weer")
    await server.stop()
    await server.stop()
    assert not [one for one in caplog.records if one.levelno > logging.INFO]


async def test_a_client_that_went_away_does_no_harm(server: BotApiServer) -> None:
    async with client(server) as killed:
        polling = asyncio.create_task(polled(killed, timeout=10))
        await server.until(lambda: server.calls_of("getUpdates"))
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling
    server.person(SANNE).types("hallo")
    async with client(server) as bot:
        assert len(await polled(bot, timeout=10)) == 1


async def test_a_client_that_breaks_off_makes_no_noise(
    server: BotApiServer, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.split(":")[-1]))
    writer.write(b"POST /bot123:abc/sendPhoto HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n")
    writer.write(b"Content-Type: application/json\r\n\r\n{")
    await writer.drain()
    await bot.get_me()
    writer.close()
    await writer.wait_closed()
    await bot.get_me()
    assert not [one for one in caplog.records if one.levelno > logging.INFO]


def test_a_fault_wants_a_method_that_exists(server: BotApiServer) -> None:
    with pytest.raises(AssertionError, match="no method sendMesage"):
        server.fail_next("sendMesage")


async def test_a_transcript_tells_what_happened(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    assert person.transcript() == "(nothing was said)"
    person.types("/start")
    sent = await bot.send_message(SANNE, "Hoi", reply_markup=keyboard("Ja", "Nee"))
    press = person.presses("Ja")
    await bot.answer_callback_query(press.id, "Mooi")
    await sent.edit_text("Dag")
    await bot.send_photo(SANNE, b"pixels", caption="kijk")
    person.blocks()
    assert person.transcript().splitlines() == [
        "#1 Sanne: /start",
        "#2 bot (edited): Dag",
        "Sanne presses [Ja] on #2: answered 'Mooi'",
        "#3 bot: (photo) kijk",
        "Sanne blocks the bot",
    ]


async def test_people_are_told_apart(server: BotApiServer, bot: Bot) -> None:
    ali = server.person(8, "Ali", None, username="ali")
    assert server.person(8) is ali
    await bot.send_message(8, "hallo")
    assert [message.chat_id for message in ali.inbox] == [8]
    assert server.person(SANNE).inbox == []
    ali.types("hoi")
    message = (await polled(bot))[0].message
    assert message is not None and message.from_user is not None
    assert message.from_user.language_code is None
    assert json.loads(message.chat.to_json())["username"] == "ali"


def test_a_message_says_its_words() -> None:
    assert Message(1, 7, 0, from_bot=True, caption="kijk").words == "kijk"
