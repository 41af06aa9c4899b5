"""The test server with the real client before it: what people and the bot say."""

import asyncio
import time

import pytest
from telegram import (
    Bot,
    BotCommand,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    Forbidden,
)

from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.client import EMOJI, SANNE, Asking, keyboard, polled, refusal

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
