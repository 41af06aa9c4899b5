"""/reeks and /terugblik: what a member built up, and what they wrote."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.member.privacy import lost_keys
from bot.conversation.member.reflections.reflections import excerpt
from bot.conversation.member.rhythm.rhythm import next_nudge_sentence
from bot.conversation.registry import Handler, Help, Registry, Subcommand
from bot.conversation.render.streaks import explanation, streak_sentence
from bot.core.rhythm.rhythm import local_day
from bot.core.streaks.rounds import Outcome, Round
from bot.core.streaks.streak import JOKER_EVERY, Progress, Streak
from bot.messages import Button, ButtonRows, Outgoing, Picture, Reply
from bot.pictures.contents import HeatmapLegend, shown_rounds
from bot.pictures.drawings import Heatmap
from bot.store.nudges import nudges

WEEKS_BACK = 4
ALL = "all"
HALF_A_YEAR = timedelta(weeks=26)


async def streak(context: HandlerContext, argument: str) -> Reply:
    """Answers /reeks: the streak in words, and a picture of the last half year; or what is behind.

    Raises:
        NotUnderstood: it says something else.
    """
    if argument:
        command = STREAK_COMMANDS.find(argument)
        if command is None:
            raise NotUnderstood("streak.unclear")
        return await command.handler(context, "")
    progress = await nudges.progress_of_member(context.session, context.member)
    text = "\n".join((*lines_of(context, progress), next_nudge_sentence(context)))
    return Reply([Outgoing(text, picture=_heatmap(context, progress))])


def lines_of(context: HandlerContext, progress: Progress) -> list[str]:
    """Returns the streak, the joker and the last half year in words, a sentence each."""
    say, figures = context.say, progress.streak
    return [
        streak_sentence(progress, say),
        say("streak.longest", n=figures.longest),
        say("streak.strength", percent=round(progress.strength * 100)),
        _joker(context, figures),
        half_year(context, progress.rounds),
    ]


async def why(context: HandlerContext, _: str) -> Reply:
    """Answers /reeks waarom: what each round did to the streak."""
    progress = await nudges.progress_of_member(context.session, context.member)
    say = context.say
    return Reply([Outgoing(f"{explanation(progress, say)}\n\n{streak_sentence(progress, say)}")])


STREAK_COMMANDS: Registry[Subcommand[Handler]] = Registry(
    [Subcommand(parent="streak", id="why", handler=why, help=Help("help.streak_why"))]
)


def _heatmap(context: HandlerContext, progress: Progress) -> Picture:
    say, today = context.say, context.today
    legend = HeatmapLegend(**{name: say(f"picture.{name}") for name in HeatmapLegend.names()})
    months = tuple(say.month(number) for number in range(1, 13))
    days = tuple(say.weekday(number) for number in range(1, 8))
    shown, jokers = shown_rounds(progress.rounds, today), progress.streak.jokers
    heatmap = Heatmap(shown, jokers, today, legend, months, days)
    return Picture(heatmap, f"{say('picture.file')}.png")


def _joker(context: HandlerContext, figures: Streak) -> str:
    back = figures.joker_back_on(context.today)
    if back is None:
        return context.say("streak.joker_free", days=JOKER_EVERY.days)
    used = context.say.day(figures.jokers[-1])
    return context.say("streak.joker_used", day=used, back=context.say.day(back))


def half_year(context: HandlerContext, rounds: Sequence[Round]) -> str:
    """Says in figures what a picture of the last half year shows."""
    since = context.today - HALF_A_YEAR
    recent = [past.outcome for past in rounds if past.day > since]
    counted = {outcome: recent.count(outcome) for outcome in Outcome}
    return context.say(
        "streak.half_year",
        done=counted[Outcome.DONE],
        tried=counted[Outcome.TRIED],
        missed=counted[Outcome.MISSED],
    )


async def review(context: HandlerContext, argument: str) -> Reply:
    """Answers /terugblik: the member's reflections of the last weeks, or with `all` all of them."""
    say = context.say
    since = (
        context.member.joined_at if argument == ALL else context.at - timedelta(weeks=WEEKS_BACK)
    )
    entries = await context.diary.since(since)
    lines = [
        "\n".join(
            (
                say.day(local_day(entry.written_at, context.member.rhythm.zone)),
                excerpt(entry.nudge, say),
                *(f"“{part.words}”" for part in (entry, *more) if part.words is not None),
            )
        )
        for _, (entry, *more) in groupby(entries, key=lambda entry: entry.nudge.id)
    ]
    if any(entry.words is None for entry in entries):
        lines.append(lost_keys.sentence(context))
    page = _page_button(context)
    if argument == ALL:
        text = "\n\n".join(lines) or say("review.nothing_ever")
        return Reply([Outgoing(text, buttons=page)])
    heading = say("review.heading" if lines else "review.nothing", n=WEEKS_BACK)
    older = ((Button(say("button.all"), f"review:{ALL}"),),)
    return Reply([Outgoing("\n\n".join((heading, *lines)), buttons=(*older, *page))])


def _page_button(context: HandlerContext) -> ButtonRows:
    """Returns the button that opens the diary in a browser; none when this bot has no pages."""
    if not context.policy.pages:
        return ()
    return ((Button(context.say("button.web_diary"), "web:open:diary"),),)
