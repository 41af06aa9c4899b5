"""What is asked of somebody who is silent: about their pace, and much later whether they stay."""

from datetime import timedelta

from bot.conversation.context import DeadButton, HandlerContext
from bot.conversation.member.rhythm import absences
from bot.conversation.member.rhythm.rhythm import next_nudge_sentence
from bot.conversation.parsing.short_answers import read_short_answer
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import Rhythm, Weekday, local_day
from bot.languages.specification import ShortAnswer
from bot.messages import Button, NudgeReference, Outgoing, Purpose, Reply
from bot.store.members import members

LABELS = {
    "weekly": "button.pace_weekly",
    "pause": "button.pace_pause",
    "keep": "button.pace_keep",
}


def ask_pace(nudge_id: int, rhythm: Rhythm, say: Words) -> Outgoing:
    """Returns the question whether less often suits better; it says that nothing comes until then.

    Args:
        nudge_id: the nudge that is sent in its place, for the lease.
        rhythm: theirs; who has one day a week is not offered less.
        say: their language.
    """
    offered = [*LABELS] if rhythm.per_week > 1 else ["pause", "keep"]
    return Outgoing(
        say("pace.ask" if rhythm.per_week > 1 else "pace.ask_weekly"),
        buttons=tuple((Button(say(LABELS[choice]), f"pace:{choice}"),) for choice in offered),
        about=NudgeReference(nudge_id, Purpose.PACE),
    )


def ask_to_stay(months: int, notice: timedelta, say: Words) -> Outgoing:
    """Returns the notice that they will be erased unless they give a sign of life.

    Args:
        months: how long nothing was heard of them.
        notice: how long they have; so long it may still be sent.
        say: their language.
    """
    text = say(
        "stay.ask", since=say("kept.months", n=months), within=say("kept.days", n=notice.days)
    )
    buttons = ((Button(say("button.stay"), "stay:"),),)
    return Outgoing(text, buttons=buttons, relevant_for=notice)


async def press_stay(context: HandlerContext, _: str) -> Reply:
    """Answers the button under that notice; that they press is the sign of life already."""
    text = context.say("stay.kept", coming=next_nudge_sentence(context))
    return Reply([Outgoing(text, replaces=context.pressed)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button under the question; that they press brought their rhythm back already."""
    if argument == "pause":
        reply = await absences.pause(context, "")
        settled = [Outgoing("", replaces=context.pressed)] if context.pressed else []
        return Reply([*settled, *reply.messages])
    if argument not in ("weekly", "keep"):
        raise DeadButton
    return await _go_on(context, weekly=argument == "weekly")


async def typed(context: HandlerContext, text: str) -> Reply | None:
    """Answers a yes or no to the question; None: they said something else."""
    context.member.expects(None)
    answer = read_short_answer(text)
    if answer not in (ShortAnswer.YES, ShortAnswer.NO):
        return None
    return await _go_on(context, weekly=answer is ShortAnswer.YES)


async def _go_on(context: HandlerContext, *, weekly: bool) -> Reply:
    """Goes on with the rhythm, or with the one day a week that comes first."""
    member, say = context.member, context.say
    if weekly and member.next_nudge_at is not None:
        day = local_day(member.next_nudge_at, member.rhythm.zone)
        only = Rhythm(frozenset({Weekday(day.isoweekday())}), member.nudge_time, member.rhythm.zone)
        await members.set_rhythm(context.session, member, only, context.at)
    member.expects(None)
    chosen = say("rhythm.set", rhythm=say.rhythm(member.rhythm, context.policy.zone))
    text = f"{chosen} {next_nudge_sentence(context)}"
    return Reply([Outgoing(text, replaces=context.pressed)])
