"""The test server with the real client before it."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReactionTypeEmoji,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from .bot_api import BotApiServer, Message

SANNE = 7
EMOJI = "🌱"
Asking = Callable[[Bot], Coroutine[Any, Any, object]]


def keyboard(*labels: str, data: str = "data") -> InlineKeyboardMarkup:
    """One row of buttons, each with `data`."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data)] for label in labels]
    )


def client(server: BotApiServer, token: str | None = None) -> Bot:
    """The real client, as far as possible as the bot makes it."""
    return Bot(
        token or server.token,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=HTTPXRequest(read_timeout=1),
        get_updates_request=HTTPXRequest(read_timeout=2),
    )


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have durations as timedelta; without this the client warns at each use of one."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """A started server where Sanne has a chat."""
    async with BotApiServer(token="123:abc") as server:
        server.person(user_id=SANNE, first_name="Sanne", language_code="nl")
        yield server


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """A client that has introduced itself."""
    async with client(server) as bot:
        yield bot


async def refusal(kind: type[TelegramError], asking: Coroutine[Any, Any, object]) -> str:
    """The words of the refusal, which has to be of this very kind."""
    with pytest.raises(kind) as caught:
        await asking
    assert type(caught.value) is kind
    return caught.value.message


async def polled(bot: Bot, **how: Any) -> list[Update]:  # noqa: ANN401 - what getUpdates takes
    """The updates that wait for the bot."""
    return list(await bot.get_updates(**how))


# The bot and the people.


async def test_the_bot_knows_who_it_is(bot: Bot) -> None:
    assert (bot.id, bot.username) == (123, "test_bot")


async def test_a_message_arrives_with_its_buttons(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(SANNE, "Zin in?", reply_markup=keyboard("Ja", "Nee"))
    message = await server.person(SANNE).receives("Zin", buttons=["Nee"])
    assert message.id == sent.message_id
    assert message.labels == ["Ja", "Nee"]
    assert message.buttons[0][0].data == "data"
    assert server.calls_of("sendMessage")[0]["chat_id"] == SANNE
    assert server.calls[-1].at <= time.monotonic()


async def test_receiving_consumes_up_to_the_message(server: BotApiServer, bot: Bot) -> None:
    for text in ("een", "twee", "drie"):
        await bot.send_message(SANNE, text)
    person = server.person(SANNE)
    assert (await person.receives("twee")).text == "twee"
    assert [message.text for message in person.unread] == ["drie"]
    with pytest.raises(AssertionError, match=r"(?s)no new message containing 'een'.*#1 bot: een"):
        await person.receives("een", timeout=0.01)
    assert (await person.receives(buttons=[])).text == "drie"


async def test_a_wait_ends_when_the_message_comes(server: BotApiServer, bot: Bot) -> None:
    waiting = asyncio.create_task(server.person(SANNE).receives("later"))
    await asyncio.sleep(0)
    await bot.send_message(SANNE, "later")
    assert (await waiting).text == "later"


async def test_a_command_is_marked_in_units(server: BotApiServer, bot: Bot) -> None:
    server.person(SANNE).types(f"{EMOJI} /start x")
    message = (await polled(bot))[0].message
    assert message is not None and message.from_user is not None
    assert [(one.type, one.offset, one.length) for one in message.entities] == [
        ("bot_command", 3, 6)
    ]
    assert message.from_user.language_code == "nl"


async def test_replies_go_both_ways(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    asked = await bot.send_message(SANNE, "Hoe was het?")
    said = person.types("Goed", reply_to=person.inbox[0])
    message = (await polled(bot))[0].message
    assert message is not None and message.reply_to_message is not None
    assert message.reply_to_message.message_id == asked.message_id
    await bot.send_message(SANNE, "Mooi", reply_parameters=ReplyParameters(said.id))
    assert person.inbox[-1].reply_to == said.id
    lost = ReplyParameters(99)
    words = await refusal(BadRequest, bot.send_message(SANNE, "?", reply_parameters=lost))
    assert words == "Message to be replied not found"
    lost = ReplyParameters(99, allow_sending_without_reply=True)
    await bot.send_message(SANNE, "!", reply_parameters=lost)
    assert person.inbox[-1].reply_to is None


async def test_an_edit_of_a_person_comes_as_an_update(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    person.edits(person.types("fuot"), "fout")
    update = (await polled(bot))[1]
    assert update.edited_message is not None
    assert update.edited_message.text == "fout"
    assert update.edited_message.edit_date is not None


async def test_everything_else_a_person_can_send(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    person.sends_sticker()
    person.sends_voice(seconds=4)
    person.sends_photo("kijk", b"pixels")
    person.sends_document("a.pdf", b"%PDF", "lees")
    sticker, voice, photo, document = [one.message for one in await polled(bot)]
    assert sticker and sticker.sticker and sticker.sticker.emoji == "👍"
    assert voice and voice.voice and voice.voice.file_size
    assert photo and photo.photo and photo.caption == "kijk"
    assert document and document.document and document.document.file_name == "a.pdf"
    file = await document.document.get_file()
    assert file.file_path == f"{server.url}/file/bot123:abc/documents/file_4.pdf"
    assert bytes(await file.download_as_bytearray()) == b"%PDF"
    assert await (await photo.photo[0].get_file()).download_as_bytearray() == b"pixels"


async def test_a_block_is_heard_and_felt(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    await bot.send_message(SANNE, "hier", reply_markup=keyboard("Ja"))
    person.blocks()
    change = (await polled(bot))[0].my_chat_member
    assert change is not None and change.new_chat_member.status == "kicked"
    for asking in (bot.send_message(SANNE, "hallo"), bot.send_chat_action(SANNE, "typing")):
        assert await refusal(Forbidden, asking) == "Forbidden: bot was blocked by the user"
    with pytest.raises(AssertionError, match="has blocked the bot"):
        person.types("hallo")
    with pytest.raises(AssertionError, match="second time"):
        person.blocks()
    person.unblocks()
    await bot.send_message(SANNE, "welkom terug")
    change = (await polled(bot))[1].my_chat_member
    assert change is not None and change.new_chat_member.status == "member"


# Edits, deletions, reactions.


async def test_an_edit_is_seen(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    sent = await bot.send_message(SANNE, "een", reply_markup=keyboard("Ja"))
    before = await person.receives("een")
    waiting = asyncio.create_task(person.sees_edit(before, "twee", buttons=[]))
    await asyncio.sleep(0)
    edited = await sent.edit_text("twee")
    assert isinstance(edited, type(sent)) and edited.edit_date is not None
    after = await waiting
    assert (after.text, after.edited, before.edited) == ("twee", True, False)
    await sent.edit_reply_markup(keyboard("Nee"))
    assert (await person.sees_edit(after, buttons=["Nee"])).text == "twee"
    with pytest.raises(AssertionError, match=r"no edit of #1 containing 'drie'"):
        await person.sees_edit(before, "drie", timeout=0.01)


async def test_what_cannot_be_edited(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(SANNE, "een", reply_markup=keyboard("Ja"))
    photo = await bot.send_photo(SANNE, b"pixels")
    own = server.person(SANNE).types("van mij")
    same = "Message is not modified: specified new message content and reply markup are exactly"
    words = await refusal(BadRequest, sent.edit_text("een", reply_markup=keyboard("Ja")))
    assert words.startswith(same)
    assert (await refusal(BadRequest, sent.edit_reply_markup(keyboard("Ja")))).startswith(same)
    await sent.edit_text("een")
    for number, words in (
        (99, "Message to edit not found"),
        (photo.message_id, "There is no text in the message to edit"),
        (own.id, "Message can't be edited"),
    ):
        assert await refusal(BadRequest, bot.edit_message_text("x", SANNE, number)) == words


async def test_a_deleted_message_is_gone(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(SANNE, "weg ermee")
    await sent.delete()
    person = server.person(SANNE)
    await server.until(lambda: not person.inbox)
    assert person.transcript() == "#1 (deleted)"
    assert await refusal(BadRequest, sent.delete()) == "Message to delete not found"
    with pytest.raises(AssertionError, match="did not become so"):
        await server.until(lambda: person.inbox, timeout=0.01)


async def test_a_reaction_is_kept(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    said = person.types("gelukt")
    await bot.set_message_reaction(SANNE, said.id, ReactionTypeEmoji("👍"))
    assert person.reactions == {said.id: ["👍"]}
    words = await refusal(BadRequest, bot.set_message_reaction(SANNE, 99, "👍"))
    assert words == "Message to react not found"


# Presses.


async def test_a_press_is_answered_once(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    for text in ("oud", "nieuw"):
        await bot.send_message(SANNE, text, reply_markup=keyboard("Ja, graag", data=text))
    press = person.presses("graag")
    query = (await polled(bot))[0].callback_query
    assert query is not None and query.message is not None
    assert (query.data, query.message.message_id) == ("nieuw", 2)
    waiting = asyncio.create_task(press.answered())
    await asyncio.sleep(0)
    assert not press.was_answered
    await query.answer("Genoteerd", show_alert=True)
    assert await waiting == "Genoteerd"
    assert press.was_answered and press.alert
    too_old = "Query is too old and response timeout expired or query id is invalid"
    assert await refusal(BadRequest, query.answer()) == too_old
    assert await refusal(BadRequest, bot.answer_callback_query("1")) == too_old
    late = person.presses("Ja", on=person.inbox[0])
    late.expires()
    assert await refusal(BadRequest, bot.answer_callback_query(late.id)) == too_old
    with pytest.raises(AssertionError, match=r"Sanne presses \[Ja, graag\] on #1: not answered"):
        await late.answered(timeout=0.01)


async def test_a_press_without_a_text_in_the_answer(server: BotApiServer, bot: Bot) -> None:
    await bot.send_message(SANNE, "?", reply_markup=keyboard("Ja"))
    press = server.person(SANNE).presses("Ja")
    words = await refusal(BadRequest, bot.answer_callback_query(press.id, "x" * 201))
    assert words == "Message is too long"
    await bot.answer_callback_query(press.id)
    assert await press.answered() is None


async def test_a_button_that_is_not_there(server: BotApiServer, bot: Bot) -> None:
    person = server.person(SANNE)
    with pytest.raises(AssertionError, match=r"no button 'Ja'. The buttons are:\n  \(none\)"):
        person.presses("Ja")
    sent = await bot.send_message(SANNE, "?", reply_markup=keyboard("Nee", "Later"))
    before = person.inbox[0]
    with pytest.raises(AssertionError, match=r"#1 bot: \? \[Nee\] \[Later\]"):
        person.presses("Ja", on=before)
    await sent.edit_reply_markup(None)
    with pytest.raises(AssertionError, match="no button 'Nee'"):
        person.presses("Nee", on=before)


# Files.


async def test_uploads_arrive_whole(server: BotApiServer, bot: Bot) -> None:
    content = bytes(range(256)) * 5000
    photo = await bot.send_photo(SANNE, content, caption="kijk", reply_markup=keyboard("Ja"))
    await bot.send_document(SANNE, b"[]", filename="gegevens.json")
    await bot.send_photo(SANNE, photo.photo[0].file_id)
    first, second, third = server.person(SANNE).inbox
    assert (first.photo, first.caption, first.labels) == (content, "kijk", ["Ja"])
    assert second.document == ("gegevens.json", b"[]")
    assert third.photo == content
    file = await bot.get_file(photo.photo[0].file_id)
    assert bytes(await file.download_as_bytearray()) == content


async def test_files_that_are_refused(bot: Bot) -> None:
    most = 10 * 1024 * 1024
    await bot.send_photo(SANNE, b"x" * most)
    words = await refusal(BadRequest, bot.send_photo(SANNE, b"x" * (most + 1)))
    assert words == (
        f"File of size {most + 1} bytes is too big for a photo; the maximum size is {most} bytes"
    )
    assert await refusal(BadRequest, bot.send_photo(SANNE, b"")) == "File must be non-empty"
    words = await refusal(BadRequest, bot.send_document(SANNE, "no-such-file"))
    assert words == "Wrong file identifier/http url specified"
    assert await refusal(BadRequest, bot.get_file("no-such-file")) == "Invalid file_id"


# Limits and formatting.


@pytest.mark.parametrize("text", ["x" * 4096, EMOJI * 2048, f"<b>{'x' * 4096}</b>", "&lt;" * 4096])
async def test_a_text_of_the_longest_kind(server: BotApiServer, bot: Bot, text: str) -> None:
    await bot.send_message(SANNE, text, parse_mode="HTML")
    assert len(server.person(SANNE).inbox) == 1


@pytest.mark.parametrize("text", ["x" * 4097, EMOJI * 2048 + "x", f"<b>{'x' * 4097}</b>"])
async def test_a_text_that_is_too_long(server: BotApiServer, bot: Bot, text: str) -> None:
    words = await refusal(BadRequest, bot.send_message(SANNE, text, parse_mode="HTML"))
    assert words == "Message is too long"
    sent = await bot.send_message(SANNE, "kort")
    assert await refusal(BadRequest, sent.edit_text(text, parse_mode="HTML")) == words
    assert [message.text for message in server.person(SANNE).inbox] == ["kort"]


@pytest.mark.parametrize("text", ["", "  \n", "<b> </b>"])
async def test_a_text_that_is_empty(bot: Bot, text: str) -> None:
    words = await refusal(BadRequest, bot.send_message(SANNE, text, parse_mode="HTML"))
    assert words == "Message text is empty"


async def test_the_length_of_a_caption(bot: Bot) -> None:
    await bot.send_photo(SANNE, b"pixels", caption=EMOJI * 512)
    for asking in (
        bot.send_photo(SANNE, b"pixels", caption=EMOJI * 512 + "x"),
        bot.send_document(SANNE, b"bytes", caption="x" * 1025),
    ):
        assert await refusal(BadRequest, asking) == "Message caption is too long"


async def test_the_length_of_button_data(bot: Bot) -> None:
    await bot.send_message(SANNE, "?", reply_markup=keyboard("Ja", data="é" * 32))
    for data in ("", "x" * 65, "é" * 32 + "x"):
        asking = bot.send_message(SANNE, "?", reply_markup=keyboard("Ja", data=data))
        assert (await refusal(BadRequest, asking)).lower() == "button_data_invalid"


async def test_html_becomes_entities(server: BotApiServer, bot: Bot) -> None:
    source = f'  {EMOJI} <b>vet <i>en</i></b> &amp; <a href="https://x.nl/?a=1&amp;b">daar</a>\n'
    sent = await bot.send_message(SANNE, source, parse_mode="HTML")
    assert sent.text == f"{EMOJI} vet en & daar"
    assert [(one.type, one.offset, one.length, one.url) for one in sent.entities] == [
        ("bold", 3, 6, None),
        ("italic", 7, 2, None),
        ("text_link", 12, 4, "https://x.nl/?a=1&b"),
    ]
    assert server.person(SANNE).inbox[0].entities[0]["type"] == "bold"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("é <b>vet", 'can\'t find end tag corresponding to start tag "b"'),
        ("é <h1>kop</h1>", 'unsupported start tag "h1" at byte offset 3'),
        ("1 < 2", 'unsupported start tag "" at byte offset 2'),
        ("<b", "unclosed start tag at byte offset 0"),
        ("vet</b>", "unexpected end tag at byte offset 3"),
        ("<b>x</i>", 'unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ],
)
async def test_html_that_cannot_be_read(bot: Bot, source: str, why: str) -> None:
    words = await refusal(BadRequest, bot.send_message(SANNE, source, parse_mode="HTML"))
    assert words.lower() == f"can't parse entities: {why}"


async def test_markdown_is_not_pretended(bot: Bot) -> None:
    asking = bot.send_message(SANNE, "*vet*", parse_mode="MarkdownV2")
    assert await refusal(BadRequest, asking) == "Unsupported parse_mode"


@pytest.mark.parametrize(
    "asking",
    [
        lambda bot: bot.send_message(99, "hallo"),
        lambda bot: bot.send_photo("@kanaal", b"pixels"),
        lambda bot: bot.edit_message_text("x", 99, 1),
        lambda bot: bot.delete_message(99, 1),
        lambda bot: bot.send_chat_action(99, "typing"),
    ],
)
async def test_a_chat_that_is_not_there(bot: Bot, asking: Asking) -> None:
    assert await refusal(BadRequest, asking(bot)) == "Chat not found"


async def test_a_chat_action(bot: Bot) -> None:
    assert await bot.send_chat_action(SANNE, "typing")
    words = await refusal(BadRequest, bot.send_chat_action(SANNE, "thinking"))
    assert words == "Wrong parameter action in request"


async def test_the_menu_per_language(server: BotApiServer, bot: Bot) -> None:
    await bot.set_my_commands([("help", "Hulp")], language_code="nl")
    assert await bot.get_my_commands(language_code="nl") == (BotCommand("help", "Hulp"),)
    assert await bot.get_my_commands() == ()
    assert server.commands["default", "nl"] == [{"command": "help", "description": "Hulp"}]
    words = await refusal(BadRequest, bot.set_my_commands([("Help!", "Hulp")]))
    assert words.lower() == "bot_command_invalid"


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
