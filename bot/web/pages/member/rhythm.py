"""The rhythm: the days and the time of challenges, the moments that come, and days away."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.member.rhythm import absences as absence_commands
from bot.conversation.member.rhythm import rhythm as rhythm_commands
from bot.conversation.parsing.absences import is_in_order, is_too_far
from bot.conversation.parsing.places import read_place
from bot.conversation.parsing.rhythm import is_open_at, opening_hours
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.times import read_time
from bot.core.rhythm.rhythm import Rhythm, Weekday, local_day
from bot.core.rhythm.workdays import next_round
from bot.messages import Reply
from bot.store.members.absences import coming_absences
from bot.store.schema.members import MemberRow
from bot.web.pages.member.calendar import calendar
from bot.web.pages.member.month import weeks_ahead
from bot.web.pages.page import Page
from bot.web.pages.visit import NotHere, Visit

AHEAD = timedelta(weeks=8)
SHOWN = 5  # moments
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_TYPED = 60  # characters of a place or a time


async def show(visit: Visit) -> Response:
    """Shows the rhythm, the moments that come and the days away."""
    context, say = visit.context, visit.say
    member, today = context.member, context.today
    chosen = {str(int(day)) for day in member.weekdays}
    if visit.field("what") == "rhythm":
        chosen = set(visit.fields("day"))
    coming = coming_moments(member, context.at)
    names = {day: say.weekdays(frozenset({day})) for day in Weekday}
    zone = member.rhythm.zone
    return visit.render(
        "member/rhythm.html",
        say("page.rhythm"),
        rhythm=say.rhythm(member.rhythm, context.policy.zone),
        coming=rhythm_commands.next_nudge_sentence(context),
        days=[(int(day), name, str(int(day)) in chosen) for day, name in names.items()],
        at=f"{member.nudge_time:%H:%M}",
        place=say.place(zone),
        hours=opening_hours(),
        moments=[say.moment(moment, zone) for moment in coming[:SHOWN]],
        weekdays=[(say.weekday(int(day)), names[day]) for day in Weekday],
        weeks=weeks_ahead(
            today,
            AHEAD // timedelta(weeks=1),
            {local_day(moment, zone) for moment in coming},
            member.absences,
        ),
        absences=[
            (row.id, say.days(row.first_day, row.last_day, today))
            for row in coming_absences(member, today)
        ],
    )


async def change(visit: Visit) -> Response:
    """Sets the rhythm, plans an absence or takes one back: whichever form was filled in."""
    match visit.field("what"):
        case "rhythm":
            said = await rhythm_commands.choose(visit.context, _chosen_rhythm(visit))
        case "away":
            first, last = _day(visit, "first"), None
            if first is None:
                raise NotUnderstood("page.rhythm_no_first")
            if visit.field("last"):
                last = _day(visit, "last")
            if not is_in_order(first, last):
                raise NotUnderstood("page.rhythm_order")
            said = _said(await absence_commands.plan(visit.context, first, last))
        case "back":
            said = _said(await absence_commands.press_drop(visit.context, visit.field("absence")))
        case _:
            raise NotHere
    return visit.go("rhythm", said)


def _said(reply: Reply) -> str:
    return "\n\n".join(message.text for message in reply.messages)


def _chosen_rhythm(visit: Visit) -> Rhythm:
    """Returns the rhythm that was filled in.

    Raises:
        NotUnderstood: a field is empty, or nothing comes at that time.
    """
    numbers = {str(int(day)): day for day in Weekday}
    days = frozenset(numbers[text] for text in visit.fields("day") if text in numbers)
    if not days:
        raise NotUnderstood("page.rhythm_no_days")
    at = _time(visit.field("at")[:MAX_TYPED])
    if not is_open_at(at):
        raise NotUnderstood("page.rhythm_quiet", **opening_hours())
    return Rhythm(days, at, _zone(visit))


def _time(text: str) -> time:
    try:
        at, rest = read_time(text)
    except NotUnderstood:  # it looks like a time, and is none
        at, rest = None, text
    if at is None or rest:
        raise NotUnderstood("page.rhythm_no_time")
    return at


def _zone(visit: Visit) -> ZoneInfo:
    """Returns the time zone of the place that was filled in; an empty field changes nothing.

    Raises:
        NotUnderstood: it is no place, or one with several times.
    """
    current, typed = visit.context.member.rhythm.zone, visit.field("place")[:MAX_TYPED]
    if typed in ("", visit.say.place(current)):
        return current
    try:
        zone, rest = read_place(plain(typed))
    except NotUnderstood as refusal:
        raise NotUnderstood("page.rhythm_many_times", place=typed) from refusal
    if zone is None or rest:
        raise NotUnderstood("page.rhythm_no_place", place=typed)
    return zone


def _day(visit: Visit, name: str) -> date | None:
    """Returns the day in a field, as browsers send it; None: it is empty.

    Raises:
        NotUnderstood: it is no day, or one too far away.
    """
    text = visit.field(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or is_too_far(day, visit.context.today):
        raise NotUnderstood("page.rhythm_no_day")
    return day


def coming_moments(member: MemberRow, at: datetime) -> list[datetime]:
    """Returns when challenges come in the next eight weeks, as far as is known now."""
    rhythm, moments, moment = member.rhythm, list[datetime](), member.next_nudge_at
    while moment is not None and moment <= at + AHEAD:
        if moment > at:  # the one that is due now comes any second
            moments.append(moment)
        day = local_day(moment, rhythm.zone)
        moment = next_round(rhythm, moment, member.absences, day)
    return moments


async def download(visit: Visit) -> Response:
    """Returns the coming moments as a file for a calendar."""
    context = visit.context
    moments = coming_moments(context.member, context.at)
    summary = visit.say("page.calendar_summary")
    content = calendar(moments, summary, visit.renderer.origin, context.at)
    disposition = 'attachment; filename="olievlek.ics"'
    return Response(
        content, media_type="text/calendar", headers={"Content-Disposition": disposition}
    )


PAGES = [
    Page(path="rhythm", name="rhythm", show=show, change=change),
    Page(path="rhythm/olievlek.ics", show=download),
]
