"""What works: figures about challenges, in words, in a picture and as a table."""

import csv
from collections.abc import Mapping, Sequence
from functools import partial
from io import StringIO
from typing import Any

from bot.conversation.words import Words
from bot.core.statistics import CONFIDENCE, ChallengeCounts, PublishableStatistics, Rate
from bot.messages import File, Outgoing, Picture
from bot.pictures.bars import Bar, draw_themes

MAX_LINES = 30


def messages(
    found: PublishableStatistics, titles: Mapping[str, str], minimum: int, say: Words
) -> list[Outgoing]:
    """The themes beside each other, and each challenge in a file."""
    if not found.themes:
        return [Outgoing(say("figures.none", minimum=minimum))]
    ordered = _ordered(found.themes)
    lines = [_line(one, titles.get(one.theme, one.theme), say) for one in ordered]
    text = "\n".join([say("figures.themes"), *lines, *_hidden(found, minimum, say)])
    return [
        Outgoing(text, picture=picture(ordered, titles, say)),
        Outgoing(say("figures.file"), file=_table(found.challenges, say)),
    ]


def messages_for_set(
    found: PublishableStatistics, title: str, minimum: int, say: Words
) -> Outgoing:
    """Each challenge of one set, those that are done most first."""
    if not found.challenges:
        return Outgoing(say("figures.none", minimum=minimum))
    ordered = _ordered(found.challenges)
    lines = [_line(one, one.slug, say) for one in ordered[:MAX_LINES]]
    text = "\n".join([say("figures.of_set", title=title), *lines, *_hidden(found, minimum, say)])
    return Outgoing(text, file=_table(ordered, say))


def picture(themes: Sequence[ChallengeCounts], titles: Mapping[str, str], say: Words) -> Picture:
    """The themes as bars."""
    bars = []
    for one in themes:
        did = one.rates["did"]
        bars.append(Bar(titles.get(one.theme, one.theme), did, _percent(did.share, say)))
    draw = partial(
        draw_themes,
        bars,
        say("figures.title"),
        say("figures.bars"),
        say("figures.foot", percent=round(CONFIDENCE * 100)),
    )
    return Picture(draw, f"{say('figures.name')}.png")


def _ordered(counted: Sequence[ChallengeCounts]) -> list[ChallengeCounts]:
    """What is done or tried most comes first."""
    return sorted(counted, key=lambda one: (-one.rates["did"].share, one.theme, one.slug))


def _line(one: ChallengeCounts, name: str, say: Words) -> str:
    """How often it was sent, and the shares that tell most."""
    did, wrote = one.rates["did"], one.rates["reflected"]
    return say(
        "figures.line",
        name=name,
        n=one.sent,
        did=_percent(did.share, say),
        bounds=_bounds(did),
        wrote=_percent(wrote.share, say),
        swapped=_percent(one.rates["swapped"].share, say),
    )


def _percent(share: float, say: Words) -> str:
    return say("figures.percent", percent=round(share * 100))


def _bounds(one: Rate) -> str:
    return f"{round(one.low * 100)}–{round(one.high * 100)}"


def _hidden(found: PublishableStatistics, minimum: int, say: Words) -> list[str]:
    return [say("figures.hidden", n=found.hidden, minimum=minimum)] if found.hidden else []


def _table(counted: Sequence[ChallengeCounts], say: Words) -> File:
    return File(f"{say('figures.name')}.csv", as_csv(counted))


def rows(counted: Sequence[ChallengeCounts]) -> list[dict[str, Any]]:
    """A row a challenge: its counts, and each rate with its bounds."""
    return [
        {
            "set": one.theme,
            "challenge": one.slug,
            "sent": one.sent,
            **one.parts,
            **{
                f"{name}_{field}": round(getattr(rate, field), 4)
                for name, rate in one.rates.items()
                for field in ("share", "low", "high")
            },
        }
        for one in counted
    ]


def as_csv(counted: Sequence[ChallengeCounts]) -> bytes:
    """The same for a spreadsheet, with a byte order mark so that Excel reads it as UTF-8."""
    text = StringIO()
    found = rows(counted)
    writer = csv.DictWriter(text, fieldnames=list(found[0]) if found else ["set"])
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue().encode("utf-8-sig")
