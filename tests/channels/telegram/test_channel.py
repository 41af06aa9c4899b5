"""The Telegram channel: the real client with a server that implements the Bot API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.app import Application, build
from bot.channels.base import (
    InvalidCredentials,
    MessageRejected,
    SendCancelled,
    TemporaryFailure,
    Unreachable,
)
from bot.channels.telegram.channel import Telegram
from bot.channels.text_split import split, units
from bot.messages import (
    Attached,
    Button,
    Content,
    DrawnPicture,
    Edited,
    File,
    FileUnavailable,
    Incoming,
    Left,
    Outgoing,
    Picture,
    Pressed,
    Returned,
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
from tests.support.telegram.pace import UNLIMITED

TOKEN = "123:abc"


@pytest.fixture
async def telegram(server: BotApiServer, clock: FixedClock) -> AsyncIterator[Telegram]:
    """The channel, without limits."""
    channel = Telegram(TOKEN, server.url, clock, UNLIMITED)
    yield channel
    await channel.close()


@pytest.fixture
async def paced(server: BotApiServer, clock: FixedClock) -> AsyncIterator[Telegram]:
    """The channel, with the limits that Telegram documents."""
    channel = Telegram(TOKEN, server.url, clock)
    yield channel
    await channel.close()


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


async def test_an_edit_takes_the_buttons_away(telegram: Telegram, sanne: Person) -> None:
    sent = await telegram.send("7", Outgoing("Kies", ((Button("Ja", "yes:1"),),)), "k")
    for _ in range(2):  # the second time nothing is left to change, which is no error
        assert await telegram.send("7", Outgoing("Gekozen", replaces=sent), "k") == sent
    [message] = sanne.inbox
    assert (message.text, message.buttons) == ("Gekozen", [])


async def test_an_edit_of_what_is_gone_is_no_trouble(telegram: Telegram, sanne: Person) -> None:
    assert await telegram.send("7", Outgoing("Gekozen", replaces="999"), "k") is None


async def test_pictures_and_files_go_with_their_text(telegram: Telegram, sanne: Person) -> None:
    picture = Picture(DrawnPicture(b"\x89PNG"), "reeks.png")
    await telegram.send("7", Outgoing("Je reeks", picture=picture), "k")
    await telegram.send("7", Outgoing("Je gegevens", file=File("a.zip", b"PK")), "k")
    shown, file = sanne.inbox
    assert (shown.photo, shown.caption) == (b"\x89PNG", "Je reeks")
    assert (file.document, file.caption) == (("a.zip", b"PK"), "Je gegevens")


async def test_a_text_too_long_for_a_caption_goes_on_after_it(
    telegram: Telegram, sanne: Person
) -> None:
    text = " ".join(f"Zin nummer {n} 😀." for n in range(150))
    buttons = ((Button("Ja", "yes:1"),),)
    await telegram.send("7", Outgoing(text, buttons, file=File("a.zip", b"PK")), "k")
    file, after = sanne.inbox
    assert units(str(file.caption)) <= 1024 and str(file.caption).endswith(".")
    assert f"{file.caption} {after.text}" == text
    assert (file.labels, after.labels) == ([], ["Ja"])


async def test_a_caption_can_be_changed_too(telegram: Telegram, sanne: Person) -> None:
    picture = Picture(DrawnPicture(b"\x89PNG"), "bord.png")
    buttons = ((Button("Ja", "yes:1"),),)
    sent = await telegram.send("7", Outgoing("Het bord", buttons, picture=picture), "k")
    for _ in range(2):
        assert await telegram.send("7", Outgoing("Oud bord", replaces=sent), "k") == sent
    [shown] = sanne.inbox
    assert (shown.caption, shown.labels) == ("Oud bord", [])


async def test_only_the_buttons_go(telegram: Telegram, sanne: Person) -> None:
    sent = await telegram.send("7", Outgoing("Kies", ((Button("Ja", "yes:1"),),)), "k")
    for _ in range(2):
        assert await telegram.send("7", Outgoing("", replaces=sent), "k") == sent
    [shown] = sanne.inbox
    assert (shown.text, shown.labels) == ("Kies", [])


async def test_long_texts_go_in_parts_with_the_buttons_last(
    telegram: Telegram, sanne: Person
) -> None:
    text = " ".join(f"Zin nummer {n} 😀." for n in range(600))
    await telegram.send("7", Outgoing(text, ((Button("Ja", "yes:1"),),)), "k")
    parts = sanne.inbox
    assert len(parts) > 1
    assert [part.labels for part in parts] == [[]] * (len(parts) - 1) + [["Ja"]]
    assert " ".join(str(part.text) for part in parts) == text


@pytest.mark.parametrize("text", ["a" * 9_000, "😀" * 5_000, "één\n\n" * 2_000, "x" * 4_096, ""])
def test_no_part_is_too_long_and_nothing_is_lost(text: str) -> None:
    parts = split(text)
    assert all(units(part) <= 4_096 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, Unreachable),
        ({"status": 400, "description": "Bad Request: chat not found"}, Unreachable),
        ({"status": 400, "description": "Bad Request: strange"}, MessageRejected),
        ({"status": 502, "description": "Bad Gateway"}, TemporaryFailure),
        ({"status": 401, "description": "Unauthorized"}, InvalidCredentials),
    ],
)
async def test_each_refusal_has_its_meaning(
    server: BotApiServer,
    telegram: Telegram,
    sanne: Person,
    failure: dict[str, object],
    error: type[Exception],
) -> None:
    server.fail_next("sendMessage", **failure)  # type: ignore[arg-type]  # its own keywords
    with pytest.raises(error) as caught:
        await telegram.send("7", Outgoing("hoi"), "k")
    assert type(caught.value) is error


async def test_a_proxys_page_is_for_later_and_stays_out_of_the_log(
    server: BotApiServer,
    telegram: Telegram,
    sanne: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.strike_next("sendMessage", FaultKind.PAGE)
    with pytest.raises(TemporaryFailure):
        await telegram.send("7", Outgoing("hoi"), "k")
    assert caplog.records == []


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


async def test_flood_control_tells_how_long_to_wait(
    server: BotApiServer, paced: Telegram, sanne: Person
) -> None:
    for _ in range(3):
        server.fail_next("sendMessage", retry_after=1)
    with pytest.raises(TemporaryFailure) as caught:
        await paced.send("7", Outgoing("hoi"), "k")
    assert caught.value.after == timedelta(seconds=1)


async def test_a_wait_out_of_nothing_is_for_the_whole_bot(
    server: BotApiServer, paced: Telegram, sanne: Person
) -> None:
    server.person(8, "Joost")
    server.fail_next("sendMessage", retry_after=30)
    for chat in ("7", "8"):
        with pytest.raises(TemporaryFailure) as caught:
            await paced.send(chat, Outgoing("hoi"), "k")
        assert timedelta(seconds=25) < caught.value.after <= timedelta(seconds=30)
    assert len(server.calls_of("sendMessage")) == 1


async def test_a_wait_right_after_another_message_is_for_that_chat(
    server: BotApiServer, paced: Telegram, sanne: Person
) -> None:
    server.person(8, "Joost")
    await paced.send("7", Outgoing("hoi"), "k")
    server.fail_next("sendMessage", retry_after=30)
    with pytest.raises(TemporaryFailure):
        await paced.send("7", Outgoing("nog eens"), "k")
    assert await paced.send("8", Outgoing("hoi"), "k")


async def test_what_does_not_have_to_go_out_any_more_is_not_sent(
    server: BotApiServer, telegram: Telegram, sanne: Person
) -> None:
    with pytest.raises(SendCancelled):
        await telegram.send("7", Outgoing("hoi"), "k", should_send=lambda: False)
    assert server.calls_of("sendMessage") == []


async def test_a_connection_that_breaks_is_for_later(
    server: BotApiServer, telegram: Telegram, sanne: Person
) -> None:
    server.drop_next("sendMessage", after_accepting=False)
    with pytest.raises(TemporaryFailure):
        await telegram.send("7", Outgoing("hoi"), "k")


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
    channel = Telegram("999:wrong", server.url, clock)
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
