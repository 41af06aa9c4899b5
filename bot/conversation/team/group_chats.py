"""Replies in group chats, where everybody reads along: nothing about any member."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import find_channel
from bot.conversation.render import board
from bot.conversation.team import group_requests
from bot.conversation.team.invitations import refusal
from bot.conversation.typed_codes import CodeKind, TypedCode
from bot.conversation.words import Words
from bot.membership import (
    AddedToGroup,
    AddedToSpace,
    GroupMoved,
    GroupRights,
    NotPrivate,
    RemovedFromGroup,
    SecondChat,
)
from bot.messages import FOR_MINUTES, Address, Incoming, OtherChats, Outgoing, Pressed, Reply, Typed
from bot.store.admin import audit
from bot.store.admin.audit import Action, NewEntry
from bot.store.boxes import outbox
from bot.store.schema.teams import InvitationKind, TeamRow
from bot.store.teams import group_requests as stored_requests
from bot.store.teams import invitations, teams, weeks
from bot.store.teams.invitations import InvalidReason

INTRODUCED_BY = ("help", "start")


async def reply_in_group(
    session: AsyncSession,
    incoming: Incoming,
    say: Words,
    command_id: str,
    code: TypedCode,
    minimum: int,
) -> Reply:
    """Answers in a group what was meant for the bot.

    Args:
        session: the transaction.
        incoming: what somebody did there.
        say: words in their language.
        command_id: the id of the command that was typed; empty: it was none.
        code: what stood behind the command.
        minimum: how many members need to have had a round before a team has figures.
    """
    match incoming.content:
        case AddedToGroup():
            return Reply([_introduction(incoming, say)])
        case AddedToSpace():
            return Reply([Outgoing(say("group.space"))])
        case NotPrivate():
            return Reply([Outgoing(say("group.not_private"))])
        case SecondChat():
            return Reply([Outgoing(say("group.second_chat"))])
        case RemovedFromGroup():
            return await _removed_from_group(session, _group(incoming), incoming.at)
        case GroupRights(may_speak):
            return await _group_rights(session, _group(incoming), may_speak)
        case GroupMoved(to):
            await teams.move_group_chat(session, *_group(incoming).pair, to)
            await stored_requests.move_request(session, *_group(incoming).pair, to)
            await outbox.move_chat(session, *_group(incoming).pair, to)
            return Reply()
        case Pressed():
            return Reply(notice=say("group.private"))
        case Typed():
            if command_id == "team":
                return await _board(session, incoming, say, minimum)
            return await _typed(session, incoming, say, command_id, code)
    return Reply()


def _group(incoming: Incoming) -> Address:
    return incoming.group or incoming.sender


async def _typed(
    session: AsyncSession, incoming: Incoming, say: Words, command_id: str, code: TypedCode
) -> Reply:
    if command_id == "start" and code.text:
        return await _connect(session, incoming, say, code)
    if command_id in INTRODUCED_BY:
        return Reply([_introduction(incoming, say)])
    return Reply([Outgoing(say("group.private"), relevant_for=FOR_MINUTES)])


def _introduction(incoming: Incoming, say: Words) -> Outgoing:
    """Returns who the bot is, with how to talk to it in private if it can arrange that itself."""
    channel, text = find_channel(_group(incoming).channel), say("group.introduction")
    opens_chats = channel is not None and channel.opens_chats
    return Outgoing(f"{text}\n\n{say('group.offer')}" if opens_chats else text)


async def _connect(session: AsyncSession, incoming: Incoming, say: Words, code: TypedCode) -> Reply:
    """Asks the leads of the team whose code it is whether this becomes its group chat."""
    group = _group(incoming)
    if too_soon := code.refusal(say):
        return Reply([Outgoing(too_soon)])
    invitation = await invitations.find_invitation(session, code.text)
    if invitation is None:
        code.count_as_wrong(CodeKind.GROUP)
        return Reply([refusal(InvalidReason.UNKNOWN, code.text, say)])
    if reason := invitation.invalid_reason(InvitationKind.GROUP, incoming.at):
        return Reply([refusal(reason, code.text, say)])
    team, other = invitation.team, await teams.team_of_chat(session, *group.pair)
    if other is not None and other.id != team.id:
        return Reply([Outgoing(say("group.anothers", team=other.name))])
    leads = await group_requests.leads_of(session, team)
    if not leads:
        return Reply([Outgoing(say("group.no_lead"))])
    if not await invitations.use_once(session, invitation):
        return Reply([refusal(InvalidReason.USED_UP, code.text, say)])
    request = await stored_requests.open_request(
        session, team.id, group.pair, incoming.reply_address.id, incoming.at
    )
    questions = group_requests.questions_for_leads(leads, team, request, incoming)
    return Reply([Outgoing(say("group.awaits_lead"))], other_chats=questions)


async def _board(session: AsyncSession, incoming: Incoming, say: Words, minimum: int) -> Reply:
    """Answers /team in a group: the board of the team whose group this is."""
    team = await teams.team_of_chat(session, *_group(incoming).pair)
    if team is None:
        return Reply([Outgoing(say("group.no_team"))])
    words = Words(team.language)
    current = await weeks.board_of(session, team, minimum, incoming.at)
    return Reply([board.message(current, await board.titles_in(session, team.language), words)])


async def _removed_from_group(session: AsyncSession, group: Address, at: datetime) -> Reply:
    """Disconnects a group that the bot was removed from, and tells the team's leads."""
    await stored_requests.drop_request(session, *group.pair)
    team = await teams.disconnect_group_chat(session, *group.pair, at)
    if team is None:
        return Reply()
    act = NewEntry(audit.SYSTEM, Action.GROUP_DISCONNECTED, audit.team(team.id), group.channel)
    await audit.record(session, act, at)
    return Reply(other_chats=await messages_for_leads(session, team, "lead.put_out"))


async def _group_rights(session: AsyncSession, group: Address, may_speak: bool) -> Reply:
    team = await teams.team_of_chat(session, *group.pair)
    if team is None or may_speak:
        return Reply()
    return Reply(other_chats=await messages_for_leads(session, team, "lead.muted"))


async def messages_for_leads(session: AsyncSession, team: TeamRow, key: str) -> OtherChats:
    """Returns the message `key` for each lead who takes part, in their own language."""
    return [
        (address, Outgoing(Words(lead.language)(key, team=team.name)))
        for address, lead in await group_requests.leads_of(session, team)
    ]
