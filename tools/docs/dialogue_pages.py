"""docs/dialogues.md and docs/dialogues.en.md: every dialogue, as a picture and in words."""

from collections.abc import Mapping
from pathlib import Path

from tests.golden.dialogue import Dialogue
from tests.golden.everything import DIALOGUES
from tests.golden.record import Record
from tools.docs.camera import drawn_from, photograph
from tools.docs.chat_page import digest, page

FOLDER = Path(__file__).parents[2] / "docs"
PICTURES = FOLDER / "dialogues"
SCALE, COLOURS = 1.5, 64
PAGES = {"nl": FOLDER / "dialogues.md", "en": FOLDER / "dialogues.en.md"}
OPENINGS = {
    "nl": """# Alle gesprekken, in beeld

*(English: [dialogues.en.md](dialogues.en.md))*

Zo zien gesprekken met de bot eruit op Telegram. Deze pagina maken de tests zelf: ze voeren elk
gesprek met de echte bot, en laten zien wat de server ontving. Klopt er iets niet meer, dan falen de
tests; `make pictures` maakt alles opnieuw. Dat vraagt twee pakketten van Debian: `chromium`, en
voor de emoji in de teksten `fonts-noto-color-emoji`.

Een streepjesrand is een eerder bericht dat veranderde; … staat voor wat gelijk bleef. Een donker
vakje is een melding die even in beeld komt.
""",
    "en": """# All dialogues, in pictures

*(Nederlands: [dialogues.md](dialogues.md))*

This is what conversations with the bot look like on Telegram. The tests make this page themselves:
they hold each conversation with the real bot, and show what the server received. Where something is
no longer right, the tests fail; `make pictures` makes all of it anew. It needs two packages of
Debian: `chromium`, and for the emoji in the texts `fonts-noto-color-emoji`.

A dashed border is an earlier message that changed; … stands for what stayed the same. A dark box is
a notice that is shown for a moment.
""",
}
IN_WORDS = {"nl": "In woorden", "en": "In words"}
ALTERNATIVE = {
    "nl": "Het gesprek “{title}” als beeld; de woorden staan eronder.",
    "en": "The dialogue “{title}” as a picture; its words are below.",
}


def picture_of(one: Dialogue, language: str) -> Path:
    """Where the picture of a dialogue is."""
    return PICTURES / f"{one.name}.{language}.png"


def section(one: Dialogue, record: Record) -> str:
    """What the page says about a dialogue."""
    language = record.language
    heading = one.headings[language]
    picture = picture_of(one, language).relative_to(FOLDER)
    return f"""
## {heading.title}

{heading.sentence}

![{ALTERNATIVE[language].format(title=heading.title)}]({picture})

<details><summary>{IN_WORDS[language]}</summary>

```text
{record.transcript()}
```

</details>
"""


def whole_page(language: str, records: Mapping[str, Record]) -> str:
    """The page, from what was seen in each dialogue by name."""
    return OPENINGS[language] + "".join(section(one, records[one.name]) for one in DIALOGUES)


def pictures() -> set[Path]:
    """Where all pictures are."""
    return {picture_of(one, language) for one in DIALOGUES for language in PAGES}


def is_stale(record: Record, picture: Path) -> bool:
    """Whether it has to be drawn anew: it shows something else, or pictures that may be redrawn."""
    inside = any(event.picture is not None for event in record.events)
    return inside or not shows(record, picture)


def shows(record: Record, picture: Path) -> bool:
    """Whether a picture was drawn from just this."""
    return picture.exists() and drawn_from(picture) == digest(record)


def draw(record: Record, target: Path) -> None:
    """Draws a dialogue."""
    photograph(page(record), target, digest(record), SCALE, COLOURS)
