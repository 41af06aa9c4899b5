"""What stands in a picture besides its figures; importing it does not load Pillow."""

from dataclasses import dataclass, fields

from bot.core.statistics import Rate


@dataclass(frozen=True, slots=True)
class BoardLegend:
    """The words in the picture of a board, in the language of the reader.

    Attributes:
        title: the line above the team's name.
        streak: the words below the number of weeks in a row.
        line: the sentence for the board's phase.
        reach: what the dashed outline shows.
        weeks: the heading of the last weeks.
        grows: a week that counted.
        below: a week in which fewer than half took part.
        quiet: a week without figures.
        now: this week, below its mark; three dots when it does not count yet.
        themes: the heading of the themes.
    """

    title: str
    streak: str
    line: str
    reach: str
    weeks: str
    grows: str
    below: str
    quiet: str
    now: str
    themes: str


@dataclass(frozen=True, slots=True)
class HeatmapLegend:
    """The names of the kinds of squares in a heatmap, in the member's language."""

    done: str
    tried: str
    missed: str
    joker: str
    rest: str

    @classmethod
    def names(cls) -> list[str]:
        """Returns the kinds, in the order of the legend."""
        return [field.name for field in fields(cls)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A theme among others.

    Attributes:
        title: the theme's title.
        rate: the share that was done or tried.
        label: that share in words.
    """

    title: str
    rate: Rate
    label: str
