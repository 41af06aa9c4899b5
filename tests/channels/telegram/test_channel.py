"""The Telegram channel: the real client with a server that implements the Bot API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import Application, build
from bot.channels.base import (
    InvalidCredentials,
)
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.membership import Left, Returned
from bot.messages import (
    Attached,
    Button,
    Content,
    Edited,
    FileUnavailable,
    Incoming,
    Outgoing,
    Pressed,
    Typed,
    Unreadable,
)
from bot.store.db.engine import Database
from bot.store.members import members
from bot.store.members.vault import Vault
from tests.support.fakes import FixedClock
from tests.support.inbox import HandledBy, HandsOver, inbox_of, running
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.faults import MOVED_TO, FaultKind


@pytest.fixture
def sanne(server: BotApiServer) -> Person:
    """Someone who started a chat."""
    return server.person(7)


@pytest.fixture
async def on_telegram(
    telegram: Telegram, database: Database, vault: Vault, clock: FixedClock
) -> Application:
    """A house whose channel it is."""
    return build(database, vault, [telegram], clock)


class Ears:
    """Keeps what was heard, and answers presses with a notice."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.slow = asyncio.Event()
        self.slow.set()

    async def handle(self, incoming: Incoming) -> str | None:
        """Notes it."""
        await self.slow.wait()
        self.heard.append(incoming)
        return "Gezien" if isinstance(incoming.content, Pressed) else None

    async def contents(self, count: int) -> list[Content]:
        """What was heard, once there is that much."""
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)
        return [incoming.content for incoming in self.heard]


@asynccontextmanager
async def listening(telegram: Telegram, ears: Ears) -> AsyncIterator[asyncio.Task[None]]:
    """The channel listens, until the end of the block."""
    task = asyncio.create_task(telegram.receive(HandsOver(telegram, ears.handle)))
    yield task
    task.cancel()
    await asyncio.wait([task])


async def test_all_that_comes_in_is_translated(
    server: BotApiServer, telegram: Telegram, sanne: Person
) -> None:
    ears = Ears()
    async with listening(telegram, ears):
        first = sanne.types("hallo")
        reply = sanne.types("en dit", reply_to=first)
        sanne.edits(first, "hallo!")
        sanne.sends_sticker()
        sanne.sends_voice()
        sanne.sends_photo()
        sanne.sends_document("a.txt", b"a")
        sanne.blocks()
        sanne.unblocks()
        *told, file, left, returned = await ears.contents(9)
        assert told == [
            Typed("hallo", str(first.id)),
            Typed("en dit", str(reply.id), str(first.id)),
            Edited("hallo!", str(first.id)),
            Unreadable("sticker"),
            Unreadable("voice"),
            Unreadable("photo"),
        ]
        assert (left, returned) == (Left(), Returned())
        assert isinstance(file, Attached) and (file.name, file.size) == ("a.txt", 1)
        assert await file.read() == b"a"
        server.fail_next("getFile", status=400, description="Bad Request: file is too big")
        with pytest.raises(FileUnavailable):
            await file.read()
    assert {incoming.language for incoming in ears.heard} == {"nl"}
    assert {incoming.name for incoming in ears.heard} == {"Sanne"}
    assert len({incoming.key for incoming in ears.heard}) == 9


async def test_captions_and_albums_are_translated(telegram: Telegram, sanne: Person) -> None:
    ears = Ears()
    async with listening(telegram, ears):
        first = sanne.sends_photo("Het bord", album="5")
        sanne.sends_photo(album="5")
        document = sanne.sends_document("a.txt", b"a", "Het verslag")
        photo, rest, file = await ears.contents(3)
        assert photo == Typed("Het bord", str(first.id), None, "photo")
        assert rest == Unreadable("photo")
        assert isinstance(file, Attached)
        assert file.caption == Typed("Het verslag", str(document.id), None, "other")
    assert [incoming.album for incoming in ears.heard] == ["5", "5", None]


async def test_a_press_is_answered_with_the_notice(telegram: Telegram, sanne: Person) -> None:
    ears = Ears()
    sent = await telegram.send("7", Outgoing("Kies", ((Button("Ja", "yes:1"),),)), "k")
    async with listening(telegram, ears):
        press = sanne.presses("Ja")
        assert await press.answered() == "Gezien"
        assert await ears.contents(1) == [Pressed("yes:1", sent)]


