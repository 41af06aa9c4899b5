"""The pages of dialogues are what is said now: every word, and the words of every picture.

Each dialogue is played before the Bot API server and held against docs/dialogues.md, the English
page, and what its picture was drawn from. Pixels are not compared: fonts differ.
"""

import re
from difflib import unified_diff
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PIL import Image

from bot.conversation.commands import COMMANDS
from bot.conversation.words import LANGUAGES, LOCALES
from tests.golden.dialogue import Dialogue, played
from tests.golden.everything import DIALOGUES
from tests.golden.onboarding import joining
from tests.golden.scene import Prepared
from tools.docs.camera import WIDTH, drawn_from
from tools.docs.chat_page import digest
from tools.docs.dialogue_pages import (
    OPENINGS,
    PAGES,
    PICTURES,
    SCALE,
    draw,
    picture_of,
    pictures,
    section,
    shows,
)

STALE = "is not what is said now: run `make pictures`, and look at what changed"
AVERAGE_BYTES = 40_000
in_both = pytest.mark.parametrize("language", LANGUAGES)


def sections(language: str) -> list[str]:
    """What a page says of each dialogue."""
    return re.split(r"(?=^\n## )", PAGES[language].read_text(), flags=re.MULTILINE)[1:]


@in_both
@pytest.mark.parametrize("number", range(len(DIALOGUES)), ids=[one.name for one in DIALOGUES])
async def test_what_is_said_is_on_the_page(language: str, number: int, start: Prepared) -> None:
    one = DIALOGUES[number]
    record = await played(one, start, language)
    kept, said = "".join(sections(language)[number : number + 1]), section(one, record)
    difference = unified_diff(kept.splitlines(), said.splitlines(), "page", "now", lineterm="")
    assert kept == said, "\n".join([f"{PAGES[language].name} {STALE}", *difference])
    picture = picture_of(one, language)
    assert shows(record, picture), f"{picture.name} {STALE}"


@in_both
def test_the_page_has_all_dialogues_and_nothing_else(language: str) -> None:
    text = PAGES[language].read_text()
    assert text == OPENINGS[language] + "".join(sections(language))
    titles = [one.headings[language].title for one in DIALOGUES]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == titles
    assert len({one.name for one in DIALOGUES}) == len(DIALOGUES)


def test_the_pictures_are_all_there_and_small() -> None:
    assert {*PICTURES.iterdir()} == pictures()
    sizes = [picture.stat().st_size for picture in pictures()]
    assert sum(sizes) / len(sizes) < AVERAGE_BYTES


@in_both
def test_every_command_is_in_a_dialogue(language: str) -> None:
    typed = set(re.findall(r"^\w+: /(\w+)", PAGES[language].read_text(), re.MULTILINE))
    assert [command.id for command in COMMANDS if typed.isdisjoint(command.typed_names)] == []


@in_both
def test_every_button_is_in_a_dialogue(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "olievlek.po").open("rb") as file:
        labels = {str(one.id): str(one.string) for one in read_po(file)}
    text = PAGES[language].read_text()
    unseen = [
        name
        for name, label in labels.items()
        if name.startswith("button.") and f"[{label.partition('{')[0]}" not in text
    ]
    assert unseen == ["button.dead"]  # which is what is said when there is none


async def test_chromium_draws_a_dialogue(chromium: str, start: Prepared, tmp_path: Path) -> None:
    record = await played(joining, start, "nl")
    picture = tmp_path / "joining.png"
    draw(record, picture)
    with Image.open(picture) as drawn:
        assert drawn.width == WIDTH * SCALE
        assert 900 < drawn.height < 1500
        assert len(drawn.convert("RGB").getcolors() or ()) > 20
    assert drawn_from(picture) == digest(record)


@pytest.mark.parametrize("one", DIALOGUES, ids=[one.name for one in DIALOGUES])
def test_a_picture_shows_its_dialogue_to_the_end(one: Dialogue) -> None:
    for language in LANGUAGES:
        with Image.open(picture_of(one, language)) as drawn:
            assert drawn.width == WIDTH * SCALE
            assert 150 < drawn.height < 3000
