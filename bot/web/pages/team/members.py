"""The members of a team, for its lead: who is visible, removing somebody, and handing over."""

from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.team import team_lead
from bot.conversation.team.group_requests import leads_of
from bot.web.pages.render.paging import page_of
from bot.web.pages.team.frame import number_in, path_of, render
from bot.web.pages.visit import NotHere, Visit

WAYS = ("too", "alone")


async def show(visit: Visit) -> Response:
    """Shows the visible members and who of them leads; nothing about what anybody does."""
    team, say = visit.team.team, visit.say
    leads = {lead.id for _, lead in await leads_of(visit.session, team)}
    visible = await team_lead.visible_members(visit.context, team)
    shown = page_of(visit, visible)
    listed = [
        (member.id, team_lead.shown_name(member, say), member.id in leads) for member in shown.items
    ]
    return render(
        visit,
        "members.html",
        say("page.team_members"),
        listed=listed,
        count=len(visible),
        page=shown.page,
        pages=shown.pages,
    )


async def ask_remove(visit: Visit) -> Response:
    """Asks whether somebody is to leave the team; who that is, if it is not said."""
    say, others = visit.say, await _choices(visit)
    chosen = number_in(visit.request.query_params.get("member", ""))
    name = dict(others).get(chosen or 0)
    title = say("page.team_remove")
    return render(visit, "remove.html", title, others=others, chosen=chosen, name=name)


async def remove(visit: Visit) -> Response:
    """Removes somebody from the team, and tells them.

    Raises:
        NotHere: they are not visible in this team, or are the one who asks.
    """
    number = number_in(visit.field("member"))
    if number not in dict(await _choices(visit)):
        raise NotHere
    reply = await team_lead.remove(visit.context, visit.team, f"{number}:yes")
    visit.tell(reply.other_chats)
    return visit.go(path_of(visit, "members"), reply.notice)


async def ask_hand_over(visit: Visit) -> Response:
    """Asks who will lead, and whether this lead stays."""
    say, others = visit.say, await _choices(visit)
    chosen = visit.request.query_params.get("member", "")
    return render(visit, "hand-over.html", say("page.team_hand_over"), others=others, chosen=chosen)


async def hand_over(visit: Visit) -> Response:
    """Makes somebody lead, beside this lead or instead of them, and tells them.

    Raises:
        NotUnderstood: it is not said who, or how.
    """
    number, how = number_in(visit.field("member")), visit.field("how")
    if how not in WAYS or number not in dict(await _choices(visit)):
        raise NotUnderstood("page.team_hand_unclear")
    reply = await team_lead.hand_to(visit.context, visit.team, f"{number}:{how}")
    visit.tell(reply.other_chats)
    stays = how == "too"
    return visit.go(path_of(visit, "members") if stays else "teams", reply.notice)


async def _choices(visit: Visit) -> list[tuple[int, str]]:
    """Returns the id and the name of each visible member but the one who asks."""
    visible = await team_lead.visible_members(visit.context, visit.team.team)
    return [
        (member.id, team_lead.shown_name(member, visit.say))
        for member in visible
        if member.id != visit.context.member.id
    ]
