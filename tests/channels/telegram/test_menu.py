"""The menu of commands on Telegram, and what the bot's profile says."""

import asyncio
from contextlib import suppress

import pytest

from bot.channel_factory import channel_menus, mini_app, pages_button
from bot.channels.menus import PagesButton
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.config.reading import read_settings
from bot.conversation import menus
from bot.conversation.commands import COMMANDS
from bot.conversation.words import Words
from bot.languages.registry import tags
from bot.messages import Incoming
from bot.store.members.roles import Roles
from tests.support.fakes import FixedClock
from tests.support.inbox import HandsOver
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED
from tests.web.mini_apps import init_data

TOKEN = "123:abc"
PRIVATE, GROUPS = "all_private_chats", "all_group_chats"


async def nothing(_: Incoming) -> str | None:
    """Hears nothing."""
    return None


async def starts(
    server: BotApiServer,
    clock: FixedClock,
    *,
    asked: int = 4,
    pages: PagesButton | None = None,
) -> list[str]:
    """Starts the bot until it listens; the methods that it called."""
    before = len(server.calls)
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED, menus=channel_menus(pages))
    task = asyncio.create_task(channel.receive(HandsOver(channel, nothing)))

    def done() -> bool:
        called = [call.method for call in server.calls[before:]]
        return "getUpdates" in called and called.count("getMyCommands") == asked

    await server.until(done)
    await asyncio.sleep(0.2)  # and for what may be set after that
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await channel.close()
    return [call.method for call in server.calls[before:]]


async def test_the_menu_speaks_both_languages(clock: FixedClock) -> None:
    async with BotApiServer(TOKEN) as server:
        await starts(server, clock)
    dutch = {one["command"]: one["description"] for one in server.commands[PRIVATE, "nl"]}
    english = {one["command"]: one["description"] for one in server.commands[PRIVATE, ""]}
    assert dutch["reeks"] == "hoe je ervoor staat" and "streak" in english
    assert [one["command"] for one in server.commands[GROUPS, "nl"]] == ["help"]
    assert "naïeve vraag" in server.descriptions["description", "nl"]
    assert "naive question" in server.descriptions["description", ""]
    assert server.descriptions["short_description", "nl"]


async def test_it_is_set_only_where_it_changed(clock: FixedClock) -> None:
    async with BotApiServer(TOKEN) as server:
        assert len([call for call in await starts(server, clock) if call.startswith("set")]) == 8
        assert not [call for call in await starts(server, clock) if call.startswith("set")]
        server.descriptions["short_description", "nl"] = "iets van vroeger"
        changed = [call for call in await starts(server, clock) if call.startswith("set")]
    assert changed == ["setMyShortDescription"]


async def test_a_button_opens_the_pages_while_they_are_on_https(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLIEVLEK_TELEGRAM_TOKEN", TOKEN)
    for address in ("", "http://olievlek.test"):
        monkeypatch.setenv("OLIEVLEK_PUBLIC_URL", address)
        assert mini_app(read_settings()) is None and pages_button(read_settings()) is None
    monkeypatch.setenv("OLIEVLEK_PUBLIC_URL", "https://olievlek.test/bot/")
    found, pages = mini_app(read_settings()), pages_button(read_settings())
    assert found is not None and found.channel == "telegram" and pages is not None
    assert found.opening(init_data(7, clock(), TOKEN), clock()) is not None
    async with BotApiServer(TOKEN) as server:
        assert (await starts(server, clock, pages=pages)).count("setChatMenuButton") == 1
        assert server.menu_button["text"] == "Mijn pagina’s"
        assert server.menu_button["web_app"] == {"url": "https://olievlek.test/bot/web/mini-app"}
        assert "setChatMenuButton" not in await starts(server, clock, pages=pages)
        assert (await starts(server, clock)).count("setChatMenuButton") == 1
        assert server.menu_button["type"] == "default"


async def test_without_a_menu_the_bot_works(clock: FixedClock) -> None:
    async with BotApiServer(TOKEN) as server:
        server.fail_next("getMyCommands", retry_after=300)
        assert "getUpdates" in await starts(server, clock, asked=1)


@pytest.mark.parametrize("language", tags())
def test_each_command_in_the_menu_is_one(language: str) -> None:
    listed = [name for name, _ in menus.commands(Words(language))]
    everybody = {command.id for command in COMMANDS} - {"start", "sets"}
    assert {command.id for command in map(COMMANDS.find, listed) if command} == everybody
    assert len(listed) == len(everybody)
    for_admins = [name for name, _ in menus.commands_for(Words(language), Roles(admin=True))]
    assert for_admins[:2] == ["team", "sets"] and len(set(for_admins)) == len(for_admins)
    found = {command.id for command in map(COMMANDS.find, for_admins) if command}
    assert found == everybody | {"sets"} and len(for_admins) == len(found)


def test_descriptions_fit() -> None:
    for shown in channel_menus():
        assert 0 < len(shown.description) <= 512 and 0 < len(shown.short) <= 120
        assert all(len(told) <= 256 for _, told in (*shown.commands, *shown.in_groups))
