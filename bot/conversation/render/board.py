"""The board of a team: a picture, and the words that say the same."""

from collections.abc import Mapping
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.words import Words
from bot.core.streaks.team_board import WEEKS_BACK, Board, Phase, WeekMark
from bot.messages import Outgoing, Picture
from bot.pictures.contents import BoardLegend
from bot.pictures.drawings import BoardDrawing
from bot.store.challenges import publications

WITHOUT_FIGURES = frozenset({Phase.NEW, Phase.SMALL})
Titles = Mapping[str, str]


async def titles_in(session: AsyncSession, language: str) -> Titles:
    """Returns the title of each challenge set by its name, as the newest version has it."""
    newest = await publications.newest_versions(session)
    return {version.name: version.title_in(language) for version in newest}


def message(board: Board, titles: Titles, say: Words) -> Outgoing:
    """Returns the board as one message; the picture is drawn when it is sent."""
    return Outgoing(words(board, titles, say), picture=picture(board, titles, say))


def picture(board: Board, titles: Titles, say: Words) -> Picture:
    """Returns the board as a picture alone."""
    months = tuple(say.month(number) for number in range(1, 13))
    drawing = BoardDrawing(board, legend(board, say), titles, months)
    return Picture(drawing, f"{say('board.file')}.png")


def legend(board: Board, say: Words) -> BoardLegend:
    """Returns the words in the picture."""
    return BoardLegend(
        title=say("board.title"),
        streak=say("board.streak", n=board.streak),
        line=_line(board, say),
        reach=say("board.reach", reach=board.reach),
        weeks=say("board.weeks"),
        marks={mark: say(f"board.mark.{mark}") for mark in WeekMark},
        now=say("board.now"),
        themes=_themes_heading(say),
    )


def words(board: Board, titles: Titles, say: Words) -> str:
    """Says what the picture shows."""
    if board.phase in WITHOUT_FIGURES:
        return f"{board.team}\n{_line(board, say)}"
    line = _line(board, say)
    lines = [
        board.team,
        f"{say('board.streak_line', n=board.streak)} {line}" if board.streak else line,
    ]
    if board.size:
        lines.append(say("board.size", size=say.decimal(board.size), reach=board.reach))
    if len(board.recent) > 1:
        lines.append(f"{say('board.weeks')}: {_week_by_week(board, say)}.")
    if touched := sorted(titles.get(theme, theme) for theme in board.themes):
        lines.append(f"{_themes_heading(say)}: {', '.join(touched)}.")
    return "\n".join(lines)


def _themes_heading(say: Words) -> str:
    return say("board.themes", weeks=say.number(WEEKS_BACK))


def _line(board: Board, say: Words) -> str:
    return say(f"board.{board.phase}", minimum=board.minimum)


def _week_by_week(board: Board, say: Words) -> str:
    """Says how the last weeks went, oldest first: `de meesten × 3, de helft; nu: loopt nog`."""
    *closed, running = board.recent
    runs = [(mark, len(list(run))) for mark, run in groupby(week.mark for week in closed)]
    marks = [
        say(f"board.mark.{mark}") + (f" × {times}" if times > 1 else "") for mark, times in runs
    ]
    return f"{', '.join(marks)}; {say('board.now')}: {say(f'board.mark.{running.mark}')}"
