"""/team: what a member sees of their team, and how they stay invisible or leave."""

from bot.conversation.context import DeadButton, Misunderstood, Turn
from bot.conversation.member import programmes
from bot.conversation.render import board
from bot.conversation.team import team_lead
from bot.conversation.team.team_access import Theirs, teams_of
from bot.messages import Button, Outgoing, Reply, Rows
from bot.store.lifecycle.leave_team import part
from bot.store.members import members, roles
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams, weeks

SHOWN = 20


async def team(turn: Turn, argument: str) -> Reply:
    """/team, with what to do: `/team bord`, `/team uitnodigen`, `/team 2 naam Griffie`."""
    theirs = await teams_of(turn)
    if not theirs:
        raise Misunderstood("team.none")
    number, words = _number(argument)
    if number is not None:
        theirs = theirs[number - 1 : number]
    name, _, rest = words.partition(" ")
    if not name:
        return Reply([await _overview(turn, one) for one in theirs])
    verb = VERBS.get(name.lower())
    if verb is None or not theirs:
        raise Misunderstood("team.unknown", words=argument[:SHOWN])
    if len(theirs) == 1:
        return await VERB[verb](turn, theirs[0], rest.strip())
    if rest:
        raise Misunderstood("team.which_words", words=words[:SHOWN])
    buttons: Rows = tuple((Button(one.team.name, f"team:{verb}:{one.team.id}"),) for one in theirs)
    return Reply([Outgoing(turn.say("team.which"), buttons=buttons)])


async def press(turn: Turn, argument: str) -> Reply:
    """A button about a team: `board:7`, `remove:7:12`."""
    verb, _, rest = argument.partition(":")
    number, _, more = rest.partition(":")
    for theirs in await teams_of(turn):
        if str(theirs.team.id) == number and (handler := VERB.get(verb)):
            return await handler(turn, theirs, more)
    raise DeadButton


def _number(argument: str) -> tuple[int | None, str]:
    """`2 naam Griffie` as 2 and the rest."""
    first, _, rest = argument.partition(" ")
    return (int(first), rest.strip()) if first.isdecimal() and len(first) < 3 else (None, argument)


async def _overview(turn: Turn, theirs: Theirs) -> Outgoing:
    say, team = turn.say, theirs.team
    shown = await weeks.board_of(turn.session, team, turn.minimum, turn.at)
    lines = [board.words(shown, await board.titles_in(turn.session, say.language), say)]
    if theirs.membership is not None:
        lines.append(
            say("team.hidden" if theirs.membership.hidden else "team.visible", team=team.name)
        )
    if theirs.leads:
        lines.append(say("team.you_lead", team=team.name))
    return Outgoing("\n\n".join(lines), buttons=_buttons(turn, theirs))


def _buttons(turn: Turn, theirs: Theirs) -> Rows:
    def button(verb: str, label: str | None = None) -> Button:
        return Button(turn.say(f"button.{label or verb}"), f"team:{verb}:{theirs.team.id}")

    rows: list[tuple[Button, ...]] = [(button("board"),)]
    if theirs.leads:
        rows += [(button("invite"), button("members")), (button("group"), button("handover"))]
    if theirs.membership is not None:
        rows.append((button("show") if theirs.membership.hidden else button("hide"),))
        rows.append((button("leave"),))
    return tuple(rows)


async def show_board(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team bord: the picture."""
    shown = await weeks.board_of(turn.session, theirs.team, turn.minimum, turn.at)
    titles = await board.titles_in(turn.session, turn.say.language)
    return Reply([board.message(shown, titles, turn.say)])


async def hide(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team verberg: from now on they count for themselves alone."""
    return _visibility(turn, theirs, hidden=True)


async def show(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team toon: they count for the team again."""
    return _visibility(turn, theirs, hidden=False)


def _visibility(turn: Turn, theirs: Theirs, *, hidden: bool) -> Reply:
    if theirs.membership is None:
        raise Misunderstood("team.you_lead", team=theirs.team.name)
    theirs.membership.hidden = hidden
    told = turn.say("team.hide_done" if hidden else "team.show_done", team=theirs.team.name)
    return Reply([Outgoing(told)])


async def leave(turn: Turn, theirs: Theirs, answer: str) -> Reply:
    """/team verlaat: asks once, and then they are not part of it any more."""
    say, team = turn.say, theirs.team
    if theirs.membership is None:
        raise Misunderstood("team.you_lead", team=team.name)
    if answer == "no":
        return Reply([Outgoing(say("team.stays", team=team.name), replaces=turn.pressed)])
    if await _leads_alone(turn, team):
        raise Misunderstood("team.only_lead", team=team.name)
    if answer != "yes":
        buttons: Rows = (
            (Button(say("button.leave_yes"), f"team:leave:{team.id}:yes"),),
            (Button(say("button.leave_no"), f"team:leave:{team.id}:no"),),
        )
        return Reply([Outgoing(say("team.leave_ask", team=team.name), buttons=buttons)])
    await part(turn.session, team.id, turn.member.id, turn.at)
    told = say("team.left", team=team.name)
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)


async def _leads_alone(turn: Turn, team: TeamRow) -> bool:
    """Whether they are the only lead, with others to lead."""
    held = await roles.of_member(turn.session, turn.member.id)
    others = [
        lead
        for pair in await roles.leads_of(turn.session, team.id)
        if (lead := await members.find(turn.session, *pair)) is None or lead.id != turn.member.id
    ]
    return (
        team.id in held.leads
        and not others
        and len(await teams.members_of(turn.session, team.id)) > 1
    )


# Dutch and English names always both work.
VERBS = {
    "bord": "board",
    "board": "board",
    "verberg": "hide",
    "hide": "hide",
    "toon": "show",
    "show": "show",
    "verlaat": "leave",
    "leave": "leave",
    "uitnodigen": "invite",
    "invite": "invite",
    "intrekken": "revoke",
    "revoke": "revoke",
    "leden": "members",
    "members": "members",
    "naam": "name",
    "name": "name",
    "groep": "group",
    "group": "group",
    "digest": "digest",
    "weekbericht": "digest",
    "programma": "programme",
    "programme": "programme",
    "overdragen": "handover",
    "handover": "handover",
}
VERB: dict[str, team_lead.Verb] = {
    "board": show_board,
    "hide": hide,
    "show": show,
    "leave": leave,
    **{verb: team_lead.for_leads(handler) for verb, handler in team_lead.VERB.items()},
    "programme": team_lead.for_leads(programmes.of_team),
}
