"""`make pictures` draws the boards with this too: those in docs/board, each a moment of a team."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.conversation.render import board
from bot.conversation.words import LANGUAGES, Words
from bot.core.team_board import MIN_GROUP_SIZE, Board, TeamWeek, monday_of
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from tools.docs.camera import mark

FOLDER = Path(__file__).parents[2] / "docs" / "board"
TODAY = date(2026, 11, 25)
WIDTH = 600
SETS = sorted(resource_folder("prompts").glob("*.yaml"))
TITLES = {
    language: {one.set: one.title.model_dump()[language] for one in map(read_set, SETS)}
    for language in LANGUAGES
}
NAMES = {
    "new": ("Wijkteam Oost", "Neighbourhood team East"),
    "small": ("Kernteam Energie", "Energy team"),
    "early": ("Coördinatie Omgevingsvisie", "Coordination of the environmental plan"),
    "counts": ("Wijkteam Oost", "Neighbourhood team East"),
    "long": (
        "Programmateam Participatie en Overheidsvernieuwing Zuidoost",
        "Programme team Participation and Public Renewal South-East",
    ),
}


def lived(
    team: str, past: Sequence[tuple[int, int]], running: tuple[int, int] | None, themes: int = 12
) -> Board:
    """A team's board after the weeks in `past`, each with its members and those who took part."""
    monday = monday_of(TODAY)
    names = sorted(TITLES[LANGUAGES[0]])[:themes]
    weeks = tuple(
        TeamWeek(
            monday - timedelta(weeks=len(past) - n),
            *counts,
            frozenset({names[n * 5 % len(names)], names[n * 7 % len(names)]}),
        )
        for n, counts in enumerate(past)
    )
    now = TeamWeek(monday, *running) if running else None
    return Board(team, weeks, now, MIN_GROUP_SIZE, TODAY)


COUNTING = [(9, 5), (9, 7), (9, 4), (9, 6), (3, 2), (9, 9), (9, 7), (9, 8), (9, 5), (9, 9)]
TWO_YEARS = [
    (0, 0) if n % 26 == 7 else (12, 4 if n % 17 == 9 else 6 + n * 5 % 7) for n in range(104)
]
WEEKS: dict[str, tuple[Sequence[tuple[int, int]], tuple[int, int] | None, int]] = {
    "new": ([], None, 12),
    "small": ([(3, 3), (2, 1), (3, 2)], (3, 3), 12),
    "early": (COUNTING[:5], (9, 3), 4),
    "counts": (COUNTING, (9, 6), 6),
    "long": (TWO_YEARS, (12, 9), 12),
}
BOARDS = {
    language: {name: lived(NAMES[name][number], *weeks) for name, weeks in WEEKS.items()}
    for number, language in enumerate(LANGUAGES)
}


def file_of(name: str, language: str) -> Path:
    """Where a board is drawn."""
    return FOLDER / (f"{name}.png" if language == "nl" else f"{name}.{language}.png")


def drawn_for(shown: Board, language: str) -> str:
    """The SHA-256 of all that a board is drawn from."""
    say, titles = Words(language), TITLES[language]
    said = (
        board.words(shown, titles, say),
        board.legend(shown, say),
        shown.recent,
        shown.sizes,
        sorted(titles.items()),
    )
    return sha256(repr(said).encode()).hexdigest()


def main() -> None:
    """Draws docs/board/*.png."""
    FOLDER.mkdir(exist_ok=True)
    for language, boards in BOARDS.items():
        for name, shown in boards.items():
            content = board.picture(shown, TITLES[language], Words(language)).draw()
            with Image.open(BytesIO(content)) as image:
                height = image.height * WIDTH // image.width
                small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
            marked = mark(drawn_for(shown, language))
            small.quantize(40, kmeans=4).save(
                file_of(name, language), optimize=True, pnginfo=marked
            )


if __name__ == "__main__":
    main()
