"""Sending on Telegram: what a message becomes, and what each refusal means."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.base import (
    InvalidCredentials,
    MessageRejected,
    SendCancelled,
    TemporaryFailure,
    Unreachable,
)
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.text_split import split, units
from bot.messages import (
    Button,
    DrawnPicture,
    File,
    Outgoing,
    Picture,
)
from tests.channels.telegram.updates import TOKEN
from tests.support.fakes import FixedClock
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.faults import FaultKind


@pytest.fixture
async def paced(server: BotApiServer, clock: FixedClock) -> AsyncIterator[Telegram]:
    """The channel, with the limits that Telegram documents."""
    channel = Telegram(Login(server.url, TOKEN), clock)
    yield channel
    await channel.close()


@pytest.fixture
def sanne(server: BotApiServer) -> Person:
    """Someone who started a chat."""
    return server.person(7)


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