async def test_a_press_is_answered_even_when_handling_fails(
    telegram: Telegram, sanne: Person, database: Database, vault: Vault, clock: FixedClock
) -> None:
    async def fails(_: Incoming) -> None:
        raise RuntimeError

    await telegram.send("7", Outgoing("Kies", ((Button("Ja", "yes:1"),),)), "k")
    answers = HandledBy(fails)
    async with running(inbox_of(telegram, database, vault, clock, answers)):
        for _ in range(2):  # one failure does not end the listening
            assert await sanne.presses("Ja").answered() == "trouble.unknown"
    assert answers.apologies == ["trouble.unknown"] * 2


async def test_polling_goes_on_after_trouble(
    server: BotApiServer, telegram: Telegram, sanne: Person
) -> None:
    server.fail_next("getUpdates", status=502, description="Bad Gateway")
    server.fail_next("getUpdates", retry_after=1)
    server.fail_next("getUpdates", status=409, description="Conflict: terminated by other")
    ears = Ears()
    async with listening(telegram, ears):
        sanne.types("nog daar?")
        assert len(await ears.contents(1)) == 1


async def test_a_webhook_of_before_is_taken_away(
    server: BotApiServer, telegram: Telegram, sanne: Person
) -> None:
    server.fail_next(
        "getUpdates",
        status=409,
        description="Conflict: can't use getUpdates method while webhook is active",
    )
    ears = Ears()
    async with listening(telegram, ears):
        sanne.types("nog daar?")
        await ears.contents(1)
    assert len(server.calls_of("deleteWebhook")) == 1


async def test_a_wrong_token_ends_it(server: BotApiServer, clock: FixedClock) -> None:
    channel = Telegram(Login(server.url, "999:wrong"), clock)
    with pytest.raises(InvalidCredentials):
        await channel.whoami()
    with pytest.raises(InvalidCredentials):
        await channel.receive(HandsOver(channel, Ears().handle))
    await channel.close()


async def test_who_the_bot_is(telegram: Telegram, server: BotApiServer) -> None:
    assert await telegram.whoami() == f"@{server.bot_user['username']}"


async def test_blocked_means_silence_and_everything_is_kept(
    server: BotApiServer,
    telegram: Telegram,
    sanne: Person,
    on_telegram: Application,
    clock: FixedClock,
) -> None:
    application = on_telegram
    task = asyncio.create_task(application.listen(telegram))
    sanne.types("/start")
    await sanne.receives("In welke taal")
    sanne.presses("Nederlands")
    await sanne.receives("Wanneer")
    sanne.types("ma-zo 9:30")
    await sanne.receives("elke dag om 9:30")
    server.fail_next("sendMessage", status=403, description="Forbidden: bot was blocked")
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    clock.passes(days=3)
    assert await application.nudge_sender.tick() == 0
    sanne.types("/reeks")
    await sanne.receives("Je reeks: 0 rondes.")
    clock.passes(days=1)
    assert await application.nudge_sender.tick() == 1
    await sanne.receives("Lef:")
    sanne.blocks()
    await server.until(lambda: True)
    await asyncio.sleep(0.3)
    clock.passes(days=1)
    assert await application.nudge_sender.tick() == 0
    task.cancel()
    await asyncio.wait([task])


async def test_a_chat_that_moved_is_followed(
    server: BotApiServer,
    telegram: Telegram,
    sanne: Person,
    on_telegram: Application,
    clock: FixedClock,
) -> None:
    application = on_telegram
    async with application.database.transaction() as session:
        member = await members.add_member(
            session, "telegram", "8", "nl", "Europe/Amsterdam", clock()
        )
        await members.plan_next_nudge(session, member, clock())
    server.strike_next("sendMessage", FaultKind.UPGRADED)
    server.person(MOVED_TO)
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    assert [call["chat_id"] for call in server.calls_of("sendMessage")] == [8, MOVED_TO]
    async with application.database.reading() as session:
        assert await members.find_member(session, "telegram", str(MOVED_TO)) is not None
