"""Older rounds in the chat, from the rows that exist: nudges, answers and reflections."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bot.conversation.context import HandlerContext
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS, task_text
from bot.conversation.member.privacy import lost_keys
from bot.core.streaks.rounds import Answer
from bot.store.members.reflections import Reflection
from bot.store.nudges import nudges, receipts
from bot.store.schema.nudges import NudgeRow
from bot.web.chat.chat import Visitor
from bot.web.chat.conversation.bubbles import Bubble, bubble

ROUNDS_ON_A_PAGE = 20
ANSWERS: Mapping[Answer, str] = {
    Answer.DONE: "button.done",
    Answer.TRIED: "button.tried",
    Answer.SKIPPED: "button.not_now",
    Answer.SWAPPED: "button.another",
    Answer.NO_OCCASION: "button.no_occasion",
    Answer.UNSUITABLE: "button.unsuitable",
}


@dataclass(frozen=True, slots=True)
class Older:
    """Older rounds, and the nudge before which there are more; None: these are the first."""

    bubbles: list[Bubble]
    before: int | None


async def older_rounds(
    context: HandlerContext, visitor: Visitor, before: int | None, shown: Collection[int | str]
) -> Older:
    """Returns the last rounds before a nudge.

    Args:
        context: with the transaction and the member.
        visitor: whose chat it is.
        before: the id of that nudge; None: the newest.
        shown: the nudges, and the keys of the messages, that stand in the chat already.
    """
    rows = await nudges.sent_before(
        context.session, context.member.id, before, ROUNDS_ON_A_PAGE + 1
    )
    has_more, rows = len(rows) > ROUNDS_ON_A_PAGE, rows[-ROUNDS_ON_A_PAGE:]
    if not rows:
        return Older([], None)
    keys = await receipts.receipts_of_nudges(
        context.session, [row.id for row in rows], visitor.chat
    )
    written: dict[int, list[Reflection]] = {}
    for reflection in await context.diary.since(rows[0].round_at):
        if reflection.source in shown:
            continue
        written.setdefault(reflection.nudge.id, []).append(reflection)
    bubbles = [
        each
        for row in rows
        if row.id not in shown and keys.get(row.id, "") not in shown
        for each in _round(context, visitor, row, keys.get(row.id), written.get(row.id, []))
    ]
    return Older(bubbles, rows[0].id if has_more else None)


def _round(
    context: HandlerContext,
    visitor: Visitor,
    row: NudgeRow,
    key: str | None,
    written: list[Reflection],
) -> list[Bubble]:
    """Returns the challenge, with its buttons while it has no answer, the answer and the words."""
    say, has_time = context.say, not row.moments_cut
    sent_at = row.sent_at or row.round_at
    task = bubble(
        visitor,
        key or f"round-{row.id}",
        task_text(row.challenge, say, row.last_day),
        sent_at,
        own=False,
        has_time=has_time,
    )
    bubbles = [replace(task, can_reply=key is not None)]
    if row.answer is None:
        bubbles[0] = replace(bubbles[0], buttons=NUDGE_BUTTONS.rows(row.id, say))
    else:
        at = row.answered_at or sent_at
        answer = say(ANSWERS[row.answer])
        bubbles.append(bubble(visitor, f"answer-{row.id}", answer, at, own=True, has_time=has_time))
    bubbles += [
        replace(
            bubble(
                visitor,
                f"words-{each.id}",
                lost_keys.sentence(context) if each.words is None else each.words,
                each.written_at,
                own=True,
            ),
            edited=each.edited_at is not None,
        )
        for each in written
    ]
    return bubbles
