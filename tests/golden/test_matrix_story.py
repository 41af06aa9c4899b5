"""The pictures in docs/matrix.md, and the words beside them, are what is received now."""

import re
from difflib import unified_diff
from pathlib import Path

import pytest
from PIL import Image

from bot.languages.registry import tags
from tests.golden.matrix_story import RoomMessage, RoomView, in_words, played
from tests.golden.scene import Prepared
from tests.support.matrix.synapse import Synapse
from tools.docs.camera import WIDTH
from tools.docs.element_page import digest, page
from tools.docs.gallery import DOCS, stored_digest
from tools.docs.matrix_pictures import SCALE, draw, picture_of, words_of

STALE = "is not what is received now: run `make pictures`, and look at what changed"
PAGES = {"nl": "matrix.md", "en": "matrix.en.md"}
SMALL = RoomView("Team", "today", (RoomMessage("sanne", "<b>", None, False, False, False, ()),))


@pytest.mark.parametrize("language", tags())
async def test_what_is_received_on_matrix_is_in_the_docs(
    language: str, synapse: Synapse, start: Prepared, tmp_path: Path
) -> None:
    views = await played(synapse, start, tmp_path, language)
    stored, received = words_of(language).read_text(), in_words(views, language)
    difference = unified_diff(
        stored.splitlines(), received.splitlines(), "docs", "now", lineterm=""
    )
    assert stored == received, "\n".join([f"{words_of(language).name} {STALE}", *difference])
    picture = picture_of(language)
    assert stored_digest(DOCS / picture) == digest(views, language), f"{picture} {STALE}"


@pytest.mark.parametrize("language", tags())
def test_the_docs_show_the_picture_and_link_to_the_words(language: str) -> None:
    text = (DOCS / PAGES[language]).read_text()
    assert f"]({picture_of(language)})" in text
    assert f"]({words_of(language).relative_to(DOCS)})" in text
    assert (DOCS / picture_of(language)).stat().st_size < 110_000


def test_what_people_wrote_is_escaped_in_a_picture() -> None:
    assert "&lt;b&gt;" in page([SMALL], "en") and "<b>" not in page([SMALL], "en")


def test_a_room_in_words_and_in_a_picture_says_whether_it_is_encrypted() -> None:
    assert in_words([SMALL], "nl").startswith("[Team, niet versleuteld, today]\nsanne: <b>")
    assert re.search(r'class="state plain">not encrypted<', page([SMALL], "en"))


def test_chromium_draws_a_room(chromium: str, tmp_path: Path) -> None:
    target = tmp_path / "room.png"
    draw([SMALL], "en", target)
    with Image.open(target) as drawn:
        assert drawn.width == WIDTH * SCALE
        assert 100 < drawn.height < 300
    assert stored_digest(target) == digest([SMALL], "en")
