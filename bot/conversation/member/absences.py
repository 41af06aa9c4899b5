"""Days off: a pause until a date, leave that is known ahead, and going on again."""

from datetime import date

from bot.conversation.context import HandlerContext
from bot.conversation.member.rhythm import next_nudge_sentence
from bot.conversation.parsing.absences import read_absence
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.members import absences, members
from bot.store.nudges import nudges
from bot.store.schema.members import AbsenceRow


async def pause(context: HandlerContext, argument: str) -> Reply:
    """Answers /pauze: plans an absence until /hervat, until a date, or over the days it names."""
    first, last = read_absence(argument, context.today)
    absence = absences.add_absence(context.member, first, last, context.today)
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
                f"absence:{row.first_day}",
            ),
        )
        for row in rows
        if row.last_day is not None or row.first_day > context.today  # /hervat ends the other kind
    )


def _date_range(context: HandlerContext, row: AbsenceRow) -> str:
    say = context.say
    if row.last_day is None:
        return say("pause.from", day=say.short_day(row.first_day))
    if row.last_day == row.first_day:
        return say.short_day(row.first_day)
    return f"{say.short_day(row.first_day)} – {say.short_day(row.last_day)}"


async def press_drop(context: HandlerContext, argument: str) -> Reply:
    """Answers the button that takes an absence back."""
    member = context.member
    first = date.fromisoformat(argument)
    if not any(row.first_day == first for row in member.absence_rows):
        return Reply([Outgoing(context.say("pause.gone"), replaces=context.pressed)])
    member.absence_rows[:] = [row for row in member.absence_rows if row.first_day != first]
    await members.plan_next_nudge(context.session, member, context.at)
    text = f"{context.say('pause.gone')} {next_nudge_sentence(context)}"
    return Reply([Outgoing(text, replaces=context.pressed)], notice=context.say("pause.gone"))


async def resume(context: HandlerContext, _: str) -> Reply:
    """Answers /hervat: ends the absence of today; what is planned further ahead stays."""
    was_away = absences.end_absences(context.member, context.today)
    await members.plan_next_nudge(context.session, context.member, context.at)
    text = context.say("pause.over" if was_away else "pause.none")
    return Reply(
        [
            Outgoing(
                f"{text} {next_nudge_sentence(context)}{_absence_list(context)}",
                buttons=_removal_buttons(context),
            )
        ]
    )
