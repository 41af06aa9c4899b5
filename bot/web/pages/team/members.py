"""The members of a team, for its lead: who is visible, removing somebody, and handing over."""

from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.team import team_lead
from bot.conversation.team.group_requests import leads_of
from bot.store.schema.members import MemberRow
from bot.web.pages.team.frame import number_in, path_of, render
from bot.web.pages.visit import NotHere, Visit

WAYS = ("too", "alone")


async def show(visit: Visit) -> Response:
    """Shows the visible members and who of them leads; nothing about what anybody does."""
    team, say = visit.team.team, visit.say
    leads = {lead.id for _, lead in await leads_of(visit.session, team)}
    visible = await team_lead.visible_members(visit.context, team)
    listed = [
        (member.id, team_lead.shown_name(member, say), member.id in leads) for member in visible
    ]
    return render(visit, "members.html", say("page.team_members"), listed=listed)


async def ask_remove(visit: Visit) -> Response:
    """Asks whether somebody is to leave the team."""
    member = await _other(visit)
    name = team_lead.shown_name(member, visit.say)
    title = visit.say("page.team_remove")
    return render(visit, "remove.html", title, member=member, name=name)


async def remove(visit: Visit) -> Response:
    """Removes somebody from the team, and tells them."""
    member = await _other(visit)
    reply = await team_lead.remove(visit.context, visit.team, f"{member.id}:yes")
    visit.tell(reply.other_chats)
    return visit.go(path_of(visit, "members"), reply.notice)


async def ask_hand_over(visit: Visit) -> Response:
    """Asks who will lead, and whether this lead stays."""
    say = visit.say
    others = [(member.id, team_lead.shown_name(member, say)) for member in await _others(visit)]
    chosen = visit.request.query_params.get("member", "")
    return render(visit, "hand-over.html", say("page.team_hand_over"), others=others, chosen=chosen)


async def hand_over(visit: Visit) -> Response:
    """Makes somebody lead, beside this lead or instead of them, and tells them.

    Raises:
        NotUnderstood: it is not said who, or how.
    """
    number, how = number_in(visit.field("member")), visit.field("how")
    if how not in WAYS or number not in {member.id for member in await _others(visit)}:
        raise NotUnderstood("page.team_hand_unclear")
    reply = await team_lead.hand_to(visit.context, visit.team, f"{number}:{how}")
    visit.tell(reply.other_chats)
    stays = how == "too"
    return visit.go(path_of(visit, "members") if stays else "teams", reply.notice)


async def _others(visit: Visit) -> list[MemberRow]:
    """Returns the visible members of the team, without the one who asks."""
    visible = await team_lead.visible_members(visit.context, visit.team.team)
    return [member for member in visible if member.id != visit.context.member.id]


async def _other(visit: Visit) -> MemberRow:
    """Returns the member in the path.

    Raises:
        NotHere: they are not visible in this team, or are the one who asks.
    """
    number = visit.number("member")
    for member in await _others(visit):
        if member.id == number:
            return member
    raise NotHere
