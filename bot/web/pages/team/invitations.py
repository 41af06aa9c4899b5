"""The invitations of a team: which are valid, a new one, its poster, and revoking them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response

from bot.channels.registry import link_to_scan
from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.invitations import MAX_LASTS, MAX_USES, are_limits
from bot.conversation.team import team_lead
from bot.conversation.words import Words
from bot.pictures import qr
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations
from bot.web.pages.team.frame import number_in, path_of, render, short_moment
from bot.web.pages.visit import NotHere, Visit

MAX_CODE = 60  # characters, with spaces
KIND = InvitationKind.TEAM


async def show(visit: Visit) -> Response:
    """Shows the invitations that can be used now, and the form for a new one."""
    context = visit.context
    rows = await invitations.valid_ones(context.session, visit.team.team.id, context.at)
    listed = [(row, short_moment(visit, row.expires_at)) for row in rows]
    return render(
        visit,
        "invitations.html",
        visit.say("page.team_invitations"),
        listed=listed,
        days=invitations.VALID_FOR[KIND].days,
        people=invitations.USES[KIND],
        most_days=MAX_LASTS.days,
        most_people=MAX_USES,
    )


async def change(visit: Visit) -> Response:
    """Revokes one or all, or makes a new one.

    Raises:
        NotUnderstood: the new one has no such limits, or the one to revoke is not valid any more.
    """
    which = visit.field("revoke")
    if which == "all":
        reply = await team_lead.revoke(visit.context, visit.team, "")
        return visit.go(path_of(visit, "invitations"), reply.messages[0].text)
    return await (_revoke(visit, which) if which else _make(visit))


async def _revoke(visit: Visit, which: str) -> Response:
    context, team_id, number = visit.context, visit.team.team.id, number_in(which)
    if number is None:
        raise NotHere
    if not await invitations.revoke_one(context.session, team_id, number, context.at):
        raise NotUnderstood("page.team_invitation_gone")
    detail = audit.one_invitation(number)
    await context.record(Action.INVITATION_REVOKED, audit.team(team_id), detail)
    return visit.go(path_of(visit, "invitations"), visit.say("page.team_invitation_revoked"))


async def _make(visit: Visit) -> Response:
    """Makes an invitation and shows it, once: only a digest of its code is stored."""
    context, team = visit.context, visit.team.team
    days, people = number_in(visit.field("days")), number_in(visit.field("people"))
    is_fit = days is not None and days <= MAX_LASTS.days and people is not None
    if not (is_fit and days and people and are_limits(timedelta(days=days), people)):
        most = {"most_days": MAX_LASTS.days, "most_people": MAX_USES}
        raise NotUnderstood("page.team_limits_unclear", **most)
    valid_for = timedelta(days=days)
    code = await team_lead.make_invitation(context, team, valid_for, people)
    words, links = Words(team.language), context.links(code, False)
    scanned = link_to_scan(links)
    return render(
        visit,
        "invitation.html",
        visit.say("page.team_invitation_new"),
        words=words,
        code=code,
        links=links,
        until=_day(words, context.at + valid_for, team.zone),
        people=people,
        qr=qr.outline(scanned) if scanned else None,
    )


async def make_poster(visit: Visit) -> Response:
    """Returns a page to print, for a code that was just shown; it is in the team's language.

    Raises:
        NotUnderstood: it is no valid invitation of this team.
    """
    context, team, code = visit.context, visit.team.team, visit.field("code")[:MAX_CODE]
    invitation = await invitations.find_invitation(context.session, code)
    if (
        invitation is None
        or invitation.team.id != team.id
        or invitation.invalid_reason(KIND, context.at) is not None
    ):
        raise NotUnderstood("page.team_invitation_gone")
    words, links = Words(team.language), context.links(code, False)
    scanned = link_to_scan(links)
    values = {
        "team": team,
        "code": code,
        "scanned": scanned,
        "until": _day(words, invitation.row.expires_at, team.zone),
        "qr": qr.outline(scanned) if scanned else None,
        "hint": visit.say("page.team_poster_print"),
        "back": visit.say("page.team_poster_back"),
        "back_to": path_of(visit, "invitations"),
        "reader": visit.say.language,
    }
    title = words("page.team_poster_title")
    return HTMLResponse(visit.renderer.bare("team/poster.html", words, title, values))


def _day(words: Words, moment: datetime, zone: str) -> str:
    return words.day(moment.astimezone(ZoneInfo(zone)).date())
