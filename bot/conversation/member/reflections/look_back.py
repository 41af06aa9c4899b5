"""A line of their own back, only to themselves: once a month, and when a challenge comes again.

It stands in the question after an answer, in the chat where they wrote it, and never in a nudge,
which a locked screen may show.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.conversation.context import HandlerContext
from bot.core.rhythm.rhythm import local_day
from bot.store.members.reflections import Reflection
from bot.store.schema.nudges import NudgeRow

EVERY = timedelta(days=28)
ABOUT_A_MONTH = (timedelta(days=42), timedelta(days=24))
MAX_QUOTED = 300


async def question(context: HandlerContext, nudge: NudgeRow) -> str | None:
    """Returns the question that goes with a line of their own; None: the challenge's own one."""
    say = context.say
    if earlier := _readable(await context.diary.on_challenge(nudge)):
        written_at, words = earlier[-1]
        day = local_day(written_at, context.member.rhythm.zone)
        return say("look_back.again", day=say.short_day(day), words=_quoted(words))
    member = context.member
    if member.looked_back_at is not None and context.at - member.looked_back_at < EVERY:
        return None
    oldest, newest = ABOUT_A_MONTH
    month_ago = _readable(await context.diary.between(context.at - oldest, context.at - newest))
    if not month_ago:
        return None
    member.looked_back_at = context.at
    _, words = month_ago[-1]
    return say("look_back.month", words=_quoted(words))


def _readable(entries: Iterable[Reflection]) -> list[tuple[datetime, str]]:
    """Returns when each was written, and its words; without those of which the key is lost."""
    return [(entry.written_at, entry.words) for entry in entries if entry.words is not None]


def _quoted(words: str) -> str:
    """Returns what they wrote, cut off after so many characters."""
    if len(words) <= MAX_QUOTED:
        return words
    return words[:MAX_QUOTED].rsplit(maxsplit=1)[0] + "…"
