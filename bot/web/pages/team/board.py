"""The teams of a member, and the board of one of them."""

from datetime import date, timedelta

from starlette.responses import Response

from bot.conversation.render import board as rendering
from bot.conversation.team.team_access import team_access_of
from bot.core.streaks.team_board import WEEK, Board, WeekMark
from bot.store.teams import digests, weeks
from bot.web.pages.team import board_drawing, frame
from bot.web.pages.visit import Visit

WEEKS_SHOWN = 105  # two years, and the week that runs
DIGESTS_SHOWN = 4


async def show_teams(visit: Visit) -> Response:
    """Shows the teams of this member; if there are none, how to join one."""
    accesses = await team_access_of(visit.context)
    return visit.render("team/teams.html", visit.say("page.teams"), accesses=accesses)


async def show(visit: Visit) -> Response:
    """Shows the board: the picture, the same in words and in a table, and what was shared."""
    context, team, say = visit.context, visit.team.team, visit.say
    board = await weeks.closed_board(context.session, team, context.policy.minimum, context.at)
    titles = await rendering.titles_in(context.session, say.language)
    told = await digests.stories_told(context.session, context.vault, team.id, DIGESTS_SHOWN)
    shown = board.last_weeks(WEEKS_SHOWN)
    has_figures = board.phase not in rendering.WITHOUT_FIGURES
    return frame.render(
        visit,
        "board.html",
        say("board.title"),
        board=board,
        legend=rendering.legend(board, say),
        description=rendering.words(board, titles, say),
        drop=board_drawing.big_drop(board),
        rows=board_drawing.rows(shown) if has_figures else [],
        keys=board_drawing.keys(shown),
        table=_table(board) if has_figures else [],
        themes=sorted(titles.get(theme, theme) for theme in board.themes),
        told=told,
        to_sunday=WEEK - timedelta(days=1),
    )


def _table(board: Board) -> list[tuple[date, WeekMark, float]]:
    """Returns each week, newest first: its Monday, its mark, and the drop's size after it."""
    sizes, shown = board_drawing.size_by_week(board), board.last_weeks(WEEKS_SHOWN)
    earlier = [size for monday, size in sizes.items() if monday < shown[0].monday]
    size, table = earlier[-1] if earlier else 0.0, []
    for week in shown:
        size = sizes.get(week.monday, size)
        table.append((week.monday, week.mark, size))
    return table[::-1]
