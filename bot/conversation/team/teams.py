"""/team: what a member sees of their team, and how they stay invisible or leave."""

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.render import board
from bot.conversation.team.team_access import TeamAccess
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import members, roles
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams, weeks

SHOWN = 20


async def show_board(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team bord: the picture."""
    shown = await weeks.board_of(context.session, theirs.team, context.minimum, context.at)
    titles = await board.titles_in(context.session, context.say.language)
    return Reply([board.message(shown, titles, context.say)])


async def hide(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team verberg: from now on they count for themselves alone."""
    return _visibility(context, theirs, hidden=True)


async def show(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team toon: they count for the team again."""
    return _visibility(context, theirs, hidden=False)


def _visibility(context: HandlerContext, theirs: TeamAccess, *, hidden: bool) -> Reply:
    if theirs.membership is None:
        raise NotUnderstood("team.you_lead", team=theirs.team.name)
    theirs.membership.hidden = hidden
    told = context.say("team.hide_done" if hidden else "team.show_done", team=theirs.team.name)
    return Reply([Outgoing(told)])


async def leave(context: HandlerContext, theirs: TeamAccess, answer: str) -> Reply:
    """/team verlaat: asks once, and then they are not part of it any more."""
    say, team = context.say, theirs.team
    if theirs.membership is None:
        raise NotUnderstood("team.you_lead", team=team.name)
    if answer == "no":
        return Reply([Outgoing(say("team.stays", team=team.name), replaces=context.pressed)])
    if await _is_only_lead(context, team):
        raise NotUnderstood("team.only_lead", team=team.name)
    if answer != "yes":
        buttons: ButtonRows = (
            (Button(say("button.leave_yes"), f"team:leave:{team.id}:yes"),),
            (Button(say("button.leave_no"), f"team:leave:{team.id}:no"),),
        )
        return Reply([Outgoing(say("team.leave_ask", team=team.name), buttons=buttons)])
    await leave_team(context.session, team.id, context.member.id, context.at)
    told = say("team.left", team=team.name)
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told)


async def _is_only_lead(context: HandlerContext, team: TeamRow) -> bool:
    """Whether they are the only lead, with others to lead."""
    held = await roles.of_member(context.session, context.member.id)
    others = [
        lead
        for pair in await roles.lead_addresses(context.session, team.id)
        if (lead := await members.find_member(context.session, *pair)) is None
        or lead.id != context.member.id
    ]
    return (
        team.id in held.leads
        and not others
        and len(await teams.members_of(context.session, team.id)) > 1
    )
