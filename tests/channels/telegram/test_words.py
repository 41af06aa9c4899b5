"""Texts on Telegram: their language, and that a member's own text cannot break them."""

import random
from collections.abc import Iterator
from string import Formatter

import pytest

from bot.app import Application
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.conversation.words import Words
from bot.languages.registry import tags
from bot.messages import DrawnPicture, Outgoing, Picture
from tests.channels.telegram.updates import TOKEN
from tests.conversation.test_words import catalogue
from tests.support.fakes import FixedClock
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED

STRINGS = 5_000
# The Bot API's limit of a caption; what is longer goes on in a message of its own.
CAPTION = 1024
EACH = 20
# What means something in HTML, MarkdownV2, gettext, format() or a terminal; and the odd ones out.
PIECES = [
    "<b>", "</i>", "<a href='x'>", "&amp;", "&#0;", "*", "__", "~", "`", "```", "\\", "{",
    "}", "||", "[a](tg://user?id=1)", "{n}", "{words.__class__}", "{0}", "%s", "%(n)s",
    "\u202e", "\u200d",
    "\x1b[2J", "é", "🙈", "👩‍🚒", "𝒳", "@all", "/start",
    "#", "-", ".", "!", " ", "\n", "woord", "¡", "ß",
]  # fmt: skip


def strings(many: int) -> Iterator[str]:
    """Random texts of such pieces, always the same ones."""
    dice = random.Random(20261124)
    for _ in range(many):
        yield "".join(dice.choices(PIECES, k=dice.randint(1, 12)))


def templates(language: str) -> list[tuple[str, set[str]]]:
    """The messages that something is filled in, and the names of it."""
    found = []
    for key, forms in catalogue(language).items():
        names = {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}
        if names and names != {"n"}:
            found.append((key, names))
    return found


@pytest.mark.parametrize("language", tags())
def test_what_is_filled_in_stays_as_it_is(language: str) -> None:
    say = Words(language)
    known = templates(language)
    assert len(known) > 30
    texts = list(strings(STRINGS))
    for number, (key, names) in enumerate(known):
        for text in texts[number % EACH :: EACH]:  # all of them, spread over the messages
            said = say(key, **{name: 2 if name == "n" else text for name in names})
            wanted = names - {"n"}
            assert said.count(text) >= len(wanted), (key, text)


@pytest.mark.slow
async def test_nothing_that_is_sent_is_parsed(server: BotApiServer, clock: FixedClock) -> None:
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
    server.person(7)
    said = []
    for number, text in enumerate(strings(STRINGS)):  # every template, as a text and as a caption
        language = tags()[number % 2]
        known = templates_of[language]
        key, names = known[number // 2 % len(known)]
        filled = Words(language)(key, **{name: 2 if name == "n" else text for name in names})
        under_a_picture = number % 4 > 1 and len(filled) <= CAPTION
        picture = Picture(DrawnPicture(b"\x89PNG"), "x.png") if under_a_picture else None
        said.append(filled)
        await channel.send("7", Outgoing(filled, picture=picture), f"text-{number}")
    await channel.close()
    calls = [call.params for call in server.calls if call.method in ("sendMessage", "sendPhoto")]
    assert [call.get("text", call.get("caption")) for call in calls] == said
    assert not any({"parse_mode", "entities", "caption_entities"} & call.keys() for call in calls)


templates_of = {language: templates(language) for language in tags()}


@pytest.mark.parametrize(
    ("app", "greeted"),
    [("nl", "Hoi!"), ("nl-BE", "Hoi!"), ("de", "Hi!"), (None, "Hoi!")],
)
async def test_the_first_greeting_follows_the_app(
    server: BotApiServer,
    application: Application,
    app: str | None,
    greeted: str,
) -> None:
    someone = server.person(9, language_code=app)
    someone.types("/start")
    assert str((await someone.receives(greeted)).text).startswith(greeted)


async def test_what_they_chose_wins_from_the_app_for_ever(
    server: BotApiServer, clock: FixedClock, application: Application
) -> None:
    someone = server.person(9, language_code="de")
    someone.types("/start")
    await someone.receives("Hi!")
    someone.presses("English")
    await someone.receives("When may I")
    someone.types("mon-sun 9:30")
    await someone.receives("every day at 9:30")
    someone.types("/taal nl")
    await someone.receives("we praten Nederlands")
    someone.types("/start")
    await someone.receives("Fijn dat je er weer bent")
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    await someone.receives("Kost ongeveer")
