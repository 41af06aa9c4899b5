"""What can be drawn: a class for each picture.

Pillow and segno are imported when something is drawn, so that a process that draws nothing does not
carry them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.streaks.rounds import Round
from bot.core.streaks.team_board import Board
from bot.pictures.contents import Bar, BoardLegend, HeatmapLegend


@dataclass(frozen=True, slots=True)
class BoardDrawing:
    """A board to draw; the attributes are the arguments of `draw_board`."""

    board: Board
    legend: BoardLegend
    titles: Mapping[str, str]
    months: Sequence[str]

    def draw(self) -> bytes:
        """Returns the PNG."""
        from bot.pictures.board import draw_board

        return draw_board(self.board, self.legend, self.titles, self.months)


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A heatmap to draw; the attributes are the arguments of `draw_heatmap`."""

    rounds: Sequence[Round]
    jokers: tuple[date, ...]
    today: date
    legend: HeatmapLegend
    months: Sequence[str]
    weekdays: Sequence[str]

    def draw(self) -> bytes:
        """Returns the PNG."""
        from bot.pictures.heatmap import draw_heatmap

        return draw_heatmap(
            self.rounds, self.jokers, self.today, self.legend, self.months, self.weekdays
        )


@dataclass(frozen=True, slots=True)
class ThemesDrawing:
    """Themes compared; the attributes are the arguments of `draw_themes`."""

    bars: Sequence[Bar]
    title: str
    line: str
    foot: str

    def draw(self) -> bytes:
        """Returns the PNG."""
        from bot.pictures.bars import draw_themes

        return draw_themes(self.bars, self.title, self.line, self.foot)


@dataclass(frozen=True, slots=True)
class QRCode:
    """The QR code for `text`."""

    text: str

    def draw(self) -> bytes:
        """Returns the PNG."""
        from bot.pictures.qr import draw_qr

        return draw_qr(self.text)
