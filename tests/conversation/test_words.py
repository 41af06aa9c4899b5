"""Both catalogues say everything the code can ask for, with the same things filled in."""

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import bot
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.conversation.words import Words
from bot.core.streaks.team_board import Phase, WeekMark
from bot.languages.plain_language import Habit
from bot.languages.registry import greeting_tag, language_of, tags
from bot.store.teams.invitations import InvalidReason
from bot.store.teams.shares import Sharing
from bot.web.pages.answers import Message
from bot.web.pages.registry import PAGES

SOURCE = Path(bot.__file__).parent


def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """Every message and its forms, as written in the file."""
    with language_of(language).messages.open("rb") as file:
        messages: Catalog = read_po(file, locale=language)
    forms: dict[str, tuple[str, ...]] = {}
    for message in messages:
        if isinstance(message.id, tuple):
            forms[str(message.id[0])] = tuple(str(form) for form in message.string or ())
        elif message.id:
            forms[str(message.id)] = (str(message.string),)
    return forms


def fields(text: str) -> set[str]:
    """What a message fills in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def asked_for() -> set[str]:
    """Every text constant in the code or a template that looks like the name of a message."""
    named = [page for page in PAGES if page.name]
    found = {f"page.{page.name}" for page in named}
    found |= {f"page.{page.name}_about" for page in named if page.path}
    found |= {f"page.{message}_{part}" for message in Message for part in ("title", "text")}
    for file in SOURCE.rglob("*.html"):
        found |= set(re.findall(r"[\"']([a-z_]+\.(?!html)[a-z_]+)[\"']", file.read_text()))
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.(?!html$)[a-z_]+", text):
                found.add(text)
    return found


def test_both_catalogues_hold_the_same_messages_with_the_same_fields() -> None:
    dutch, english = (catalogue(language) for language in tags())
    assert dutch.keys() == english.keys()
    for key in dutch:
        assert [fields(form) for form in dutch[key]] == [fields(form) for form in english[key]], key
        assert all(dutch[key]) and all(english[key]), key


def test_every_message_the_code_names_is_there() -> None:
    known = catalogue("nl").keys()
    families = {key.partition(".")[0] for key in known}
    missing = {key for key in asked_for() if key.partition(".")[0] in families and key not in known}
    assert missing == {"demo.db"}  # a file


def test_no_message_is_left_over() -> None:
    built = (
        "settled.", "praise.", "shared.", "unreadable.", "fault.", "picture.", "later.",
        "invitation.", "file.", "lead.", "board.", "button.", "field.", "template.",
        "topic.", "explain.", "check_in.",
        "why.", "work.", "daring.", "habit.",
    )  # fmt: skip
    known = asked_for()
    unused = {key for key in catalogue("nl") if key not in known and not key.startswith(built)}
    assert unused == set()


@pytest.mark.parametrize("language", tags())
def test_messages_that_are_put_together_are_there(language: str) -> None:
    say = Words(language)
    for sharing in Sharing:
        assert say(f"shared.{sharing}", team="Griffie")
    for phase in Phase:
        assert say(f"board.{phase}", minimum=4)
    for mark in WeekMark:
        assert say(f"board.mark.{mark}")
    for command in TEAM_COMMANDS:
        assert command.label is None or say(command.label, name="Sanne")
    for habit in Habit:
        assert say(f"habit.{habit}", label="Opdracht", found="men")
    for why in InvalidReason:
        assert say(f"invitation.{why}", code="K7QF")
    for kind in ("voice", "sticker", "photo", "file", "other"):
        assert say(f"unreadable.{kind}")


def test_a_message_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("nl")("there.is_none")
    with pytest.raises(KeyError):
        Words("fr")


@pytest.mark.parametrize(("n", "words"), [(0, "0 rondes"), (1, "1 ronde"), (2, "2 rondes")])
def test_one_and_more(n: int, words: str) -> None:
    assert Words("nl")("streak.line", n=n) == f"Je reeks: {words}."


@pytest.mark.parametrize(
    ("hint", "language"),
    [("nl", "nl"), ("nl-BE", "nl"), ("en-GB", "en"), ("de", "en"), (None, "nl"), ("", "nl")],
)
def test_the_greeting_follows_the_app(hint: str | None, language: str) -> None:
    assert greeting_tag(hint, "nl") == language


def test_what_a_member_writes_is_never_filled_in() -> None:
    given: dict[str, Any] = {"words": "{n} %s {0.__class__}"}
    assert "{n} %s {0.__class__}" in Words("nl")("rhythm.unclear", **given)
