"""Groups on Telegram: two lines when it comes in, and then only when it is spoken to."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.app import House, build, prepare
from bot.channels.telegram import Telegram
from bot.channels.telegram_groups import Place
from bot.store.engine import Database
from bot.store.vault import Vault
from bot.talk.messages import Outgoing
from tests.channels.test_telegram_updates import TOKEN, listening
from tests.servers.bot_api import BotApiServer
from tests.servers.group import ANONYMOUS_ADMIN, CHANNEL_BOT, Group
from tests.story import StillClock

SANNE = {"id": 7, "is_bot": False, "first_name": "Sanne", "language_code": "nl"}
OTHER_BOT = {"id": 55, "is_bot": True, "first_name": "Bot", "username": "other_bot"}


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """The Bot API, without limits on how fast."""
    async with BotApiServer(TOKEN) as started:
        yield started


@pytest.fixture
async def house(
    server: BotApiServer, database: Database, vault: Vault, clock: StillClock
) -> AsyncIterator[House]:
    """A house that listens to Telegram."""
    channel = Telegram(TOKEN, server.url, clock)
    await prepare(database, vault, clock())
    built = build(database, vault, [channel], clock, "nl", "Europe/Amsterdam")
    async with listening(channel, built.conversation.hear):
        yield built
    await channel.close()


@pytest.fixture
def group(server: BotApiServer, house: House) -> Group:
    """A group that the bot is in."""
    return server.group()


async def _is_silent(server: BotApiServer, group: Group) -> None:
    await server.until(lambda: server.waiting_updates == 0)
    await asyncio.sleep(0.2)
    assert group.unread == []


async def test_it_says_in_two_lines_what_it_does_and_never_does(group: Group) -> None:
    group.adds(SANNE)
    said = await group.receives("ik ben Olievlek")
    assert len(said.words.split("\n\n")) == 2 and "nooit" in said.words


@pytest.mark.parametrize("words", ["/help", "/start@test_bot", "@test_bot hallo", "hé @test_bot!"])
async def test_it_answers_when_it_is_meant(group: Group, words: str) -> None:
    group.hears(words, SANNE)
    assert (await group.receives()).words


async def test_a_reply_to_it_means_it(group: Group) -> None:
    group.adds(SANNE)
    said = await group.receives("ik ben Olievlek")
    group.hears("wat doe je dan?", SANNE, reply_to=said)
    await group.receives("privéchat", timeout=8)


@pytest.mark.parametrize(
    ("words", "by", "more"),
    [
        ("zomaar iets", SANNE, {}),
        ("/help@other_bot", SANNE, {}),
        ("/onbekend", SANNE, {}),
        ("@iemand hallo", SANNE, {}),
        ("/help", OTHER_BOT, {}),
        (
            "@test_bot nieuws",
            CHANNEL_BOT,
            {
                "sender_chat": {"id": -1005, "type": "channel", "title": "Nieuws"},
                "is_automatic_forward": True,
            },
        ),
    ],
)
async def test_else_it_is_silent(
    server: BotApiServer, group: Group, words: str, by: dict[str, Any], more: dict[str, Any]
) -> None:
    group.hears(words, by, **more)
    await _is_silent(server, group)


@pytest.mark.parametrize(
    ("by", "kind"), [(ANONYMOUS_ADMIN, "supergroup"), (CHANNEL_BOT, "channel")]
)
async def test_who_writes_in_the_name_of_a_chat_is_answered_too(
    group: Group, by: dict[str, Any], kind: str
) -> None:
    group.hears("/help", by, sender_chat={"id": -1001, "type": kind, "title": "De wijk"})
    await group.receives("ik ben Olievlek")


async def test_nothing_personal_is_said_or_kept_there(
    server: BotApiServer, group: Group, house: House
) -> None:
    group.hears("/reeks@test_bot", SANNE)
    assert "reeks" not in (await group.receives("privéchat")).words
    assert server.calls_of("sendMessage")[-1]["chat_id"] in (-1001, "-1001")


async def test_the_answer_comes_in_the_same_topic(server: BotApiServer, house: House) -> None:
    forum = server.group(-1002, "Forum", forum=True)
    forum.hears("/help", SANNE, message_thread_id=42, is_topic_message=True)
    await forum.receives("ik ben Olievlek")
    assert int(server.calls_of("sendMessage")[-1]["message_thread_id"]) == 42


async def test_put_out_it_is_silent(server: BotApiServer, group: Group) -> None:
    group.removes(SANNE)
    await _is_silent(server, group)


@pytest.mark.parametrize("address", ["7", "-1001", "-1001/42"])
def test_a_place_has_one_address(address: str) -> None:
    assert Place.of(address).address == address


async def test_a_long_text_stays_in_its_topic(server: BotApiServer, clock: StillClock) -> None:
    server.group(-1003, forum=True)
    channel = Telegram(TOKEN, server.url, clock)
    await channel.send("-1003/9", Outgoing("woord " * 900), "long")
    await channel.close()
    calls = server.calls_of("sendMessage")
    assert [int(call["message_thread_id"]) for call in calls] == [9, 9]
