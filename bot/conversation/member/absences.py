"""Days off: a pause until a date, leave that is known ahead, and going on again."""

import re
from datetime import date, timedelta

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.member.rhythm import next_nudge_sentence
from bot.conversation.parsing.dates import first_that_fits, read_date, read_duration
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.members import absences, members
from bot.store.nudges import nudges
from bot.store.schema.members import AbsenceRow

DAY = timedelta(days=1)
MAX_LENGTH = timedelta(days=366)
RECENTLY = timedelta(days=31)
YEAR = re.compile(r"\d{4}")
UNTIL = r"(?:tot|until|till)"
THROUGH = r"(?:t/?m|tot en met|tot & met|through|thru)"
PATTERNS = (
    rf"(?:(?:van|vanaf|from)\s+)?(?P<first>.*?\S)?\s*\b{THROUGH}\s+(?P<last>.+)",
    rf"(?:(?:van|vanaf|from)\s+)?(?P<first>.*?\S)?\s*\b{UNTIL}\s+(?P<back>.+)",
    r"(?P<first>\d{1,2})\s*(?:-|–)\s*(?P<last>\d{1,2}(?P<month>\s+[a-z]+.*))",
    r"(?P<first>.*\S)\s+(?:-|–)\s+(?P<last>\S.*)",
    r"(?P<first>\d{1,2}\s*[a-z]+)(?:-|–)(?P<last>\d{1,2}\s*[a-z]+.*)",
    r"(?:vanaf|from)\s+(?P<from>.+)",
    r"(?P<day>.+)",
)


async def pause(context: HandlerContext, argument: str) -> Reply:
    """Answers /pauze: plans an absence until /hervat, until a date, or over the days it names."""
    first, last = read_absence(argument, context.today)
    absence = absences.add_absence(context.member, first, last, context.today)
    return await _confirm(context, absence)


def read_absence(typed: str, today: date) -> tuple[date, date | None]:
    """Returns the first and last day away that `typed` names; without words: today, with no end.

    `2 weken` begins today. `tot 3 jan` ends the day before; `t/m 3 jan` and `24 dec - 3 jan` end on
    the day they name.

    Raises:
        NotUnderstood: with what to type instead.
    """
    if duration := read_duration(typed):
        return today, today + (duration - 1) * DAY
    parts = first_that_fits(typed, PATTERNS)
    if parts is None:
        return today, None
    month = parts.pop("month", "")  # "24-28 dec": the first day is in that month too
    parts |= {"first": f"{parts['first']} {month}"} if month else {}
    days = {name: _read_day(words, today) for name, words in parts.items()}
    first = days.get("first") or days.get("from") or days.get("day") or today
    last = days.get("last") or days.get("day")
    if "back" in days:
        last = days["back"] - DAY
    if last is None:
        return first, None
    if last < first or last - first > MAX_LENGTH:
        raise NotUnderstood("pause.order")
    return first, last


def _read_day(words: str, today: date) -> date:
    """Returns the day that `words` name; one of the last month means that day, not next year's."""
    day = read_date(words, today)
    if day is None or abs(day - today) > 2 * MAX_LENGTH:
        raise NotUnderstood("pause.unclear", words=words[:40])
    past = _a_year_back(day)
    meant = YEAR.search(words) is None and today - RECENTLY <= past < today
    return past if meant else day


def _a_year_back(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)


async def _confirm(context: HandlerContext, absence: AbsenceRow) -> Reply:
    say, member = context.say, context.member
    first, last = absence.first_day, absence.last_day
    members.plan_next_nudge(member, context.at)
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
    members.plan_next_nudge(member, context.at)
    text = f"{context.say('pause.gone')} {next_nudge_sentence(context)}"
    return Reply([Outgoing(text, replaces=context.pressed)], notice=context.say("pause.gone"))


async def resume(context: HandlerContext, _: str) -> Reply:
    """Answers /hervat: ends the absence of today; what is planned further ahead stays."""
    was_away = absences.end_absences(context.member, context.today)
    members.plan_next_nudge(context.member, context.at)
    text = context.say("pause.over" if was_away else "pause.none")
    return Reply(
        [
            Outgoing(
                f"{text} {next_nudge_sentence(context)}{_absence_list(context)}",
                buttons=_removal_buttons(context),
            )
        ]
    )
