"""The pictures in docs/matrix.md, and what was received for them in words (docs/matrix)."""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.golden.matrix_story import FORMS, RoomView, in_words, played
from tests.golden.scene import prepared
from tests.support.matrix.synapse import Synapse
from tools.docs.camera import screenshot
from tools.docs.element_page import digest, page
from tools.docs.gallery import DOCS, DRAWN, publish, stored_digest

FOLDER = Path("matrix")
SCALE, COLOURS = 1.5, 48


def picture_of(language: str) -> Path:
    """Returns the path of a picture, within `build/pictures` and within `docs`."""
    return FOLDER / f"element.{language}.png"


def words_of(language: str) -> Path:
    """Returns the path of what was received in words."""
    return DOCS / FOLDER / f"element.{language}.txt"


def draw(views: Iterable[RoomView], language: str, target: Path) -> None:
    """Draws what was in sight as a PNG."""
    views = tuple(views)
    screenshot(page(views, language), target, digest(views, language), SCALE, COLOURS)


async def play_stories() -> dict[str, tuple[RoomView, ...]]:
    """Returns what was in sight in the story, by language, with a homeserver of its own."""
    with tempfile.TemporaryDirectory(prefix="olie-") as folder:
        synapse = Synapse(Path(folder) / "synapse")
        await asyncio.to_thread(synapse.start)
        try:
            start = await prepared(Path(folder))
            views = {}
            for language in FORMS:
                place = Path(folder) / language
                place.mkdir()
                views[language] = await played(synapse, start, place, language)
            return views
        finally:
            await asyncio.to_thread(synapse.stop)


def main() -> None:
    """Writes the words, and draws each picture that is stale."""
    (DRAWN / FOLDER).mkdir(parents=True, exist_ok=True)
    (DOCS / FOLDER).mkdir(exist_ok=True)
    for language, views in asyncio.run(play_stories()).items():
        words_of(language).write_text(in_words(views, language))
        target = DRAWN / picture_of(language)
        if stored_digest(target) != digest(views, language):
            draw(views, language, target)
    publish(map(picture_of, FORMS))
