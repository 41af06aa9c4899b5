"""/team: what a member sees of their team, and how they stay invisible or leave."""

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.render import board
from bot.conversation.team.team_access import TeamAccess
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import members, roles
from bot.store.schema.teams import Role, TeamRow
from bot.store.teams import teams, weeks


async def show_board(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team bord: sends the picture."""
    current = await weeks.board_of(context.session, access.team, context.policy.minimum, context.at)
    titles = await board.titles_in(context.session, context.say.language)
    return Reply([board.message(current, titles, context.say)])


async def hide(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team verberg: from now on the member counts for themselves alone."""
    return _set_visibility(context, access, hidden=True)


async def show(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team toon: the member counts for the team again."""
    return _set_visibility(context, access, hidden=False)


def _set_visibility(context: HandlerContext, access: TeamAccess, *, hidden: bool) -> Reply:
    if access.membership is None:
        raise NotUnderstood("team.you_lead", team=access.team.name)
    teams.set_hidden(context.session, access.membership, hidden, context.at)
    confirmation = context.say(
        "team.hide_done" if hidden else "team.show_done", team=access.team.name
    )
    return Reply([Outgoing(confirmation)])


async def leave(context: HandlerContext, access: TeamAccess, answer: str) -> Reply:
    """Answers /team verlaat: asks for a confirmation, and takes the member out of the team."""
    say, team = context.say, access.team
    if access.membership is None:
        raise NotUnderstood("team.you_lead", team=team.name)
    if answer == "no":
        return Reply([Outgoing(say("team.stays", team=team.name), replaces=context.pressed)])
    if await leads_elsewhere(context, access):
        raise NotUnderstood("team.lead_elsewhere", team=team.name)
    if await _is_only_lead(context, team):
        raise NotUnderstood("team.only_lead", team=team.name)
    if answer != "yes":
        buttons: ButtonRows = (
            (Button(say("button.leave_yes"), f"team:leave:{team.id}:yes"),),
            (Button(say("button.leave_no"), f"team:leave:{team.id}:no"),),
        )
        return Reply([Outgoing(say("team.leave_ask", team=team.name), buttons=buttons)])
    await leave_team(context.session, team.id, context.member.id, context.at)
    if access.leads:
        role = audit.role(Role.LEAD, team.id)
        await context.record(Action.REVOKED, audit.member(context.member.id), role)
    confirmation = say("team.left", team=team.name)
    return Reply([Outgoing(confirmation, replaces=context.pressed)], notice=confirmation)


async def leads_elsewhere(context: HandlerContext, access: TeamAccess) -> bool:
    """Returns whether another chat of this member leads the team, and this one does not."""
    member_roles = await roles.of_member(context.session, context.member.id)
    return not access.leads and access.team.id in member_roles.leads


async def _is_only_lead(context: HandlerContext, team: TeamRow) -> bool:
    """Returns whether they are the only lead of a team with other members."""
    member_roles = await roles.of_member(context.session, context.member.id)
    others = [
        lead
        for pair in await roles.lead_addresses(context.session, team.id)
        if (lead := await members.find_member(context.session, *pair)) is None
        or lead.id != context.member.id
    ]
    return (
        team.id in member_roles.leads
        and not others
        and len(await teams.members_of(context.session, team.id)) > 1
    )
