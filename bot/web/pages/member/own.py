"""The streak and the rounds of the last half year: in words, in a picture and in a table."""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from bot.conversation.member.reflections.streaks import half_year, lines_of
from bot.conversation.render.streaks import explanation
from bot.pictures.contents import HeatmapLegend, first_day, kinds_of_days, months_shown
from bot.store.nudges import nudges
from bot.web.pages.member.texts import blocks_of
from bot.web.pages.page import Page
from bot.web.pages.visit import Visit

LEFT, TOP, STEP = 34, 26, 22
REST = "rest"


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the picture: where its square begins, and the kind of its round."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word in the picture, and where it begins."""

    x: int
    y: int
    text: str


async def show(visit: Visit) -> Response:
    """Shows how the streak stands, and each round of the last half year."""
    context, say = visit.context, visit.say
    progress = await nudges.progress_of_member(visit.session, context.member)
    first = first_day(context.today)
    kinds = kinds_of_days(
        [played for played in progress.rounds if played.day >= first], progress.streak.jokers
    )
    names = {kind: say(f"picture.{kind}") for kind in HeatmapLegend.names()}
    lines = [
        (say.short_day(day), say.weekday_name(day), names[kind])
        for day, kind in sorted(kinds.items(), reverse=True)
    ]
    return visit.render(
        "member/own.html",
        say("page.own"),
        sentences=lines_of(context, progress),
        why=blocks_of(explanation(progress, say)),
        summary=half_year(context, progress.rounds),
        cells=cells_of(first, context.today, kinds),
        labels=_labels(visit, first),
        names=names,
        lines=lines,
    )


def cells_of(first: date, today: date, kinds: dict[date, str]) -> list[Cell]:
    """Returns a square for each day from `first`, a Monday, to `today`: a column for each week."""
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    return [
        Cell(LEFT + number // 7 * STEP, TOP + number % 7 * STEP, kinds.get(day, REST))
        for number, day in enumerate(days)
    ]


def _labels(visit: Visit, first: date) -> list[Label]:
    """Returns the names of some weekdays and of the months."""
    say = visit.say
    weekdays = [Label(0, TOP + 14 + day * STEP, say.weekday(day + 1)) for day in range(0, 7, 2)]
    months = [
        Label(LEFT + week * STEP, TOP - 10, say.month(month)) for week, month in months_shown(first)
    ]
    return weekdays + months


PAGES = [Page(path="own", name="own", show=show)]
