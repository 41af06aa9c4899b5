"""The chat in a browser as a channel: its settings, its links, and what it makes of a post."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channel_factory import configured_channels, push_identity
from bot.channels.base import SendCancelled, UndecodableItem, Unreachable
from bot.channels.registry import find_channel
from bot.channels.web.channel import WebChat
from bot.channels.web.items import Post, PostKind, decoded, item_key, received_item
from bot.channels.web.push import WebPush, new_private_key
from bot.config.reading import read_settings, shown_values
from bot.config.settings import ConfigError
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.masking import mask
from bot.messages import Button, Incoming, Outgoing, Typed
from bot.operation.check import check
from bot.store.chat import browsers, mailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.databases import SECRET_KEY
from tests.support.fakes import FixedClock

ADDRESS = "https://olievlek.test"


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which the chat is on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLIEVLEK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("OLIEVLEK_PUBLIC_URL", f"{ADDRESS}/")
    monkeypatch.setenv("OLIEVLEK_WEB_CHAT", "on")
    return monkeypatch


@pytest.fixture
async def chat(database: Database, vault: Vault, clock: FixedClock) -> AsyncIterator[str]:
    """The address of a chat that a browser began."""
    async with database.transaction() as session:
        opened = await browsers.begin(session, "web", "f" * 30, "browser", clock())
        assert opened is not None
        address = opened.row.address
    yield address


@pytest.fixture
def channel(database: Database, vault: Vault, clock: FixedClock) -> WebChat:
    """The channel."""
    return WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)


async def kept(database: Database, vault: Vault, chat: str) -> dict[str, mailbox.ChatMessage]:
    """What is in the mailbox of a chat, by key."""
    async with database.reading() as session:
        found = await mailbox.since(session, vault, ("web", chat), 0)
    return {each.key: each.message for each in found}


def test_it_is_off_until_it_is_turned_on(
    environ: pytest.MonkeyPatch, database: Database, vault: Vault, clock: FixedClock
) -> None:
    [built] = configured_channels(read_settings(), database, clock, vault)
    assert isinstance(built, WebChat)
    assert built.invitation("K7QF", to_group=False) == f"{ADDRESS}/chat/K7QF"
    assert built.invitation("K7QF", to_group=True) is None
    environ.setenv("OLIEVLEK_WEB_CHAT", "off")
    with pytest.raises(ConfigError, match=r"no channel is configured.* OLIEVLEK_WEB_CHAT \(on: a"):
        configured_channels(read_settings(), database, clock, vault)
    environ.setenv("OLIEVLEK_WEB_CHAT", "perhaps")
    with pytest.raises(ConfigError, match="OLIEVLEK_WEB_CHAT is 'perhaps'"):
        read_settings()


def test_without_an_address_it_says_so_in_one_line(
    environ: pytest.MonkeyPatch, database: Database, vault: Vault, clock: FixedClock
) -> None:
    environ.setenv("OLIEVLEK_PUBLIC_URL", "")
    with pytest.raises(ConfigError) as error:
        configured_channels(read_settings(), database, clock, vault)
    [line] = map(str, error.value.lines)
    assert line.startswith("OLIEVLEK_PUBLIC_URL is not set; the address at which browsers find")


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [(ADDRESS, True), ("http://127.0.0.1:8080", True), ("http://olievlek.test", False)],
)
async def test_check_says_when_no_browser_would_keep_the_cookie(
    environ: pytest.MonkeyPatch, clock: FixedClock, address: str, is_fine: bool
) -> None:
    environ.setenv("OLIEVLEK_PUBLIC_URL", address)
    told = [str(each.trouble) async for each in check(read_settings(), clock)]
    assert any("begins with http;" in trouble for trouble in told) != is_fine


def test_its_addresses() -> None:
    specification = find_channel("web")
    assert specification is not None
    assert specification.address.matches("0" * 32)
    assert not specification.address.matches("7")


async def test_a_repeat_is_there_once_and_an_edit_changes_it(
    channel: WebChat, database: Database, vault: Vault, chat: str
) -> None:
    question = Outgoing("Wie?", ((Button("Ik", "me"),),))
    for _ in range(2):
        assert await channel.send(chat, question, "q-0") == "q-0"
    assert list(await kept(database, vault, chat)) == ["q-0"]
    await channel.send(chat, Outgoing("", replaces="q-0"), "q-1")
    assert (await kept(database, vault, chat))["q-0"].buttons == ()
    await channel.send(chat, Outgoing("Jij.", replaces="q-0"), "q-2")
    assert (await kept(database, vault, chat))["q-0"].text == "Jij."


async def test_an_edit_of_what_is_gone_comes_again_if_it_can_be_chosen_from(
    channel: WebChat, database: Database, vault: Vault, chat: str
) -> None:
    await channel.send(chat, Outgoing("Voorbij.", replaces="old"), "a")
    assert await kept(database, vault, chat) == {}
    again = Outgoing("Wanneer dan?", ((Button("Morgen", "t"),),), replaces="old")
    await channel.send(chat, again, "b")
    assert list(await kept(database, vault, chat)) == ["old"]


async def test_what_nobody_can_open_is_not_kept(channel: WebChat, chat: str) -> None:
    with pytest.raises(Unreachable):
        await channel.send("0" * 32, Outgoing("Hallo"), "k")
    with pytest.raises(SendCancelled):
        await channel.send(chat, Outgoing("Hallo"), "k", should_send=lambda: False)


async def test_a_post_becomes_what_was_done(
    channel: WebChat, database: Database, vault: Vault, clock: FixedClock, chat: str
) -> None:
    got: list[Incoming] = []

    async def handle(incoming: Incoming) -> str | None:
        got.append(incoming)
        return "opgemerkt"

    post = Post(kind=PostKind.TYPED, form="f" * 22, text="Hoi", reply_to="nudge-1-0")
    item = received_item(chat, post, clock(), "nl-NL")
    assert (item.chat, item.text, item.is_press) == (chat, "Hoi", False)
    with channel.signals.handling(item.key) as done:
        for _ in range(2):  # a crash in between has it handled again
            await channel.process(item.content, handle)
        assert await done == "opgemerkt"
    assert got[0].content == Typed("Hoi", item.key, "nudge-1-0")
    assert (got[0].key, got[0].language) == (item_key(chat, post), "nl-NL")
    [message] = (await kept(database, vault, chat)).values()
    assert message.own and message.reply_to == "nudge-1-0"


def test_what_no_version_wrote_is_set_aside() -> None:
    with pytest.raises(UndecodableItem):
        decoded(b'{"address": 7}')


async def test_push_takes_a_key_and_check_advises_one(
    environ: pytest.MonkeyPatch, database: Database, vault: Vault, clock: FixedClock
) -> None:
    async def advice() -> list[str]:
        return [
            str(each.trouble)
            async for each in check(read_settings(), clock)
            if each.is_advice and "OLIEVLEK_PUSH_KEY" in str(each.trouble)
        ]

    def push() -> WebPush | None:
        [built] = configured_channels(read_settings(), database, clock, vault)
        assert isinstance(built, WebChat)
        return built.push

    assert push() is None
    [line] = await advice()
    assert line.startswith("set OLIEVLEK_PUSH_KEY with `olievlek keys push`")
    key = new_private_key()
    environ.setenv("OLIEVLEK_PUSH_KEY", key)
    assert push() is not None
    assert await advice() == []
    assert key not in str(shown_values(read_settings()))
    assert key not in mask(f"with {key}")
    for wrong in ("A" * 43, "_" * 43, "short", f"{key}="):
        environ.setenv("OLIEVLEK_PUSH_KEY", wrong)
        with pytest.raises(ConfigError, match="should be the output of `olievlek keys push`"):
            read_settings()


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("privacy@griffie.test", "mailto:privacy@griffie.test"),
        ("kamer 3, of privacy@griffie.test", ADDRESS),
        ("", ADDRESS),
    ],
)
def test_push_services_are_told_who_to_reach(
    environ: pytest.MonkeyPatch, contact: str, told: str
) -> None:
    environ.setenv("OLIEVLEK_PUSH_KEY", new_private_key())
    environ.setenv("OLIEVLEK_CONTROLLER_CONTACT", contact)
    identity = push_identity(read_settings())
    assert identity is not None and identity.contact == told
