"""/team: what a member sees of their team, and how they stay invisible or leave."""

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.member import programmes
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.render import board
from bot.conversation.team import team_lead
from bot.conversation.team.team_access import TeamAccess, team_access_of
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import members, roles
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams, weeks

SHOWN = 20


async def team(context: HandlerContext, argument: str) -> Reply:
    """/team, with what to do: `/team bord`, `/team uitnodigen`, `/team 2 naam Griffie`."""
    theirs = await team_access_of(context)
    if not theirs:
        raise NotUnderstood("team.none")
    number, words = _number(argument)
    if number is not None:
        theirs = theirs[number - 1 : number]
    name, _, rest = words.partition(" ")
    if not name:
        return Reply([await _overview(context, one) for one in theirs])
    verb = vocabulary().team_verbs.get(name.lower())
    if verb is None or not theirs:
        raise NotUnderstood("team.unknown", words=argument[:SHOWN])
    if len(theirs) == 1:
        return await VERB[verb](context, theirs[0], rest.strip())
    if rest:
        raise NotUnderstood("team.which_words", words=words[:SHOWN])
    buttons: ButtonRows = tuple(
        (Button(one.team.name, f"team:{verb}:{one.team.id}"),) for one in theirs
    )
    return Reply([Outgoing(context.say("team.which"), buttons=buttons)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """A button about a team: `board:7`, `remove:7:12`."""
    verb, _, rest = argument.partition(":")
    number, _, more = rest.partition(":")
    for theirs in await team_access_of(context):
        if str(theirs.team.id) == number and (handler := VERB.get(verb)):
            return await handler(context, theirs, more)
    raise DeadButton


def _number(argument: str) -> tuple[int | None, str]:
    """`2 naam Griffie` as 2 and the rest."""
    first, _, rest = argument.partition(" ")
    return (int(first), rest.strip()) if first.isdecimal() and len(first) < 3 else (None, argument)


async def _overview(context: HandlerContext, theirs: TeamAccess) -> Outgoing:
    say, team = context.say, theirs.team
    shown = await weeks.board_of(context.session, team, context.minimum, context.at)
    lines = [board.words(shown, await board.titles_in(context.session, say.language), say)]
    if theirs.membership is not None:
        lines.append(
            say("team.hidden" if theirs.membership.hidden else "team.visible", team=team.name)
        )
    if theirs.leads:
        lines.append(say("team.you_lead", team=team.name))
    return Outgoing("\n\n".join(lines), buttons=_buttons(context, theirs))


def _buttons(context: HandlerContext, theirs: TeamAccess) -> ButtonRows:
    def button(verb: str, label: str | None = None) -> Button:
        return Button(context.say(f"button.{label or verb}"), f"team:{verb}:{theirs.team.id}")

    rows: list[tuple[Button, ...]] = [(button("board"),)]
    if theirs.leads:
        rows += [(button("invite"), button("members")), (button("group"), button("handover"))]
    if theirs.membership is not None:
        rows.append((button("show") if theirs.membership.hidden else button("hide"),))
        rows.append((button("leave"),))
    return tuple(rows)


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


VERB: dict[str, team_lead.Verb] = {
    "board": show_board,
    "hide": hide,
    "show": show,
    "leave": leave,
    **{verb: team_lead.for_leads(handler) for verb, handler in team_lead.VERB.items()},
    "programme": team_lead.for_leads(programmes.start_for_team),
}
