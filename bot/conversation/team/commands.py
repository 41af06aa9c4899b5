"""/team and its subcommands: one list of what can be typed behind it or pressed under it."""

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.member.linking import pages
from bot.conversation.member.nudges import programmes
from bot.conversation.registry import Help, Registry, Subcommand
from bot.conversation.render import board
from bot.conversation.team import group_requests, team_lead, teams
from bot.conversation.team.team_access import TeamAccess, TeamHandler, team_access_of
from bot.conversation.words import Words
from bot.core.permissions import Audience
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.schema.teams import MembershipRow
from bot.store.teams import teams as stored_teams
from bot.store.teams import weeks

MAX_SHOWN = 20
TeamCommand = Subcommand[TeamHandler]


async def team(context: HandlerContext, argument: str) -> Reply:
    """Answers /team, with what to do: `/team bord`, `/team uitnodigen`, `/team 2 naam Griffie`.

    Raises:
        NotUnderstood: they have no team, or it says something else.
    """
    accesses = await team_access_of(context)
    if not accesses:
        raise NotUnderstood("team.none")
    number, words = _split_number(argument)
    if number is not None:
        accesses = accesses[number - 1 : number]
    name, _, rest = words.partition(" ")
    if not name:
        return Reply([await _overview(context, access) for access in accesses])
    command = TEAM_COMMANDS.find(name)
    if command is None or not accesses:
        raise NotUnderstood("team.unknown", words=argument[:MAX_SHOWN])
    if len(accesses) == 1:
        return await _run(command, context, accesses[0], rest.strip())
    if rest:
        raise NotUnderstood("team.which_words", words=words[:MAX_SHOWN])
    buttons: ButtonRows = tuple(
        (Button(access.team.name, f"team:{command.id}:{access.team.id}"),) for access in accesses
    )
    return Reply([Outgoing(context.say("team.which"), buttons=buttons)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button about a team, such as `board:7` or `remove:7:12`.

    Raises:
        DeadButton: the member has no such team, or no button does this.
    """
    command_id, _, rest = argument.partition(":")
    team_id, _, more = rest.partition(":")
    command = TEAM_COMMANDS.get(command_id)
    for access in await team_access_of(context):
        if str(access.team.id) == team_id and command is not None:
            return await _run(command, context, access, more)
    raise DeadButton


async def _run(
    command: TeamCommand, context: HandlerContext, access: TeamAccess, argument: str
) -> Reply:
    if command.audience is Audience.LEAD and not access.leads:
        if await teams.leads_elsewhere(context, access):
            raise NotUnderstood("team.lead_elsewhere", team=access.team.name)
        raise NotUnderstood("team.not_lead", team=access.team.name)
    return await command.handler(context, access, argument)


def _split_number(argument: str) -> tuple[int | None, str]:
    """Splits the number of a team off: `2 naam Griffie` gives 2 and the rest."""
    first, _, rest = argument.partition(" ")
    return (int(first), rest.strip()) if first.isdecimal() and len(first) < 3 else (None, argument)


async def _overview(context: HandlerContext, access: TeamAccess) -> Outgoing:
    """Says how the team is doing, with buttons for what this member can do."""
    say, name = context.say, access.team.name
    current = await weeks.board_of(context.session, access.team, context.policy.minimum, context.at)
    parts = [board.words(current, await board.titles_in(context.session, say.language), say)]
    if access.membership is not None:
        parts.append(await _standing(context, access, access.membership))
    if access.leads:
        parts.append(say("team.you_lead", team=name))
    buttons = _buttons(say, access)
    if access.leads:
        buttons += tuple(
            (group_requests.disconnect_button(say, access.team.id, chat.channel),)
            for chat in await stored_teams.group_chats_of(context.session, access.team.id)
        )
    if context.policy.pages:
        opens = f"{pages.BUTTON}:open:team/{access.team.id}"
        buttons += ((Button(say("button.web_team"), opens),),)
    return Outgoing("\n\n".join(parts), buttons=buttons)


async def _standing(context: HandlerContext, access: TeamAccess, membership: MembershipRow) -> str:
    """Says whether the member counts in the team's figures."""
    say, team = context.say, access.team
    if membership.hidden:
        return say("team.hidden", team=team.name)
    counted = await weeks.counts_in(context.session, context.member.id)
    if counted is None or counted.id == team.id:
        return say("team.visible", team=team.name)
    return say("team.counts_elsewhere", team=team.name, counted=counted.name)


def _buttons(say: Words, access: TeamAccess) -> ButtonRows:
    rows: list[tuple[str, ...]] = [("board",)]
    if access.leads:
        rows += [("invite", "members"), ("group", "handover")]
    if access.membership is not None:
        rows += [("show",) if access.membership.hidden else ("hide",), ("leave",)]
    return tuple(
        tuple(
            Button(say(label), f"team:{command_id}:{access.team.id}")
            for command_id in row
            if (label := TEAM_COMMANDS[command_id].label) is not None
        )
        for row in rows
    )


TEAM_COMMANDS: Registry[TeamCommand] = Registry(
    [
        Subcommand(
            parent="team",
            id="board",
            handler=teams.show_board,
            label="button.board",
        ),
        Subcommand(
            parent="team",
            id="hide",
            handler=teams.hide,
            label="button.hide",
        ),
        Subcommand(
            parent="team",
            id="show",
            handler=teams.show,
            label="button.show",
        ),
        Subcommand(
            parent="team",
            id="leave",
            handler=teams.leave,
            label="button.leave",
        ),
        Subcommand(
            parent="team",
            id="invite",
            handler=team_lead.invite,
            audience=Audience.LEAD,
            label="button.invite",
            help=Help("help.team_invite"),
        ),
        Subcommand(
            parent="team",
            id="revoke",
            handler=team_lead.revoke,
            audience=Audience.LEAD,
            label="button.revoke",
        ),
        Subcommand(
            parent="team",
            id="members",
            handler=team_lead.members,
            audience=Audience.LEAD,
            label="button.members",
            help=Help("help.team_members"),
        ),
        Subcommand(
            parent="team",
            id="name",
            handler=team_lead.name,
            audience=Audience.LEAD,
            help=Help("help.team_name", example="help.team_name_example"),
        ),
        Subcommand(
            parent="team",
            id="group",
            handler=team_lead.group,
            audience=Audience.LEAD,
            label="button.group",
            help=Help("help.team_group"),
        ),
        Subcommand(
            parent="team",
            id="connect",
            handler=group_requests.connect,
            audience=Audience.LEAD,
            by_button_only=True,
        ),
        Subcommand(
            parent="team",
            id="disconnect",
            handler=group_requests.disconnect,
            audience=Audience.LEAD,
            by_button_only=True,
        ),
        Subcommand(
            parent="team",
            id="digest",
            handler=team_lead.digest,
            audience=Audience.LEAD,
            help=Help(
                "help.team_digest",
                example="help.team_digest_example",
                more="help.team_digest_more",
            ),
        ),
        Subcommand(
            parent="team",
            id="programme",
            handler=programmes.start_for_team,
            audience=Audience.LEAD,
            help=Help("help.team_programme", example="help.team_programme_example"),
        ),
        Subcommand(
            parent="team",
            id="handover",
            handler=team_lead.handover,
            audience=Audience.LEAD,
            label="button.handover",
            help=Help("help.team_handover"),
        ),
        Subcommand(
            parent="team",
            id="remove",
            handler=team_lead.remove,
            audience=Audience.LEAD,
            label="button.remove",
            by_button_only=True,
        ),
        Subcommand(
            parent="team",
            id="handto",
            handler=team_lead.hand_to,
            audience=Audience.LEAD,
            by_button_only=True,
        ),
    ]
)
