"""docs/board/*.png: a team's board at five moments, in each language."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.conversation.render import board
from bot.conversation.words import Words
from bot.core.streaks.team_board import MIN_GROUP_SIZE, Board, TeamWeek, WeekMark, monday_of
from bot.languages.registry import tags
from bot.pictures.palette import BoardColour
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from tools.docs.gallery import DRAWN, digest_of, metadata, publish

TODAY = date(2026, 11, 25)
WIDTH = 600
SETS = sorted(resource_folder("prompts").glob("*.yaml"))
TITLES = {
    language: {
        challenge_set.set: challenge_set.title.model_dump()[language]
        for challenge_set in map(read_set, SETS)
    }
    for language in tags()
}
NAMES = {
    "new": ("Wijkteam Oost", "Neighbourhood team East"),
    "small": ("Kernteam Energie", "Energy team"),
    "below": ("Coördinatie Omgevingsvisie", "Coordination of the environmental plan"),
    "most": ("Wijkteam Oost", "Neighbourhood team East"),
    "long": (
        "Programmateam Participatie en Overheidsvernieuwing Zuidoost",
        "Programme team Participation and Public Renewal South-East",
    ),
}
MOST, HALF, BELOW, QUIET = WeekMark.MOST, WeekMark.HALF, WeekMark.BELOW, WeekMark.QUIET


def board_after(team: str, past: Sequence[WeekMark], themes: int = 12) -> Board:
    """Returns a team's board after some weeks, the last of which had so many themes."""
    monday = monday_of(TODAY)
    names = frozenset(sorted(TITLES[tags()[0]])[:themes])
    weeks = tuple(
        TeamWeek(monday - timedelta(weeks=len(past) - n), mark, names)
        for n, mark in enumerate(past)
    )
    return Board(team, weeks, MIN_GROUP_SIZE, TODAY)


TEN_WEEKS = [HALF, MOST, BELOW, HALF, QUIET, MOST, MOST, MOST, HALF, MOST]
TWO_YEARS = [
    QUIET if n % 26 == 7 else BELOW if n % 17 in (9, 10) else (MOST, HALF, MOST)[n % 3]
    for n in range(104)
]
WEEKS: dict[str, tuple[Sequence[WeekMark], int]] = {
    "new": ([], 12),
    "small": ([QUIET, QUIET, QUIET], 12),
    "below": ([*TEN_WEEKS[:2], BELOW], 4),
    "most": (TEN_WEEKS, 6),
    "long": (TWO_YEARS, 12),
}
BOARDS = {
    language: {name: board_after(NAMES[name][number], *weeks) for name, weeks in WEEKS.items()}
    for number, language in enumerate(tags())
}


def picture_of(name: str, language: str) -> Path:
    """Returns the path of a board's picture, within `build/pictures` and within `docs`."""
    return Path("board") / (f"{name}.png" if language == "nl" else f"{name}.{language}.png")


def digest(shown: Board, language: str) -> str:
    """Returns the digest of all values that a board is drawn from."""
    say, titles = Words(language), TITLES[language]
    return digest_of(
        board.words(shown, titles, say),
        board.legend(shown, say),
        shown.recent,
        shown.sizes,
        sorted(titles.items()),
        list(BoardColour),
    )


def draw(name: str, language: str) -> Path:
    """Draws a board in `build/pictures`, and returns its path there."""
    shown = BOARDS[language][name]
    content = board.picture(shown, TITLES[language], Words(language)).drawing.draw()
    with Image.open(BytesIO(content)) as image:
        height = image.height * WIDTH // image.width
        small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    target = DRAWN / picture_of(name, language)
    target.parent.mkdir(parents=True, exist_ok=True)
    reduced = small.quantize(40, kmeans=4)
    reduced.save(target, optimize=True, pnginfo=metadata(digest(shown, language)))
    return picture_of(name, language)


def main() -> None:
    """Draws all boards, and updates docs/board/*.png."""
    publish(draw(name, language) for language, boards in BOARDS.items() for name in boards)
