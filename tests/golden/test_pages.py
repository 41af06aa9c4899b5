"""The pages of dialogues are what is said now: every word, and the words of every picture in docs.

Each dialogue is played before the Bot API server and compared with docs/dialogues.md, the English
page, and the digest in its picture, where docs/ has one. Pixels are not compared: fonts differ.
"""

import html
import re
from difflib import unified_diff
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PIL import Image

from bot.conversation.commands import COMMANDS
from bot.languages.registry import language_of, tags
from tests.golden.dialogue import played
from tests.golden.everything import DIALOGUES
from tests.golden.onboarding import joining
from tests.golden.scene import Prepared
from tools.docs import conversation
from tools.docs.camera import WIDTH
from tools.docs.chat_page import digest, page
from tools.docs.dialogue_pages import (
    OPENINGS,
    PAGES,
    PICTURED,
    SCALE,
    draw,
    picture_of,
    pictures_in_docs,
    section,
)
from tools.docs.gallery import DOCS, PROJECT, stored_digest

STALE = "is not what is said now: run `make pictures`, and look at what changed"
AVERAGE_BYTES = 45_000
EMBEDDED = re.compile(r"""!\[[^\]]*\]\(([^)]+\.png)\)|<img src="([^"]+\.png)\"""")
NAMES = [dialogue.name for dialogue in DIALOGUES]
in_both = pytest.mark.parametrize("language", tags())


def sections(language: str) -> list[str]:
    """Returns what a page says of each dialogue."""
    return re.split(r"(?=^\n## )", PAGES[language].read_text(), flags=re.MULTILINE)[1:]


@pytest.mark.slow
@in_both
@pytest.mark.parametrize("number", range(len(DIALOGUES)), ids=NAMES)
async def test_what_is_said_is_on_the_page(language: str, number: int, start: Prepared) -> None:
    dialogue = DIALOGUES[number]
    record = await played(dialogue, start, language)
    kept, said = "".join(sections(language)[number : number + 1]), section(dialogue, record)
    difference = unified_diff(kept.splitlines(), said.splitlines(), "page", "now", lineterm="")
    assert kept == said, "\n".join([f"{PAGES[language].name} {STALE}", *difference])
    drawing = page(record)
    assert [event.text for event in record.shown if html.escape(event.text) not in drawing] == []
    if dialogue.name in PICTURED:
        picture = picture_of(dialogue, language)
        assert stored_digest(DOCS / picture) == digest(record), f"{picture.name} {STALE}"


@pytest.mark.slow
async def test_the_conversation_in_the_readme_is_what_is_said() -> None:
    record = await conversation.played()
    kept = stored_digest(DOCS / conversation.PICTURE)
    assert kept == digest(record), f"{conversation.PICTURE} {STALE}"


@in_both
def test_the_page_has_all_dialogues_and_nothing_else(language: str) -> None:
    text = PAGES[language].read_text()
    assert text == OPENINGS[language] + "".join(sections(language))
    titles = [dialogue.headings[language].title for dialogue in DIALOGUES]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == titles
    assert len(set(NAMES)) == len(DIALOGUES)


def test_docs_have_the_pictures_that_pages_show_and_no_others() -> None:
    shown = {
        (text.parent / (markdown or tag)).resolve()
        for text in (*PROJECT.glob("README*.md"), *DOCS.glob("*.md"))
        for markdown, tag in EMBEDDED.findall(text.read_text())
    }
    assert shown == {picture.resolve() for picture in DOCS.rglob("*.png")}
    assert set(NAMES) >= PICTURED


def test_the_pictures_of_dialogues_are_small() -> None:
    sizes = [(DOCS / picture).stat().st_size for picture in pictures_in_docs()]
    assert sum(sizes) / len(sizes) < AVERAGE_BYTES


@in_both
def test_every_command_is_in_a_dialogue(language: str) -> None:
    typed = set(re.findall(r"^\w+: /(\w+)", PAGES[language].read_text(), re.MULTILINE))
    assert [command.id for command in COMMANDS if typed.isdisjoint(command.typed_names)] == []


@in_both
def test_every_button_is_in_a_dialogue(language: str) -> None:
    with language_of(language).messages.open("rb") as file:
        labels = {str(message.id): str(message.string) for message in read_po(file)}
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
    assert stored_digest(picture) == digest(record)


@pytest.mark.parametrize("picture", sorted(pictures_in_docs()), ids=str)
def test_a_picture_shows_its_dialogue_to_the_end(picture: Path) -> None:
    with Image.open(DOCS / picture) as drawn:
        assert drawn.width == WIDTH * SCALE
        assert 150 < drawn.height < 3000
