"""The board of a team: its drop of oil, its streak, the last weeks and the themes."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from PIL import ImageColor, ImageDraw

from bot.core.streaks.team_board import GROWTH, Board, Phase, TeamWeek, WeekMark
from bot.pictures import drop, png
from bot.pictures.canvas import SCALE, Canvas
from bot.pictures.contents import BoardLegend
from bot.pictures.palette import BoardColour
from bot.pictures.text import Weight, drawable, fit_to_width, font, wrap

WIDTH, MARGIN = 1080, 64
INNER = WIDTH - 2 * MARGIN
SMALLEST, PLAIN, LARGE, FIGURE = 38, 46, 54, 230
NAMES = (72, 62, 54)  # the largest that a name fits in

NAME_BASE = 172
HEART = (286.0, 582.0)  # the middle of the round part of the drop
FULL = 268.0  # half the height of a drop as large as its reach, the dashed outline
BESIDE, BESIDE_WIDTH = 556, WIDTH - MARGIN - 556
WEEKS_TOP, CELL = 828, INNER / 12
WEEK_FOOT, WEEK_FULL = 986, 46.0  # a week in which most took part is twice that high
GAP = 11.0  # rings nearer to each other than this would run together on a phone
CHIP, CHIP_GAP, CHIP_MORE = 68, 14, 92  # height, room between, width beside the words
MAX_THEMES = 14  # more are counted, in one last chip
FOOT = 54
TALLEST_WEEKS = WEEK_FOOT + 84 + 2 * 64 + 56 + 44  # with a key of three lines
GLOSS_STEPS = 60
SLOTS = {
    WeekMark.MOST: 76,
    WeekMark.HALF: 58,
    WeekMark.BELOW: 58,
    WeekMark.QUIET: 34,
}  # the room for each mark in the key, in pixels

Point = tuple[float, float]
Chip = tuple[str, float]  # its words and its width


def draw_board(
    board: Board, legend: BoardLegend, titles: Mapping[str, str], months: Sequence[str]
) -> bytes:
    """Returns a PNG, 1080 pixels wide and as high as the themes need.

    The drop's area is `board.size` in proportion to `board.reach`, the area of the dashed outline:
    with a reach of 13, a week in which most took part adds one thirteenth. When the outline is
    full, the reach doubles, and the drop is drawn at half the area from then on. A lighter ring is
    a later week. In the row below, the area of each small drop is what its week added.

    Args:
        board: the team's board.
        legend: the words.
        titles: the titles of the challenge sets, by name.
        months: short names, January first.
    """
    labels = [drawable(titles.get(theme, "")) or theme for theme in sorted(board.themes)]
    rows = _chip_rows(labels)
    canvas = Canvas(WIDTH, TALLEST_WEEKS + _themes_height(rows) + FOOT, BoardColour.BACKGROUND)
    _heading(canvas, board.team, legend)
    _big_drop(canvas.shapes, board)
    _beside(canvas, board, legend)
    bottom = WEEKS_TOP
    if board.phase not in (Phase.NEW, Phase.SMALL):
        bottom = _weeks(canvas, board.recent, legend, months)
    if rows:
        bottom = _themes(canvas, bottom, rows, legend.themes)
    return png.encode(canvas.finish(bottom + FOOT), BoardColour)


def _heading(canvas: Canvas, team: str, legend: BoardLegend) -> None:
    canvas.write((MARGIN, 52), legend.title, SMALLEST, BoardColour.MUTED)
    name = drawable(team)
    widths = ((size, font(size, Weight.SEMIBOLD).getlength(name)) for size in NAMES)
    size = next((size for size, width in widths if width <= INNER), NAMES[-1])
    name = fit_to_width(name, INNER, size, Weight.SEMIBOLD)
    letters = font(size, Weight.SEMIBOLD)
    canvas.text((MARGIN, NAME_BASE), name, letters, BoardColour.TEXT, anchor="ls")


def _big_drop(draw: ImageDraw.ImageDraw, board: Board) -> None:
    heart = HEART[0] * SCALE, HEART[1] * SCALE
    drop.dashed(draw, heart, FULL * SCALE, BoardColour.MUTED, 4 * SCALE)
    per_week = drop.area_of(FULL * SCALE) / board.reach
    rings = _rings([drop.scale_for(size * per_week) for size in board.sizes])
    for n, scale in enumerate(rings):
        colour = _between(BoardColour.OIL, BoardColour.DEEP_OIL, n / max(len(rings) - 1, 6))
        draw.polygon(drop.outline(heart, scale), fill=colour)
        if n:
            drop.hollow(draw, heart, scale, BoardColour.SEAM, 2 * SCALE)
    if rings:
        _gloss(draw, heart, rings[0])


def _rings(scales: Sequence[float]) -> list[float]:
    """Returns the scales of the rings to draw, largest first, each at least `GAP` apart."""
    rings: list[float] = []
    for scale in reversed(scales):
        if not rings or rings[-1] - scale >= GAP * SCALE:
            rings.append(scale)
    return rings


def _gloss(draw: ImageDraw.ImageDraw, heart: Point, scale: float) -> None:
    """Draws the light that falls on the drop from the left."""
    width = max(scale * 0.05, 2)
    for n in range(GLOSS_STEPS):
        turn = math.radians(140 + n * 65 / GLOSS_STEPS)
        x, y = heart[0] + scale * 0.5 * math.cos(turn), heart[1] + scale * 0.5 * math.sin(turn)
        draw.ellipse(
            (x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=BoardColour.HIGHLIGHT
        )


def _beside(canvas: Canvas, board: Board, legend: BoardLegend) -> None:
    if not board.streak:
        lines = len(wrap(legend.line, BESIDE_WIDTH, LARGE))
        top = (
            _lines(
                canvas, int(HEART[1] - 60 - lines * LARGE / 2), legend.line, LARGE, BoardColour.TEXT
            )
            + 18
        )
    else:
        letters = font(FIGURE, Weight.SEMIBOLD)
        canvas.text((BESIDE - 8, 466), str(board.streak), letters, BoardColour.OIL, anchor="ls")
        top = _lines(canvas, 478, legend.streak, LARGE, BoardColour.TEXT, Weight.SEMIBOLD) + 18
        top = _lines(canvas, top, legend.line, PLAIN, BoardColour.TEXT) + 18
    if board.sizes:
        _lines(canvas, top, legend.reach, SMALLEST, BoardColour.MUTED)


def _lines(
    canvas: Canvas,
    top: int,
    words: str,
    size: int,
    ink: BoardColour,
    weight: Weight = Weight.REGULAR,
) -> int:
    """Draws text beside the drop, in lines; returns where it ends."""
    for line in wrap(words, BESIDE_WIDTH, size, weight):
        canvas.write((BESIDE, top), line, size, ink, weight)
        top += int(size * 1.24)
    return top


def _weeks(
    canvas: Canvas,
    recent: Sequence[TeamWeek],
    legend: BoardLegend,
    months: Sequence[str],
) -> int:
    """Draws the last weeks and the meaning of their marks; returns where that ends."""
    canvas.write((MARGIN, WEEKS_TOP), legend.weeks, SMALLEST, BoardColour.MUTED)
    for n, week in enumerate(recent):
        middle = MARGIN + (n + 0.5) * CELL
        _mark(canvas.shapes, (middle, WEEK_FOOT), week)
        if week.mark is WeekMark.RUNNING:
            _centred(canvas, middle, legend.now, BoardColour.OIL, Weight.SEMIBOLD)
        elif week.monday.day <= 7:
            _centred(
                canvas, middle, months[week.monday.month - 1], BoardColour.MUTED, Weight.REGULAR
            )
    return _key(canvas, {week.mark for week in recent}, legend) + 44


def _mark(draw: ImageDraw.ImageDraw, foot: Point, week: TeamWeek) -> None:
    x, y = foot[0] * SCALE, foot[1] * SCALE
    full = WEEK_FULL * SCALE
    half = drop.scale_for(drop.area_of(full) / 2)
    match week.mark:
        case WeekMark.MOST | WeekMark.HALF:
            scale = drop.scale_for(drop.area_of(full) * GROWTH[week.mark])
            draw.polygon(drop.outline(drop.heart_above((x, y), scale), scale), fill=BoardColour.OIL)
        case WeekMark.BELOW:
            half *= 0.94  # the line is drawn around it
            drop.hollow(draw, drop.heart_above((x, y), half), half, BoardColour.MUTED, 3 * SCALE)
        case WeekMark.QUIET:
            _dot(draw, (x, y - 8 * SCALE), 7)
        case WeekMark.RUNNING:
            for shift in (-20, 0, 20):
                _dot(draw, (x + shift * SCALE, y - 8 * SCALE), 6)


def _dot(draw: ImageDraw.ImageDraw, middle: Point, radius: int) -> None:
    x, y, r = *middle, radius * SCALE
    draw.ellipse((x - r, y - r, x + r, y + r), fill=BoardColour.MUTED)


def _key(canvas: Canvas, marks: Collection[WeekMark], legend: BoardLegend) -> int:
    """Draws the meaning of the marks that are used; returns where that ends."""
    left, top = float(MARGIN), WEEK_FOOT + 84
    for mark in (mark for mark in SLOTS if mark in marks):
        words, slot = legend.marks[mark], SLOTS[mark]
        width = slot + font(SMALLEST).getlength(words) + 44
        if left + width > WIDTH:
            left, top = MARGIN, top + 64
        foot = top + {WeekMark.QUIET: 38, WeekMark.MOST: 60}.get(mark, 46)
        _mark(canvas.shapes, (left + slot / 2 - 8, foot), TeamWeek(date.min, mark))
        canvas.write((left + slot, top), words, SMALLEST, BoardColour.MUTED)
        left += width
    return top + 56


def _chip_rows(labels: Sequence[str]) -> list[list[Chip]]:
    """Returns the themes in rows: widest first, each in the first row with room (first fit)."""
    chips: list[Chip] = []
    more = [f"+ {len(labels) - MAX_THEMES}"] if len(labels) > MAX_THEMES else []
    for label in [*labels[:MAX_THEMES], *more]:
        words = fit_to_width(label, INNER - CHIP_MORE, SMALLEST)
        chips.append((words, font(SMALLEST).getlength(words) + CHIP_MORE))
    rows: list[list[Chip]] = []
    for chip in sorted(chips, key=lambda chip: -chip[1]):
        row = next((row for row in rows if _width([*row, chip]) <= INNER), None)
        if row is None:
            rows.append([chip])
        else:
            row.append(chip)
    return rows


def _width(row: Sequence[Chip]) -> float:
    return sum(width for _, width in row) + CHIP_GAP * (len(row) - 1)


def _themes(canvas: Canvas, top: int, rows: Sequence[Sequence[Chip]], heading: str) -> int:
    """Draws the themes, each a drop and its title; returns where they end."""
    canvas.write((MARGIN, top), heading, SMALLEST, BoardColour.MUTED)
    for n, row in enumerate(rows):
        left, above = float(MARGIN), top + 62 + n * (CHIP + CHIP_GAP)
        for words, width in row:
            box = (left * SCALE, above * SCALE, (left + width) * SCALE, (above + CHIP) * SCALE)
            canvas.shapes.rounded_rectangle(box, CHIP // 2 * SCALE, fill=BoardColour.SURFACE)
            heart = ((left + 38) * SCALE, (above + CHIP / 2 + 4) * SCALE)
            canvas.shapes.polygon(drop.outline(heart, 17 * SCALE), fill=BoardColour.OIL)
            canvas.write((left + 64, above + 9), words, SMALLEST, BoardColour.TEXT)
            left += width + CHIP_GAP
    return top + _themes_height(rows)


def _themes_height(rows: Sequence[Sequence[Chip]]) -> int:
    return 62 + len(rows) * (CHIP + CHIP_GAP)


def _centred(canvas: Canvas, middle: float, words: str, ink: BoardColour, weight: Weight) -> None:
    left = middle - font(SMALLEST, weight).getlength(words) / 2
    canvas.write((left, WEEK_FOOT + 10), words, SMALLEST, ink, weight)


def _between(light: BoardColour, dark: BoardColour, share: float) -> tuple[int, ...]:
    pairs = zip(ImageColor.getrgb(light), ImageColor.getrgb(dark), strict=True)
    return tuple(round(a + (b - a) * share) for a, b in pairs)
