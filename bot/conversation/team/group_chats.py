"""What the bot says where others read along: who it is, and never anything of anybody."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.render import board
from bot.conversation.team.invitations import refusal
from bot.conversation.words import Words
from bot.messages import (
    AddedToGroup,
    Address,
    GroupMoved,
    GroupRights,
    Incoming,
    OtherChats,
    Outgoing,
    Pressed,
    RemovedFromGroup,
    Reply,
    Typed,
)
from bot.store.members import members, roles
from bot.store.schema.teams import InvitationKind, TeamRow
from bot.store.teams import invitations, teams, weeks
from bot.store.teams.invitations import InvalidReason

INTRODUCED_BY = ("help", "start")


async def reply_in_group(
    session: AsyncSession,
    incoming: Incoming,
    say: Words,
    command: tuple[str, str] | None,
    minimum: int,
) -> Reply:
    """What to say in a group to something that was meant for the bot.

    Args:
        session: the transaction.
        incoming: what somebody did there.
        say: words in their language.
        command: the name and the argument of the command, if it was one.
        minimum: how many members need to have had a round before a team has figures.
    """
    match incoming.content:
        case AddedToGroup():
            return Reply([Outgoing(say("group.introduction"))])
        case RemovedFromGroup():
            return await _removed_from_group(session, _group(incoming))
        case GroupRights(may_speak):
            return await _group_rights(session, _group(incoming), may_speak)
        case GroupMoved(to):
            await teams.move_group_chat(session, *_group(incoming).pair, to)
            return Reply()
        case Pressed():
            return Reply(notice=say("group.private"))
        case Typed():
            if command is not None and command[0] == "team":
                return await _board(session, incoming, say, minimum)
            return await _typed(session, incoming, say, *(command or ("", "")))
    return Reply()


def _group(incoming: Incoming) -> Address:
    return incoming.group or incoming.sender


async def _typed(
    session: AsyncSession, incoming: Incoming, say: Words, name: str, argument: str
) -> Reply:
    if name == "start" and argument:
        return await _connect(session, incoming, say, argument)
    if name in INTRODUCED_BY:
        return Reply([Outgoing(say("group.introduction"))])
    return Reply([Outgoing(say("group.private"))])


async def _connect(session: AsyncSession, incoming: Incoming, say: Words, code: str) -> Reply:
    """Makes this the group chat of the team whose lead made the code."""
    group = _group(incoming)
    found = await invitations.find_invitation(session, code)
    if found is None:
        return Reply([refusal(InvalidReason.UNKNOWN, code, say)])
    if why := found.shut(InvitationKind.GROUP, incoming.at):
        return Reply([refusal(why, code, say)])
    team, other = found.team, await teams.team_of_chat(session, *group.pair)
    if other is not None and other.id != team.id:
        return Reply([Outgoing(say("group.anothers", team=other.name))])
    if not await invitations.use_once(session, found):
        return Reply([refusal(InvalidReason.USED_UP, code, say)])
    await teams.connect_group_chat(session, team.id, *group.pair, incoming.reply_address.id)
    return Reply([Outgoing(Words(team.language)("group.connected", team=team.name))])


async def _board(session: AsyncSession, incoming: Incoming, say: Words, minimum: int) -> Reply:
    """/team: the board of the team whose group this is."""
    team = await teams.team_of_chat(session, *_group(incoming).pair)
    if team is None:
        return Reply([Outgoing(say("group.no_team"))])
    words = Words(team.language)
    shown = await weeks.board_of(session, team, minimum, incoming.at)
    return Reply([board.message(shown, await board.titles_in(session, team.language), words)])


async def _removed_from_group(session: AsyncSession, group: Address) -> Reply:
    """The bot is gone from a group: nothing goes there any more, and the leads are told."""
    team = await teams.disconnect_group_chat(session, *group.pair)
    return Reply(
        other_chats=[] if team is None else await messages_for_leads(session, team, "lead.put_out")
    )


async def _group_rights(session: AsyncSession, group: Address, may_speak: bool) -> Reply:
    team = await teams.team_of_chat(session, *group.pair)
    if team is None or may_speak:
        return Reply()
    return Reply(other_chats=await messages_for_leads(session, team, "lead.muted"))


async def messages_for_leads(session: AsyncSession, team: TeamRow, key: str) -> OtherChats:
    """The message `key` for each lead who takes part, in their own language."""
    told: OtherChats = []
    for pair in await roles.lead_addresses(session, team.id):
        lead = await members.find_member(session, *pair)
        if lead is not None:
            told.append((Address(*pair), Outgoing(Words(lead.language)(key, team=team.name))))
    return told
