"""/ritme: the days and the time on which nudges come."""

from datetime import time

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.member.onboarding.explanations import check_in_switch
from bot.conversation.parsing.rhythm import RhythmUnclear, Understood, read_rhythm
from bot.conversation.words import Words
from bot.core.rhythm.load_spreading import MINUTE, SEARCH_WINDOW, uncrowded_moment
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday, next_moment
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.members import due_members, members
from bot.store.schema.members import Expecting

PRESETS = (
    (frozenset({Weekday.TUESDAY, Weekday.THURSDAY}), time(9, 30)),
    (frozenset({Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.FRIDAY}), time(13, 0)),
    (WORKWEEK, time(9, 0)),
    (frozenset({Weekday.WEDNESDAY}), time(15, 0)),
)


async def show(context: HandlerContext, argument: str) -> Reply:
    """Answers /ritme: sets days and time, or shows them with some to choose from."""
    if argument:
        return await change(context, argument)
    say = context.say
    text = say(
        "rhythm.now",
        rhythm=say.rhythm(context.member.rhythm, context.policy.zone),
        coming=next_nudge_sentence(context),
    )
    switch = check_in_switch(context)
    return Reply([Outgoing(text, buttons=(*await presets(context), (switch,)))])


async def change(context: HandlerContext, typed: str) -> Reply:
    """Sets the rhythm that was typed.

    Raises:
        NotUnderstood: with what to type instead.
    """
    first = not context.member.welcomed
    text = await choose(context, _read(context, typed))
    now = ((Button(context.say("button.now"), "now:"),),) if first else ()
    return Reply([Outgoing(text, buttons=now)])


async def choose(context: HandlerContext, chosen: Rhythm) -> str:
    """Sets the rhythm, and returns what it is now and when the next nudge comes."""
    first = not context.member.welcomed
    await members.set_rhythm(context.session, context.member, chosen, context.at)
    context.member.welcomed = True
    if context.member.expecting in (Expecting.LANGUAGE, Expecting.RHYTHM):
        context.member.expects(None)
    say = context.say
    text = say(
        "welcome.ready" if first else "rhythm.set", rhythm=say.rhythm(chosen, context.policy.zone)
    )
    return f"{text} {next_nudge_sentence(context)}"


def _read(context: HandlerContext, typed: str) -> Rhythm:
    """Returns the rhythm that was typed.

    Raises:
        NotUnderstood: with the words that are not clear, and with those that are.
    """
    try:
        return read_rhythm(typed, context.member.rhythm)
    except RhythmUnclear as error:
        if not (clear := _understood(context.say, error.understood)):
            raise
        raise NotUnderstood("rhythm.partly_clear", **error.values, clear=clear) from error


def _understood(say: Words, understood: Understood) -> str:
    """Returns what was understood of a rhythm: `maandag om 9:30 (tijd in Londen)`; or nothing."""
    weekdays, at, zone = understood.weekdays, understood.at, understood.zone
    text = say.weekdays(weekdays) if weekdays else ""
    if at is not None:
        text = say("time.at", day=text, time=say.time(at)).strip()
    if zone is not None:
        text = say("time.in_place", time=text, place=say.place(zone)).strip()
    return text


async def presets(context: HandlerContext) -> ButtonRows:
    """Returns buttons with rhythms to choose from, each at a minute that is not crowded."""
    zone = context.member.rhythm.zone
    offered = [await _at_uncrowded_moment(context, Rhythm(days, at, zone)) for days, at in PRESETS]
    return tuple(
        (
            Button(
                _with_capital(context.say.rhythm(rhythm)),
                f"rhythm:{''.join(str(int(d)) for d in sorted(rhythm.weekdays))}@{rhythm.at:%H:%M}",
            ),
        )
        for rhythm in offered
    )


async def _at_uncrowded_moment(context: HandlerContext, rhythm: Rhythm) -> Rhythm:
    """Returns the same rhythm, some minutes later where its next moment is crowded."""
    moment = next_moment(rhythm, context.at)
    crowds = await due_members.moment_counts(
        context.session, moment, moment + SEARCH_WINDOW * MINUTE
    )
    at = uncrowded_moment(moment, crowds).astimezone(rhythm.zone).time()
    return Rhythm(rhythm.weekdays, at, rhythm.zone)


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button with a rhythm on it: sets it."""
    numbers, _, at = argument.partition("@")
    weekdays = frozenset(Weekday(int(number)) for number in numbers)
    await members.set_rhythm(
        context.session,
        context.member,
        Rhythm(weekdays, time.fromisoformat(at), context.member.rhythm.zone),
        context.at,
    )
    reply = await change(context, at)
    settled = Outgoing(
        context.say(
            "rhythm.chosen", rhythm=context.say.rhythm(context.member.rhythm, context.policy.zone)
        ),
        replaces=context.pressed,
    )
    return Reply([settled, *reply.messages])


def next_nudge_sentence(context: HandlerContext) -> str:
    """Says when the next nudge comes."""
    moment = context.member.next_nudge_at
    if moment is None:
        return context.say("rhythm.paused" if context.member.welcomed else "rhythm.none_yet")
    return context.say(
        "rhythm.coming", moment=context.say.moment(moment, context.member.rhythm.zone)
    )
