"""/reeks and /terugblik: what a member built up, in words and in a picture."""

from datetime import timedelta
from functools import partial
from itertools import groupby

from bot.conversation.context import Turn
from bot.conversation.member.reflections import excerpt
from bot.conversation.member.rhythm import coming
from bot.core.rhythm import local_day
from bot.core.rounds import Outcome, Round
from bot.core.streak import Streak, streak_of, strength_of
from bot.messages import Button, Outgoing, Picture, Reply
from bot.pictures.heatmap import Legend, draw_heatmap
from bot.store.nudges import nudges

WEEKS_BACK = 4
ALL = "all"
HALF_A_YEAR = timedelta(weeks=26)


async def streak(turn: Turn, _: str) -> Reply:
    """/reeks: the streak in words, and a picture of the last half year."""
    say = turn.say
    rounds = await nudges.rounds_for(turn.session, turn.member)
    figures = streak_of(rounds)
    text = "\n".join(
        (
            say("streak.line", n=figures.current),
            say("streak.longest", n=figures.longest),
            say("streak.strength", percent=round(strength_of(rounds) * 100)),
            _joker(turn, figures),
            _half_year(turn, rounds),
            coming(turn),
        )
    )
    legend = Legend(**{name: say(f"picture.{name}") for name in Legend.names()})
    months = tuple(say.month(number) for number in range(1, 13))
    days = tuple(say.weekday(number) for number in range(1, 8))
    draw = partial(draw_heatmap, rounds, figures.jokers, turn.today, legend, months, days)
    return Reply([Outgoing(text, picture=Picture(draw, f"{say('picture.file')}.png"))])


def _joker(turn: Turn, figures: Streak) -> str:
    back = figures.joker_back_on(turn.today)
    if back is None:
        return turn.say("streak.joker_free")
    used = turn.say.day(figures.jokers[-1])
    return turn.say("streak.joker_used", day=used, back=turn.say.day(back))


def _half_year(turn: Turn, rounds: list[Round]) -> str:
    """What the picture shows, in figures."""
    since = turn.today - HALF_A_YEAR
    recent = [past.outcome for past in rounds if past.day > since]
    counted = {outcome: recent.count(outcome) for outcome in Outcome}
    return turn.say(
        "streak.half_year",
        done=counted[Outcome.DONE],
        tried=counted[Outcome.TRIED],
        missed=counted[Outcome.MISSED],
    )


async def review(turn: Turn, argument: str) -> Reply:
    """/terugblik: their own reflections of the last weeks, or all of them."""
    say = turn.say
    since = turn.member.joined_at if argument == ALL else turn.at - timedelta(weeks=WEEKS_BACK)
    entries = await turn.diary.since(since)
    lines = [
        "\n".join(
            (
                say.day(local_day(entry.written_at, turn.member.rhythm.zone)),
                excerpt(entry.nudge, say),
                *(f"“{part.words}”" for part in (entry, *more)),
            )
        )
        for _, (entry, *more) in groupby(entries, key=lambda entry: entry.nudge.id)
    ]
    if argument == ALL:
        return Reply([Outgoing("\n\n".join(lines) or say("review.nothing_ever"))])
    heading = say("review.heading" if lines else "review.nothing", n=WEEKS_BACK)
    older = ((Button(say("button.all"), f"review:{ALL}"),),)
    return Reply([Outgoing("\n\n".join((heading, *lines)), buttons=older)])


async def press_review(turn: Turn, argument: str) -> Reply:
    """The button under /terugblik: everything they ever wrote."""
    return await review(turn, argument)
