"""Every colour in the bot's pictures, by what it means."""

from enum import StrEnum


class BoardColour(StrEnum):
    """The team's board and the bars: gold on the blue-green of deep water.

    The colours differ in lightness alone, so that they stay apart for every colour vision, in a
    light and in a dark chat.
    """

    BACKGROUND = "#0f3540"
    SURFACE = "#1d4c59"
    """A theme's label, and the part of a bar that is not filled."""
    TEXT = "#fdf6e3"
    MUTED = "#a9c6cc"
    """Headings, explanations, outlines and weeks without figures."""
    OIL = "#ffcb47"
    """The drop's outermost ring, drops of weeks, filled bars and figures."""
    DEEP_OIL = "#c97a00"
    """The drop's innermost ring."""
    HIGHLIGHT = "#ffe7a3"
    """Light on the drop, and a bar's interval outside the filled part."""
    SEAM = "#7a4a00"
    """The line between two rings, and a bar's interval within the filled part."""


class HeatmapColour(StrEnum):
    """A member's half year; Okabe and Ito's palette, which every colour vision tells apart.

    M. Okabe, K. Ito (2008), Color Universal Design, https://jfly.uni-koeln.de/color/.
    """

    BACKGROUND = "#ffffff"
    TEXT = "#333333"
    REST = "#ededed"
    DONE = "#0072b2"
    TRIED = "#e69f00"
    JOKER = "#009e73"
    MISSED = "#8a8a8a"


class QRColour(StrEnum):
    """An invitation's code; scanners expect black on white."""

    DARK = "#000000"
    LIGHT = "#ffffff"
