"""docs/dialogues.md and docs/dialogues.en.md: every dialogue in words, a few as a picture too."""

from collections.abc import Mapping
from pathlib import Path

from tests.golden.dialogue import Dialogue
from tests.golden.everything import DIALOGUES
from tests.golden.record import Record
from tools.docs.camera import screenshot
from tools.docs.chat_page import digest, page
from tools.docs.gallery import DOCS, stored_digest

SCALE, COLOURS = 1.5, 64
PAGES = {"nl": DOCS / "dialogues.md", "en": DOCS / "dialogues.en.md"}
PICTURED = frozenset({"joining", "done-and-kept-private", "connecting-a-group"})
OPENINGS = {
    "nl": """# Alle gesprekken, woord voor woord

*(English: [dialogues.en.md](dialogues.en.md))*

Zo gaan gesprekken met de bot op Telegram. Deze pagina maken de tests zelf: ze voeren elk gesprek
met de echte bot, en schrijven op wat de server ontving. Verandert er een woord, dan falen de tests.

Een paar gesprekken staan hier ook in beeld. `make pictures` tekent ze allemaal, in
`build/pictures/dialogues`, en werkt deze pagina bij. Daarvoor zijn twee pakketten van Debian nodig:
`chromium`, en `fonts-noto-color-emoji` voor de emoji in de teksten.

In de woorden staat … voor wat gelijk bleef in een bericht dat veranderde. In een plaatje heeft zo'n
bericht een streepjesrand, en is een donker vakje een melding die even in beeld komt.
""",
    "en": """# All dialogues, word for word

*(Nederlands: [dialogues.md](dialogues.md))*

This is how conversations with the bot go on Telegram. The tests write this page themselves: they
hold each conversation with the real bot, and note what the server received. When a word changes,
the tests fail.

A few dialogues are shown as a picture too. `make pictures` draws all of them, in
`build/pictures/dialogues`, and updates this page. It needs two packages of Debian: `chromium`, and
`fonts-noto-color-emoji` for the emoji in the texts.

In the words, … stands for what stayed the same in a message that changed. In a picture such a
message has a dashed border, and a dark box is a notice that is shown for a moment.
""",
}
ALTERNATIVE = {
    "nl": "Het gesprek “{title}” als beeld; de woorden staan eronder.",
    "en": "The dialogue “{title}” as a picture; its words are below.",
}


def picture_of(dialogue: Dialogue, language: str) -> Path:
    """Returns the path of a dialogue's picture, within `build/pictures` and within `docs`."""
    return Path("dialogues") / f"{dialogue.name}.{language}.png"


def pictures_in_docs() -> set[Path]:
    """Returns the paths of the pictures that the pages show."""
    return {
        picture_of(dialogue, language)
        for dialogue in DIALOGUES
        for language in PAGES
        if dialogue.name in PICTURED
    }


def section(dialogue: Dialogue, record: Record) -> str:
    """Returns what the page says about a dialogue, from what was seen in it."""
    language = record.language
    heading = dialogue.headings[language]
    picture = ""
    if dialogue.name in PICTURED:
        alternative = ALTERNATIVE[language].format(title=heading.title)
        picture = f"\n![{alternative}]({picture_of(dialogue, language)})\n"
    return f"""
## {heading.title}

{heading.sentence}
{picture}
```text
{record.transcript()}
```
"""


def whole_page(language: str, records: Mapping[str, Record]) -> str:
    """Returns the page, from what was seen in each dialogue by name."""
    return OPENINGS[language] + "".join(
        section(dialogue, records[dialogue.name]) for dialogue in DIALOGUES
    )


def is_stale(record: Record, picture: Path) -> bool:
    """Whether a picture has to be drawn again.

    It has to when it shows something else, and always when there is a picture in the dialogue,
    whose pixels the digest does not cover.
    """
    has_picture = any(event.picture is not None for event in record.events)
    return has_picture or stored_digest(picture) != digest(record)


def draw(record: Record, target: Path) -> None:
    """Draws a dialogue as a PNG."""
    screenshot(page(record), target, digest(record), SCALE, COLOURS)
