"""What works: statistics of challenges, in words, in a picture and as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.words import Words
from bot.core.challenges.statistics import CONFIDENCE, ChallengeCounts, Rate, sums_by_theme
from bot.csv_text import csv_of
from bot.messages import File, Outgoing, Picture
from bot.pictures.contents import Bar
from bot.pictures.drawings import ThemesDrawing

MAX_LINES = 30


def messages(
    challenges: Sequence[ChallengeCounts], titles: Mapping[str, str], people: int, say: Words
) -> list[Outgoing]:
    """Returns the themes compared with each other, and each challenge in a file.

    Args:
        challenges: those that at least `people` people received.
        titles: the titles of the challenge sets, by name.
        people: how many are needed for figures.
        say: the words of the reader's language.
    """
    if not challenges:
        return [Outgoing(say("figures.none", people=people))]
    themes = ordered(sums_by_theme(challenges))
    lines = [_line(counts, titles.get(counts.theme, counts.theme), say) for counts in themes]
    text = "\n".join([say("figures.themes"), *lines, say("figures.note", people=people)])
    return [
        Outgoing(text, picture=picture(themes, titles, say)),
        Outgoing(say("figures.file"), file=_table(challenges, say)),
    ]


def messages_for_set(
    challenges: Sequence[ChallengeCounts], title: str, people: int, say: Words
) -> Outgoing:
    """Returns the challenges of one set, those that are done most first."""
    if not challenges:
        return Outgoing(say("figures.none", people=people))
    best_first = ordered(challenges)
    lines = [_line(counts, counts.slug, say) for counts in best_first[:MAX_LINES]]
    heading, note = say("figures.of_set", title=title), say("figures.note", people=people)
    return Outgoing("\n".join([heading, *lines, note]), file=_table(best_first, say))


def picture(themes: Sequence[ChallengeCounts], titles: Mapping[str, str], say: Words) -> Picture:
    """Returns the themes as bars."""
    bars = []
    for counts in themes:
        did = counts.rates["did"]
        bars.append(Bar(titles.get(counts.theme, counts.theme), did, _percent(did.share, say)))
    drawing = ThemesDrawing(
        bars,
        say("figures.title"),
        say("figures.bars"),
        say("figures.foot", percent=round(CONFIDENCE * 100)),
    )
    return Picture(drawing, f"{say('figures.name')}.png")


def ordered(counted: Sequence[ChallengeCounts]) -> list[ChallengeCounts]:
    """Sorts by the share that was done or tried, the highest first."""
    return sorted(
        counted, key=lambda counts: (-counts.rates["did"].share, counts.theme, counts.slug)
    )


def _line(counts: ChallengeCounts, name: str, say: Words) -> str:
    """Says how often a challenge or a theme was sent, with the shares that matter most."""
    did, wrote = counts.rates["did"], counts.rates["reflected"]
    return say(
        "figures.line",
        name=name,
        n=counts.at_least,
        did=_percent(did.share, say),
        bounds=_bounds(did),
        wrote=_percent(wrote.share, say),
        swapped=_percent(counts.rates["swapped"].share, say),
    )


def _percent(share: float, say: Words) -> str:
    return say("figures.percent", percent=round(share * 100))


def _bounds(rate: Rate) -> str:
    return f"{round(rate.low * 100)}–{round(rate.high * 100)}"


def _table(counted: Sequence[ChallengeCounts], say: Words) -> File:
    return File(f"{say('figures.name')}.csv", as_csv(counted))


def rows(counted: Sequence[ChallengeCounts]) -> list[dict[str, Any]]:
    """Returns a row a challenge: how often it was sent, and each rate with its bounds."""
    return [
        {
            "set": counts.theme,
            "challenge": counts.slug,
            "sent_at_least": counts.at_least,
            **{
                f"{name}_{field}": getattr(rate, field)
                for name, rate in counts.rates.items()
                for field in ("share", "low", "high")
            },
        }
        for counts in counted
    ]


def as_csv(counted: Sequence[ChallengeCounts]) -> bytes:
    """Returns the same as CSV, with a byte order mark so that Excel reads it as UTF-8."""
    table = rows(counted)
    return csv_of(list(table[0]) if table else ["set"], table)
