"""A line of their own back, only to themselves: once a month, and when a challenge comes again.

It stands in the question after an answer, in the chat where they wrote it, and never in a nudge,
which a locked screen may show.
"""

from datetime import timedelta

from bot.conversation.context import HandlerContext
from bot.core.rhythm import local_day
from bot.store.members.reflections import Reflection
from bot.store.schema.nudges import NudgeRow

EVERY = timedelta(days=28)
ABOUT_A_MONTH = (timedelta(days=42), timedelta(days=24))
MAX_QUOTED = 300


async def question(context: HandlerContext, nudge: NudgeRow) -> str | None:
    """Returns the question that goes with a line of their own; None: the challenge's own one."""
    say = context.say
    if earlier := await context.diary.on_challenge(nudge):
        day = local_day(earlier[-1].written_at, context.member.rhythm.zone)
        return say("look_back.again", day=say.short_day(day), words=_quoted(earlier[-1]))
    member = context.member
    if member.looked_back_at is not None and context.at - member.looked_back_at < EVERY:
        return None
    oldest, newest = ABOUT_A_MONTH
    month_ago = await context.diary.between(context.at - oldest, context.at - newest)
    if not month_ago:
        return None
    member.looked_back_at = context.at
    return say("look_back.month", words=_quoted(month_ago[-1]))


def _quoted(entry: Reflection) -> str:
    """Returns what they wrote, cut off after so many characters."""
    if len(entry.words) <= MAX_QUOTED:
        return entry.words
    return entry.words[:MAX_QUOTED].rsplit(maxsplit=1)[0] + "…"
