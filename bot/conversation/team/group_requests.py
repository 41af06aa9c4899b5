"""A group becomes a team's when a lead says so in private; and a lead disconnects it again.

A code that leaked may be typed in any group, and the team's name and stories would go there.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.team.team_access import TeamAccess
from bot.conversation.words import Words
from bot.messages import Address, Button, ButtonRows, Incoming, OtherChats, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.members import members, roles
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import GroupRequestRow, TeamRow
from bot.store.teams import group_requests, teams


async def leads_of(session: AsyncSession, team: TeamRow) -> list[tuple[Address, MemberRow]]:
    """Returns the chats of a team's leads who take part, with the member who is there."""
    leads = []
    for pair in await roles.lead_addresses(session, team.id):
        lead = await members.find_member(session, *pair)
        if lead is not None:
            leads.append((Address(*pair), lead))
    return leads


def questions_for_leads(
    leads: list[tuple[Address, MemberRow]],
    team: TeamRow,
    request: GroupRequestRow,
    incoming: Incoming,
) -> OtherChats:
    """Returns the question to each lead: which group it is, and who typed the code."""
    questions: OtherChats = []
    for address, lead in leads:
        say = Words(lead.language)
        question = say(
            "lead.ask_group",
            team=team.name,
            channel=channel_title(request.channel),
            group=incoming.group_title or say("lead.group_nameless"),
            name=incoming.name or say("lead.typist_nameless"),
        )
        about = f"team:connect:{team.id}:{request.id}"
        buttons: ButtonRows = (
            (Button(say("button.connect"), f"{about}:yes"),),
            (Button(say("button.connect_no"), f"{about}:no"),),
        )
        questions.append((address, Outgoing(question, buttons=buttons)))
    return questions


async def connect(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers the lead's button: the group becomes the team's, or it does not; both are told.

    Raises:
        DeadButton: the request is over, or another lead answered it.
        NotUnderstood: the group is another team's by now.
    """
    session, team = context.session, access.team
    number, _, answer = argument.partition(":")
    request = await group_requests.find_request(session, row_id_in(number), team.id, context.at)
    if request is None:
        raise DeadButton
    chat, place = (request.channel, request.address), request.posting_address
    await session.delete(request)
    in_group = Address(request.channel, place)
    if answer != "yes":
        here = Outgoing(context.say("lead.group_refused"), replaces=context.pressed)
        told = Outgoing(Words(team.language)("group.refused"))
        return Reply([here], other_chats=[(in_group, told)])
    other = await teams.team_of_chat(session, *chat)
    if other is not None and other.id != team.id:
        raise NotUnderstood("group.anothers", team=other.name)
    await teams.connect_group_chat(session, team.id, *chat, place, context.at)
    await context.record(Action.GROUP_CONNECTED, audit.team(team.id), request.channel)
    told = Outgoing(Words(team.language)("group.connected", team=team.name))
    others = [
        (address, _connected(Words(lead.language), team, request.channel, None))
        for address, lead in await leads_of(session, team)
        if address != context.sender
    ]
    here = _connected(context.say, team, request.channel, context.pressed)
    return Reply([here], other_chats=[(in_group, told), *others])


def _connected(say: Words, team: TeamRow, channel: str, replaces: str | None) -> Outgoing:
    text = say("lead.connected", team=team.name, channel=channel_title(channel))
    buttons = ((disconnect_button(say, team.id, channel),),)
    return Outgoing(text, buttons=buttons, replaces=replaces)


def disconnect_button(say: Words, team_id: int, channel: str) -> Button:
    """Returns the button that disconnects the team's group on a channel."""
    label = say("button.disconnect", channel=channel_title(channel))
    return Button(label, f"team:disconnect:{team_id}:{channel}")


async def disconnect(context: HandlerContext, access: TeamAccess, channel: str) -> Reply:
    """Answers the button that disconnects a group: nothing is posted there any more.

    Raises:
        DeadButton: the team has no group on this channel.
    """
    team = access.team
    for chat in await teams.group_chats_of(context.session, team.id):
        if chat.channel == channel:
            place = Address(channel, chat.posting_address)
            await teams.disconnect_group_chat(context.session, channel, chat.address, context.at)
            await context.record(Action.GROUP_DISCONNECTED, audit.team(team.id), channel)
            here = context.say("lead.disconnected", team=team.name, channel=channel_title(channel))
            told = Outgoing(Words(team.language)("group.disconnected", team=team.name))
            return Reply(
                [Outgoing(here, replaces=context.pressed)], here, other_chats=[(place, told)]
            )
    raise DeadButton
