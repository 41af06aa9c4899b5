"""The settings of a team, for its lead: its name, the week's message, and its group chats."""

from starlette.responses import Response

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton, NotUnderstood
from bot.conversation.parsing.rhythm import opening_hours
from bot.conversation.parsing.times import read_time
from bot.conversation.render.digests import lasting_text_of
from bot.conversation.team import group_requests, team_lead
from bot.core.rhythm.rhythm import Weekday
from bot.store.schema.base import NAME_LENGTH
from bot.store.teams import digests, teams
from bot.web.pages.team.frame import number_in, path_of, render
from bot.web.pages.visit import NotHere, Visit


async def show(visit: Visit) -> Response:
    """Shows the forms, with what holds now."""
    team, say = visit.team.team, visit.say
    chats = await teams.group_chats_of(visit.session, team.id)
    return render(
        visit,
        "settings.html",
        say("page.team_settings"),
        most=NAME_LENGTH,
        hours=opening_hours(),
        digest=team_lead.digest_sentence(say, team) if team.next_digest_at else None,
        newest=await _newest_digest(visit),
        weekdays=[(int(day), say.weekdays(frozenset({day}))) for day in Weekday],
        time=say.time(team.digest_time),
        chats=[(chat.channel, channel_title(chat.channel)) for chat in chats],
    )


async def _newest_digest(visit: Visit) -> tuple[str, str] | None:
    """Returns the language and the text of the newest digest, as the lead's team can read it.

    Stories without a name are left out, as they are wherever a text is made anew.
    """
    row = await digests.newest_sent(visit.session, visit.team.team.id)
    if row is None:
        return None
    stories = await digests.stories_in(visit.session, visit.context.vault, row)
    return row.language, lasting_text_of(row, stories)


async def change(visit: Visit) -> Response:
    """Changes the name or the week's message, or disconnects a group chat.

    Raises:
        NotUnderstood: what was filled in cannot be.
    """
    what = visit.field("what")
    if what == "name":
        said = await _rename(visit)
    elif what == "digest":
        said = _set_digest(visit)
    elif what == "digest_off":
        visit.team.team.next_digest_at = None
        said = visit.say("page.team_digest_off")
    elif channel := visit.field("disconnect"):
        said = await _disconnect(visit, channel)
    else:
        raise NotHere
    return visit.go(path_of(visit, "settings"), said)


async def _rename(visit: Visit) -> str:
    name = teams.normalize_name(visit.field("name"))
    if not teams.is_valid_name(name):
        raise NotUnderstood("page.team_name_unfit", most=NAME_LENGTH)
    reply = await team_lead.name(visit.context, visit.team, name)
    return reply.messages[0].text


def _set_digest(visit: Visit) -> str:
    team, number = visit.team.team, number_in(visit.field("weekday"))
    try:
        at, rest = read_time(visit.field("time"))
    except NotUnderstood:  # it says how to type a time in a chat
        at, rest = None, ""
    is_read = at is not None and not rest.strip() and number in set(Weekday)
    if not (
        is_read
        and at is not None
        and team_lead.set_digest(visit.context, team, Weekday(number or 0), at)
    ):
        raise NotUnderstood("page.team_digest_unclear", **opening_hours())
    return team_lead.digest_sentence(visit.say, team)


async def _disconnect(visit: Visit, channel: str) -> str:
    try:
        reply = await group_requests.disconnect(visit.context, visit.team, channel)
    except DeadButton as error:  # another lead did it meanwhile
        raise NotUnderstood("page.team_group_gone") from error
    visit.tell(reply.other_chats)
    return reply.messages[0].text
