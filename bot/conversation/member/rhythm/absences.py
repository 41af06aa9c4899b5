"""Days off: a pause until a date, leave that is known ahead, and going on again."""

from collections.abc import Sequence
from datetime import date

from bot.conversation.context import HandlerContext, row_id_in
from bot.conversation.member.rhythm.rhythm import next_nudge_sentence
from bot.conversation.parsing.absences import read_absence
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.members import absences, members
from bot.store.nudges import nudges
from bot.store.schema.members import AbsenceRow


async def pause(context: HandlerContext, argument: str) -> Reply:
    """Answers /pauze: plans an absence until /hervat, until a date, or over the days it names."""
    return await plan(context, *read_absence(argument, context.today))


async def plan(context: HandlerContext, first: date, last: date | None) -> Reply:
    """Plans an absence from its first to its last day; None: until they end it."""
    absence = absences.add_absence(context.member, first, last, context.today)
    await context.session.flush()  # gives it the id that its button carries
    return await _confirm(context, absence)


async def _confirm(context: HandlerContext, absence: AbsenceRow) -> Reply:
    say, member = context.say, context.member
    first, last = absence.first_day, absence.last_day
    await members.plan_next_nudge(context.session, member, context.at)
    if first <= context.today and (last is None or context.today <= last):
        await nudges.cancel_pending(context.session, member.id)
    if last is None:
        text = say(
            "pause.open" if first <= context.today else "pause.open_from",
            day=_day_with_year(context, first),
        )
    elif last == first:
        text = say("pause.one_day", day=_day_with_year(context, first))
    else:
        text = say(
            "pause.days", first=_day_with_year(context, first), last=_day_with_year(context, last)
        )
    closing = f" {next_nudge_sentence(context)}" if member.next_nudge_at else ""
    return Reply(
        [Outgoing(f"{text}{closing}{_absence_list(context)}", buttons=_removal_buttons(context))]
    )


def _day_with_year(context: HandlerContext, day: date) -> str:
    """Returns the day in words, with its year when that is not this one."""
    year = "" if day.year == context.today.year else f" {day.year}"
    return f"{context.say.day(day)}{year}"


def _absence_list(context: HandlerContext) -> str:
    """Lists all absences that are not over, a line each; empty when there are fewer than two."""
    rows = absences.coming_absences(context.member, context.today)
    if len(rows) < 2:
        return ""
    lines = "\n".join(f"• {_date_range(context, row)}" for row in rows)
    return f"\n\n{context.say('pause.list')}\n{lines}"


def _removal_buttons(context: HandlerContext) -> ButtonRows:
    rows = absences.coming_absences(context.member, context.today)
    return tuple(
        (
            Button(
                context.say("button.drop_absence", days=_date_range(context, row)),
                f"absence:{row.id}",
            ),
        )
        for row in rows
        if row.last_day is not None or row.first_day > context.today  # /hervat ends the other kind
    )


def _date_range(context: HandlerContext, row: AbsenceRow) -> str:
    return context.say.days(row.first_day, row.last_day, context.today)


async def press_drop(context: HandlerContext, argument: str) -> Reply:
    """Answers the button that takes an absence back; the days of it that are past stay."""
    member, row_id = context.member, row_id_in(argument)
    row = next((row for row in member.absence_rows if row.id == row_id), None)
    if row is None or row not in absences.coming_absences(member, context.today):
        return Reply([Outgoing(context.say("pause.gone_before"), replaces=context.pressed)])
    gone = context.say("pause.gone", days=_date_range(context, row))
    absences.end_absence(member, row, context.today)
    await members.plan_next_nudge(context.session, member, context.at)
    text = f"{gone} {next_nudge_sentence(context)}"
    return Reply([Outgoing(text, replaces=context.pressed)], notice=gone)


async def resume(context: HandlerContext, _: str) -> Reply:
    """Answers /hervat: ends the pause of today, and asks first about leave that was planned."""
    say, member, today = context.say, context.member, context.today
    was_paused = absences.end_pauses(member, today)
    leave = absences.running_leave(member, today)
    if leave:
        await members.plan_next_nudge(context.session, member, context.at)
        last = max(row.last_day for row in leave if row.last_day is not None)
        question = say("pause.on_leave", last=_day_with_year(context, last))
        ended = [say("pause.ended")] if was_paused else []
        remaining = [row for row in absences.coming_absences(member, today) if row not in leave]
        text = " ".join([*ended, question, *_what_stays(context, remaining)])
        return Reply([Outgoing(text, buttons=((Button(say("button.end_leave"), "resume:"),),))])
    return await _resumed(context, "pause.over" if was_paused else "pause.none")


async def press_resume(context: HandlerContext, _: str) -> Reply:
    """Answers the button that ends leave early; what comes after it stays."""
    leave = absences.running_leave(context.member, context.today)
    for row in leave:
        absences.end_absence(context.member, row, context.today)
    reply = await _resumed(context, "pause.over" if leave else "pause.none")
    [confirmation] = reply.messages
    settled = Outgoing(confirmation.text, buttons=confirmation.buttons, replaces=context.pressed)
    return Reply([settled])


async def _resumed(context: HandlerContext, key: str) -> Reply:
    """Says that nudges come again, when, and which absences stay."""
    await members.plan_next_nudge(context.session, context.member, context.at)
    remaining = absences.coming_absences(context.member, context.today)
    text = " ".join(
        [context.say(key), next_nudge_sentence(context), *_what_stays(context, remaining)]
    )
    return Reply([Outgoing(text, buttons=_removal_buttons(context))])


def _what_stays(context: HandlerContext, rows: Sequence[AbsenceRow]) -> list[str]:
    """Returns the sentence that says which absences stay; none when there are none."""
    if not rows:
        return []
    days = context.say.list(_date_range(context, row) for row in rows)
    return [context.say("pause.stays", days=days)]
