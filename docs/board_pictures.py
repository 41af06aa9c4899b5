"""`python -m docs.board_pictures`: draws the boards in docs/board, each a moment of a team."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.core.team import Board, Phase, TeamWeek, monday_of
from bot.pictures.board import Legend, draw_board

FOLDER = Path(__file__).parent / "board"
TODAY = date(2026, 11, 25)
MINIMUM = 4
WIDTH = 600
THEMES = {
    "aannames": "Onderzoek aannames",
    "alert": "Wees open en alert",
    "gelijkwaardig": "Stel je gelijkwaardig op",
    "improviseer": "Improviseer en benut kansen",
    "ja-en": "Ja, en…",
    "lef": "Heb lef en leer van fouten",
    "netwerker": "Schud de netwerker wakker",
    "nieuwsgierig": "Wees nieuwsgierig",
    "oogkleppen": "Oogkleppen af",
    "toeval": "Omarm het toeval",
    "uitdragen": "Communiceer en draag uit",
    "werkvormen": "Andere werkvormen",
}
MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
LINES = {
    Phase.NEW: "Hier groeit straks jullie druppel. Na de eerste uitdagingen zie je hem.",
    Phase.SMALL: "Fijn dat jullie er zijn! Cijfers komen er vanaf 4 mensen in een week.",
    Phase.QUIET: "Deze week is nog rustig.",
    Phase.EARLY: "Het is nog vroeg deze week.",
    Phase.COUNTS: "Deze week telt al mee.",
}
ENGLISH_THEMES = {
    "aannames": "Look into what you assume",
    "alert": "Be open and alert",
    "gelijkwaardig": "Meet as equals",
    "improviseer": "Improvise and use your chances",
    "ja-en": "Yes, and…",
    "lef": "Dare, and learn from mistakes",
}
ENGLISH_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]


def dutch(board: Board) -> Legend:
    """The words in Dutch."""
    return Legend(
        title="Teambord",
        streak="week op rij" if board.streak == 1 else "weken op rij",
        line=LINES[board.phase],
        reach=f"De stippellijn: {board.reach} weken waarin iedereen meedoet.",
        weeks="Week na week",
        grows="telt mee",
        below="onder de helft",
        quiet="geen cijfers",
        now="nu",
        themes="Thema’s van de laatste twaalf weken",
    )


def english(board: Board) -> Legend:
    """The words in English."""
    return Legend(
        title="Team board",
        streak="week in a row" if board.streak == 1 else "weeks in a row",
        line="This week counts already.",
        reach=f"The dashed line: {board.reach} weeks in which everyone takes part.",
        weeks="Week by week",
        grows="counts",
        below="below half",
        quiet="no figures",
        now="now",
        themes="Themes of the last twelve weeks",
    )


def lived(
    team: str, past: Sequence[tuple[int, int]], running: tuple[int, int] | None, themes: int = 12
) -> Board:
    """A team's board after the weeks in `past`, each with its members and those who took part."""
    monday = monday_of(TODAY)
    names = list(THEMES)[:themes]
    weeks = tuple(
        TeamWeek(
            monday - timedelta(weeks=len(past) - n),
            *counts,
            frozenset({names[n * 5 % len(names)], names[n * 7 % len(names)]}),
        )
        for n, counts in enumerate(past)
    )
    now = TeamWeek(monday, *running) if running else None
    return Board(team, weeks, now, MINIMUM, TODAY)


COUNTING = [(9, 5), (9, 7), (9, 4), (9, 6), (3, 2), (9, 9), (9, 7), (9, 8), (9, 5), (9, 9)]
TWO_YEARS = [
    (0, 0) if n % 26 == 7 else (12, 4 if n % 17 == 9 else 6 + n * 5 % 7) for n in range(104)
]
BOARDS = {
    "new": lived("Wijkteam Oost", [], None),
    "small": lived("Kernteam Energie", [(3, 3), (2, 1), (3, 2)], (3, 3)),
    "early": lived("Coördinatie Omgevingsvisie", COUNTING[:5], (9, 3), 4),
    "counts": lived("Wijkteam Oost", COUNTING, (9, 6), 6),
    "long": lived(
        "Programmateam Participatie en Overheidsvernieuwing Zuidoost", TWO_YEARS, (12, 9)
    ),
}


def pictures() -> dict[str, bytes]:
    """Every board, by the name of its file."""
    drawn = {
        name: draw_board(board, dutch(board), THEMES, MONTHS) for name, board in BOARDS.items()
    }
    board = lived("Neighbourhood team East", COUNTING, (9, 6), len(ENGLISH_THEMES))
    return {**drawn, "counts.en": draw_board(board, english(board), ENGLISH_THEMES, ENGLISH_MONTHS)}


def main() -> None:
    """Draws docs/board/*.png."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in pictures().items():
        with Image.open(BytesIO(content)) as image:
            height = image.height * WIDTH // image.width
            small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
            small.quantize(40, kmeans=4).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
