"""What `ja`, `nee`, `gedaan!` or `later` does, which depends on what the bot asked last.

| typed | a nudge is open | the question after it | right after the thanks | nothing is open |
|---|---|---|---|---|
| done, tried | that answer | it is their reflection | was answered | answers what was left |
| yes | asks which, or done after words | it is their reflection | share it? | a hint |
| no | not now | skips an open question | keeps it private | a hint |
| skip, not now | not now | skips the question | keeps it private | a hint |
| later, tomorrow | asks when, or tomorrow | skips the question | keeps it private | a hint |
| another | swaps it | it is their reflection | another challenge | another challenge |

A text that says more than such a word is never taken for one.
"""

from dataclasses import replace

from bot.conversation.context import HandlerContext
from bot.conversation.member.nudges import nudges
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.member.reflections import reflections
from bot.conversation.parsing.short_answers import is_open_question
from bot.conversation.words import Words
from bot.core.rhythm.postponing import PostponeOption
from bot.core.streaks.rounds import Answer
from bot.languages.specification import ShortAnswer
from bot.messages import NudgeReference, Outgoing, Purpose, Reply
from bot.store.schema.nudges import NudgeRow

HANDLERS = {
    ShortAnswer.DONE: nudges.done,
    ShortAnswer.TRIED: nudges.tried,
    ShortAnswer.LATER: nudges.later,
    ShortAnswer.ANOTHER: nudges.another,
    ShortAnswer.NOT_NOW: nudges.not_now,
    ShortAnswer.SKIP: nudges.not_now,
    ShortAnswer.NO: nudges.not_now,
    ShortAnswer.NO_OCCASION: nudges.no_occasion,
}
LEAVES_A_QUESTION = frozenset(
    {ShortAnswer.SKIP, ShortAnswer.NOT_NOW, ShortAnswer.LATER, ShortAnswer.TOMORROW}
)
LEFT = frozenset({Answer.SKIPPED, Answer.NO_OCCASION})


async def about_nudge(context: HandlerContext, nudge: NudgeRow, answer: ShortAnswer) -> Reply:
    """Answers such a word about a nudge that was neither done nor tried."""
    if answer is ShortAnswer.YES:
        return await _yes(context, nudge)
    if answer is ShortAnswer.TOMORROW:
        return _in_words(await nudges.later_on(context, nudge, PostponeOption.TOMORROW))
    return _in_words(await HANDLERS[answer](context, nudge))


async def _yes(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Takes a yes as *done* when they wrote about it before; otherwise asks which."""
    if await context.diary.has(nudge.id):
        return await nudges.done(context, nudge)
    counting, *_ = NUDGE_BUTTONS.rows(nudge.id, context.say)
    about = NudgeReference(nudge.id, Purpose.QUESTION)
    return Reply([Outgoing(context.say("yes.which"), buttons=(counting,), about=about)])


def _in_words(reply: Reply) -> Reply:
    """Returns the reply with its notice as a message where it would only change earlier ones.

    A notice is shown to who presses a button; who typed looks for an answer below.
    """
    if reply.notice is None or any(sent.replaces is None for sent in reply.messages):
        return reply
    return replace(reply, messages=[*reply.messages, Outgoing(reply.notice)], notice=None)


def is_no_reflection(nudge: NudgeRow, answer: ShortAnswer | None, say: Words) -> bool:
    """Returns whether what was typed leaves the question after this nudge unanswered."""
    if answer is ShortAnswer.NO:
        return is_open_question(reflections.question_about(nudge, say))
    return answer in LEAVES_A_QUESTION


async def after_thanks(context: HandlerContext, nudge: NudgeRow, answer: ShortAnswer) -> Reply:
    """Answers such a word right after the thanks for a reflection, to which it is not added."""
    match answer:
        case ShortAnswer.ANOTHER:
            return await nudges.now(context, "")
        case ShortAnswer.DONE | ShortAnswer.TRIED | ShortAnswer.NO_OCCASION:
            return Reply([Outgoing(context.say("already.answered"))])
    return await reflections.add_nothing(context, nudge, shares=answer is ShortAnswer.YES)


async def without_question(
    context: HandlerContext, latest: NudgeRow | None, answer: ShortAnswer | None
) -> Reply | None:
    """Answers such a word while nothing is open; None: it means nothing now.

    Args:
        context: the context of what was typed.
        latest: the latest nudge, if there is one.
        answer: what was typed; None: no such word.
    """
    if answer is ShortAnswer.ANOTHER:
        return await nudges.now(context, "")
    if latest is None or latest.answer not in LEFT:
        return None
    if answer in (ShortAnswer.DONE, ShortAnswer.TRIED):
        return await HANDLERS[answer](context, latest)
    return None
