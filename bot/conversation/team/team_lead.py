"""What a lead does with a team: invite, rename, list members, hand over."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.channels.registry import link_to_scan
from bot.conversation.context import HandlerContext, NotUnderstood, row_id_in
from bot.conversation.parsing.dates import read_weekdays
from bot.conversation.parsing.invitations import read_limits
from bot.conversation.parsing.rhythm import opening_hours
from bot.conversation.parsing.times import read_time
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.team.team_access import TeamAccess
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import Rhythm, Weekday, next_moment
from bot.core.rhythm.workdays import is_quiet
from bot.messages import Address, Button, ButtonRows, OtherChats, Outgoing, Picture, Reply
from bot.pictures.drawings import QRCode
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle.leave_team import leave_team
from bot.store.lifecycle.linking import linking, links
from bot.store.members import roles
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import InvitationKind, Role, TeamRow
from bot.store.teams import invitations, teams

MAX_LISTED = 90  # Telegram takes a hundred buttons


async def invite(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers /team uitnodigen: returns a message to pass on, with a link and a QR code.

    `3 dagen 10 mensen` behind it says how long the invitation works, and for how many.

    Raises:
        NotUnderstood: it asks for something else.
    """
    say, team = context.say, access.team
    kind = InvitationKind.TEAM
    valid_for, uses = read_limits(argument, invitations.VALID_FOR[kind], invitations.USES[kind])
    code = await make_invitation(context, team, valid_for, uses)
    links = context.links(code, False)
    words = Words(team.language)
    until = words.day((context.at + valid_for).astimezone(_zone_of(team)).date())
    text = "\n\n".join(
        [
            words("invite.text", team=team.name),
            "\n".join([*links.values(), words("invite.code", code=code)]),
            words("invite.until", until=until, n=uses),
        ]
    )
    scanned = link_to_scan(links)
    picture = Picture(QRCode(scanned), f"{say('invite.file')}.png") if scanned else None
    revoke = Button(say("button.revoke"), f"team:revoke:{team.id}")
    return Reply([Outgoing(text, picture=picture), Outgoing(say("invite.note"), ((revoke,),))])


async def make_invitation(
    context: HandlerContext, team: TeamRow, valid_for: timedelta, uses: int
) -> str:
    """Makes an invitation of people, and returns its code."""
    code = await invitations.create_invitation(
        context.session,
        team.id,
        InvitationKind.TEAM,
        context.at,
        valid_for=valid_for,
        uses=uses,
    )
    detail = audit.invitation(uses, context.at + valid_for)
    await context.record(Action.INVITED, audit.team(team.id), detail)
    return code


