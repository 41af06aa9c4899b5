"""`make pictures`: draws every picture in build/pictures, and updates those that docs/ shows.

The bot is the real one, behind the real Telegram client; the server is the one of the tests. On
Matrix the homeserver is a real Synapse. Each chat is a page of HTML, of which Chromium takes a
screenshot.
"""

import asyncio
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.operation.logs import set_up_logs
from tests.golden.dialogue import played
from tests.golden.everything import DIALOGUES
from tests.golden.record import Record
from tests.golden.scene import prepared
from tests.web.chromium import page_pictures, picture
from tools.docs import board_pictures, conversation, matrix_pictures
from tools.docs.camera import ChromiumMissing, chromium_path, screenshot
from tools.docs.chat_page import digest, page
from tools.docs.dialogue_pages import (
    PAGES,
    draw,
    is_stale,
    picture_of,
    pictures_in_docs,
    whole_page,
)
from tools.docs.gallery import DRAWN, publish

BROWSERS = 4  # at once: Chromium waits more than it computes


async def play_dialogues() -> dict[str, dict[str, Record]]:
    """Returns what was seen in each dialogue, by language and by name."""
    with tempfile.TemporaryDirectory() as folder:
        start = await prepared(Path(folder))
        return {
            language: {
                dialogue.name: await played(dialogue, start, language) for dialogue in DIALOGUES
            }
            for language in PAGES
        }


def draw_conversation() -> None:
    """Draws the conversation that the README shows."""
    record = asyncio.run(conversation.played())
    screenshot(page(record), DRAWN / conversation.PICTURE, digest(record))
    publish([conversation.PICTURE])


def draw_dialogues() -> None:
    """Writes the pages of all dialogues, and draws each picture that is stale."""
    seen = asyncio.run(play_dialogues())
    (DRAWN / "dialogues").mkdir(exist_ok=True)
    with ThreadPoolExecutor(BROWSERS) as browsers:
        drawings = [
            browsers.submit(draw, records[dialogue.name], target)
            for language, records in seen.items()
            for dialogue in DIALOGUES
            if is_stale(records[dialogue.name], target := DRAWN / picture_of(dialogue, language))
        ]
    for drawing in drawings:
        drawing.result()  # raises what the drawing raised
    publish(pictures_in_docs())
    for language, records in seen.items():
        PAGES[language].write_text(whole_page(language, records))


def main() -> None:
    """Draws the conversation, the boards, the dialogues, Matrix, the web chat and the pages."""
    set_up_logs("ERROR", "console")
    try:
        chromium_path()
    except ChromiumMissing as missing:
        sys.exit(str(missing))
    DRAWN.mkdir(parents=True, exist_ok=True)
    draw_conversation()
    board_pictures.main()
    draw_dialogues()
    matrix_pictures.main()
    picture.main()
    page_pictures.main()


if __name__ == "__main__":
    main()
