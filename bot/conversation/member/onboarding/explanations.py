"""What the words of the bot mean, each said once: when it matters for the first time.

Daring is explained in the first nudge (`member/nudges/nudges.py`), the others with the thanks for
an answer, one at a time.
"""

from enum import StrEnum

from bot.conversation.context import HandlerContext
from bot.core.rhythm.check_in import AFTER, CHECK_IN
from bot.core.streaks.streak import JOKER_EVERY, Streak
from bot.messages import Button, ButtonRows
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow


class Subject(StrEnum):
    """What can be explained, in this order."""

    ROUND = "round"
    JOKER = "joker"
    STREAK = "streak"
    CHECK_IN = "check_in"


def next_subject(member: MemberRow, nudge: NudgeRow, streak: Streak) -> Subject | None:
    """Returns what is to be explained now; None: nothing that matters yet, or all of it was.

    Args:
        member: who answered.
        nudge: what they answered.
        streak: where they stand now.
    """
    matters = {
        Subject.ROUND: streak.current > 0,
        Subject.JOKER: bool(streak.jokers),
        Subject.STREAK: streak.current > 1,
        Subject.CHECK_IN: not member.check_in and _took_long(nudge),
    }
    explained = member.explained.split()
    return next((each for each in Subject if matters[each] and each not in explained), None)


def _took_long(nudge: NudgeRow) -> bool:
    """Returns whether they had to look for the nudge of hours ago in order to answer it."""
    if nudge.sent_at is None or nudge.answered_at is None:
        return False
    return nudge.answered_at - nudge.sent_at >= AFTER


def explain(context: HandlerContext, subject: Subject) -> tuple[str, ButtonRows]:
    """Returns the explanation and the buttons that go with it, and notes that it was given."""
    context.member.explained = f"{context.member.explained} {subject}".strip()
    say = context.say
    text = say(f"explain.{subject}", days=JOKER_EVERY.days, time=say.time(CHECK_IN))
    rows: ButtonRows = ((check_in_switch(context),),) if subject is Subject.CHECK_IN else ()
    return text, rows


def check_in_switch(context: HandlerContext) -> Button:
    """Returns the button that turns the check-in on, or off when it is on."""
    if context.member.check_in:
        return Button(context.say("button.check_in_off"), "checkin:off")
    return Button(context.say("button.check_in_on"), "checkin:on")