async def revoke(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team intrekken: revokes all invitations of the team."""
    await invitations.revoke_all(context.session, access.team.id, context.at)
    await context.record(Action.INVITATION_REVOKED, audit.team(access.team.id))
    confirmation = context.say("invite.revoked", team=access.team.name)
    return Reply([Outgoing(confirmation, replaces=context.pressed)], notice=confirmation)


async def group(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team groep: says how the team gets a group chat."""
    say, team = context.say, access.team
    code = await invitations.create_invitation(
        context.session, team.id, InvitationKind.GROUP, context.at
    )
    await context.record(Action.INVITED, audit.team(team.id), audit.GROUP)
    until = say.moment(
        context.at + invitations.VALID_FOR[InvitationKind.GROUP], context.member.rhythm.zone
    )
    links = context.links(code, True)
    confirmation = say("team.group", team=team.name, code=code, until=until)
    return Reply([Outgoing("\n\n".join([confirmation, *links.values()]))])


async def name(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers /team naam: renames the team."""
    new_name = teams.normalize_name(argument)
    if not teams.is_valid_name(new_name):
        raise NotUnderstood("team.name_unfit", most=NAME_LENGTH)
    try:
        await teams.rename(context.session, access.team, new_name)
    except teams.TeamNameTaken as error:
        raise NotUnderstood("team.name_taken", name=new_name) from error
    return Reply([Outgoing(context.say("team.renamed", team=new_name))])


async def digest(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers /team digest: sets when the week's message comes, turns it off, or says when."""
    team = access.team
    if argument.lower() in vocabulary().off:
        team.next_digest_at = None
    elif argument:
        try:
            at, words = read_time(argument)
            days = read_weekdays(words)
        except NotUnderstood as error:  # it says how to type a rhythm, not this
            raise NotUnderstood("team.digest_unclear", **opening_hours()) from error
        if at is None or days is None or len(days) != 1:
            raise NotUnderstood("team.digest_unclear", **opening_hours())
        if not set_digest(context, team, next(iter(days)), at):
            raise NotUnderstood("team.digest_unclear", **opening_hours())
    return Reply([Outgoing(digest_sentence(context.say, team))])


def set_digest(context: HandlerContext, team: TeamRow, weekday: Weekday, at: time) -> bool:
    """Sets when the week's message comes; returns False when that is in the quiet hours."""
    rhythm = Rhythm(frozenset({weekday}), at, _zone_of(team))
    if is_quiet(next_moment(rhythm, context.at), rhythm.zone):
        return False
    team.digest_weekday, team.digest_time = int(weekday), at
    teams.plan_digest(team, context.at)
    return True


def digest_sentence(say: Words, team: TeamRow) -> str:
    """Says when the week's message comes."""
    if team.next_digest_at is None:
        return say("team.digest_off", team=team.name)
    days = frozenset({Weekday(team.digest_weekday)})
    moment = say.rhythm(Rhythm(days, team.digest_time, _zone_of(team)))
    return say("team.digest_on", team=team.name, moment=moment)


# -- who is there


async def members(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team leden: lists the visible members, with a button to remove each of them."""
    say, team = context.say, access.team
    visible = await visible_members(context, team)
    lines = [say("team.members", team=team.name, n=len(visible))]
    lines += [f"• {shown_name(member, say)}" for member in visible]
    buttons: ButtonRows = tuple(
        (
            Button(
                say("button.remove", name=shown_name(member, say)),
                f"team:remove:{team.id}:{member.id}",
            ),
        )
        for member in visible[:MAX_LISTED]
        if member.id != context.member.id
    )
    return Reply([Outgoing("\n".join(lines), buttons=buttons)])


async def remove(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers the button beside a member: asks for a confirmation, removes them, and tells them."""
    say, team = context.say, access.team
    number, _, answer = argument.partition(":")
    if answer == "no":
        return Reply([Outgoing(say("forget.kept"), replaces=context.pressed)])
    member = await _visible_member(context, team, number)
    member_name = shown_name(member, say)
    if answer != "yes":
        buttons: ButtonRows = (
            (
                Button(
                    say("button.remove_yes", name=member_name),
                    f"team:remove:{team.id}:{member.id}:yes",
                ),
            ),
            (Button(say("button.forget_no"), f"team:remove:{team.id}:{member.id}:no"),),
        )
        question = say("team.remove_ask", name=member_name, team=team.name)
        return Reply([Outgoing(question, buttons=buttons)])
    await leave_team(context.session, team.id, member.id, context.at)
    confirmation = say("team.removed", name=member_name, team=team.name)
    to_member = await _message_for(context, member, "team.removed_you", team)
    return Reply(
        [Outgoing(confirmation, replaces=context.pressed)], confirmation, other_chats=to_member
    )


async def handover(context: HandlerContext, access: TeamAccess, _: str) -> Reply:
    """Answers /team overdragen: asks who will lead."""
    say, team = context.say, access.team
    others = [
        member for member in await visible_members(context, team) if member.id != context.member.id
    ]
    if not others:
        raise NotUnderstood("team.hand_nobody", team=team.name)
    buttons: ButtonRows = tuple(
        (Button(shown_name(member, say), f"team:handto:{team.id}:{member.id}"),)
        for member in others[:MAX_LISTED]
    )
    return Reply([Outgoing(say("team.hand_to", team=team.name), buttons=buttons)])


async def hand_to(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Makes somebody lead: beside the lead who asks, or instead of them."""
    say, team = context.say, access.team
    number, _, how = argument.partition(":")
    member = await _visible_member(context, team, number)
    member_name = shown_name(member, say)
    if how not in ("too", "alone"):
        buttons: ButtonRows = (
            (Button(say("button.together"), f"team:handto:{team.id}:{member.id}:too"),),
            (Button(say("button.hand_all"), f"team:handto:{team.id}:{member.id}:alone"),),
        )
        question = say("team.hand_how", name=member_name, team=team.name)
        return Reply([Outgoing(question, buttons=buttons, replaces=context.pressed)])
    chat = await links.chat_in_team(context.session, member, team.id, context.at)
    await roles.grant(context.session, chat, Role.LEAD, team.id, context.at)
    if how == "alone":
        await _hand_in(context, team)
    role = audit.role(Role.LEAD, team.id)
    await context.record(Action.GRANTED, audit.member(member.id), role)
    if how == "alone":
        await context.record(Action.REVOKED, audit.member(context.member.id), role)
    confirmation = say("team.handed", name=member_name, team=team.name)
    told = Outgoing(Words(member.language)("team.handed_you", team=team.name))
    to_member: OtherChats = [(Address(*chat), told)]
    return Reply(
        [Outgoing(confirmation, replaces=context.pressed)],
        notice=confirmation,
        other_chats=to_member,
    )


async def _hand_in(context: HandlerContext, team: TeamRow) -> None:
    """Takes the lead of a team from whoever hands it over: from all their chats.

    While a link can be undone, the other chat may be of somebody else, whose lead it is to keep.
    """
    session, member, at = context.session, context.member, context.at
    if await links.undoable_link(session, member.id, at) is None:
        await roles.revoke_of_member(session, member.id, Role.LEAD, team.id, at)
    else:
        await roles.revoke(session, context.sender.pair, Role.LEAD, team.id, at)


async def visible_members(context: HandlerContext, team: TeamRow) -> list[MemberRow]:
    """Returns the members of a team who let it see them, in the order in which they joined."""
    memberships = await teams.members_of(context.session, team.id)
    return [member for member, membership in memberships if not membership.hidden]


async def _visible_member(context: HandlerContext, team: TeamRow, number: str) -> MemberRow:
    """Returns a visible member of the team.

    Raises:
        DeadButton: there is none of this number.
        NotUnderstood: they left meanwhile.
    """
    member_id = row_id_in(number)
    for member in await visible_members(context, team):
        if member.id == member_id:
            return member
    raise NotUnderstood("team.member_gone", team=team.name)


async def _message_for(
    context: HandlerContext, member: MemberRow, key: str, team: TeamRow
) -> OtherChats:
    """Returns a message for a member, to the first of their chats."""
    chats = await linking.chats_of(context.session, member)
    message = Outgoing(Words(member.language)(key, team=team.name))
    return [(Address(*pair), message) for pair in chats.addresses[:1]]


def shown_name(member: MemberRow, say: Words) -> str:
    """Returns what a lead reads as the name of a member."""
    return member.name or say("team.nameless")


def _zone_of(team: TeamRow) -> ZoneInfo:
    return ZoneInfo(team.zone)
