"""What a lead does with a team: invite, rename, see who is there, hand over."""

from collections.abc import Awaitable, Callable
from functools import partial
from zoneinfo import ZoneInfo

from bot.conversation.context import HandlerContext, NotUnderstood, row_id_in
from bot.conversation.parsing.dates import read_time, read_weekdays
from bot.conversation.parsing.invitations import read_limits
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.team.team_access import TeamAccess
from bot.conversation.words import Words
from bot.core.rhythm import Rhythm, Weekday, next_moment
from bot.core.workdays import is_quiet
from bot.messages import Address, Button, ButtonRows, OtherChats, Outgoing, Picture, Reply
from bot.pictures.qr import draw_qr
from bot.store.lifecycle import linking
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import roles
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import InvitationKind, Role, TeamRow
from bot.store.teams import invitations, teams

MAX_LISTED = 90  # Telegram takes a hundred buttons

Verb = Callable[[HandlerContext, TeamAccess, str], Awaitable[Reply]]


def for_leads(handler: Verb) -> Verb:
    """The same, for leads alone; anybody else is told so."""

    async def checked(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
        if not theirs.leads:
            raise NotUnderstood("team.not_lead", team=theirs.team.name)
        return await handler(context, theirs, argument)

    return checked


async def invite(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """/team uitnodigen [3 dagen] [10 mensen]: a message to pass on: a link, a code, a QR code.

    Raises:
        Misunderstood: it asks for something else.
    """
    say, team = context.say, theirs.team
    kind = InvitationKind.TEAM
    lasts, uses = read_limits(argument, invitations.LASTS[kind], invitations.USES[kind])
    code = await invitations.create_invitation(
        context.session, team.id, kind, context.at, lasts=lasts, uses=uses
    )
    links = context.links(code, False)
    words = Words(team.language)
    until = words.day((context.at + lasts).astimezone(_zone(team)).date())
    text = "\n\n".join(
        [
            words("invite.text", team=team.name),
            "\n".join([*links.values(), words("invite.code", code=code)]),
            words("invite.until", until=until, n=uses),
        ]
    )
    scanned = links.get("telegram") or next(iter(links.values()), None)
    picture = scanned and Picture(partial(draw_qr, scanned), f"{say('invite.file')}.png")
    revoke = Button(say("button.revoke"), f"team:revoke:{team.id}")
    return Reply(
        [Outgoing(text, picture=picture or None), Outgoing(say("invite.note"), ((revoke,),))]
    )


async def revoke(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team intrekken: no invitation of before opens anything any more."""
    await invitations.revoke_all(context.session, theirs.team.id, context.at)
    told = context.say("invite.revoked", team=theirs.team.name)
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told)


async def group(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team groep: how the team gets a group chat."""
    say, team = context.say, theirs.team
    code = await invitations.create_invitation(
        context.session, team.id, InvitationKind.GROUP, context.at
    )
    until = say.moment(
        context.at + invitations.LASTS[InvitationKind.GROUP], context.member.rhythm.zone
    )
    links = context.links(code, True)
    told = say("team.group", team=team.name, code=code, until=until)
    return Reply([Outgoing("\n\n".join([told, *links.values()]))])


async def name(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """/team naam: another name."""
    wanted = teams.normalize_name(argument)
    if not teams.is_valid_name(wanted):
        raise NotUnderstood("team.name_unfit")
    try:
        await teams.rename(context.session, theirs.team, wanted)
    except teams.TeamNameTaken as error:
        raise NotUnderstood("team.name_taken", name=wanted) from error
    return Reply([Outgoing(context.say("team.renamed", team=wanted))])


async def digest(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """/team digest: when the week's message comes, or that it does not."""
    team = theirs.team
    if argument.lower() in vocabulary().off:
        team.next_digest_at = None
    elif argument:
        at, words = read_time(argument)
        days = read_weekdays(words)
        if at is None or days is None or len(days) != 1:
            raise NotUnderstood("team.digest_unclear")
        weekday = next(iter(days))
        rhythm = Rhythm(days, at, _zone(team))
        if is_quiet(next_moment(rhythm, context.at), rhythm.zone):
            raise NotUnderstood("team.digest_unclear")
        team.digest_weekday, team.digest_time = int(weekday), at
        teams.plan_digest(team, context.at)
    return Reply([Outgoing(_digest_sentence(context.say, team))])


def _digest_sentence(say: Words, team: TeamRow) -> str:
    if team.next_digest_at is None:
        return say("team.digest_off", team=team.name)
    days = frozenset({Weekday(team.digest_weekday)})
    moment = say.rhythm(Rhythm(days, team.digest_time, _zone(team)))
    return say("team.digest_on", team=team.name, moment=moment)


# -- who is there


async def members(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team leden: who is there and visible, with a button to take each of them out."""
    say, team = context.say, theirs.team
    visible = await _visible(context, team)
    lines = [say("team.members", team=team.name, n=len(visible))]
    lines += [f"• {_name(one, say)}" for one in visible]
    buttons: ButtonRows = tuple(
        (Button(say("button.remove", name=_name(one, say)), f"team:remove:{team.id}:{one.id}"),)
        for one in visible[:MAX_LISTED]
        if one.id != context.member.id
    )
    return Reply([Outgoing("\n".join(lines), buttons=buttons)])


async def remove(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """The button beside a member: asks once, and then they are told."""
    say, team = context.say, theirs.team
    number, _, answer = argument.partition(":")
    if answer == "no":
        return Reply([Outgoing(say("forget.kept"), replaces=context.pressed)])
    who = await _visible_member(context, team, number)
    called = _name(who, say)
    if answer != "yes":
        buttons: ButtonRows = (
            (Button(say("button.remove_yes", name=called), f"team:remove:{team.id}:{who.id}:yes"),),
            (Button(say("button.forget_no"), f"team:remove:{team.id}:{who.id}:no"),),
        )
        asked = say("team.remove_ask", name=called, team=team.name)
        return Reply([Outgoing(asked, buttons=buttons)])
    await leave_team(context.session, team.id, who.id, context.at)
    told = say("team.removed", name=called, team=team.name)
    heard = await _message_for(context, who, "team.removed_you", team)
    return Reply([Outgoing(told, replaces=context.pressed)], told, other_chats=heard)


async def handover(context: HandlerContext, theirs: TeamAccess, _: str) -> Reply:
    """/team overdragen: who will lead."""
    say, team = context.say, theirs.team
    others = [one for one in await _visible(context, team) if one.id != context.member.id]
    if not others:
        raise NotUnderstood("team.hand_nobody", team=team.name)
    buttons: ButtonRows = tuple(
        (Button(_name(one, say), f"team:handto:{team.id}:{one.id}"),) for one in others[:MAX_LISTED]
    )
    return Reply([Outgoing(say("team.hand_to", team=team.name), buttons=buttons)])


async def hand_to(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """Somebody else leads: beside whoever asks, or instead of them."""
    say, team = context.say, theirs.team
    number, _, how = argument.partition(":")
    who = await _visible_member(context, team, number)
    called = _name(who, say)
    if how not in ("too", "alone"):
        buttons: ButtonRows = (
            (Button(say("button.together"), f"team:handto:{team.id}:{who.id}:too"),),
            (Button(say("button.hand_all"), f"team:handto:{team.id}:{who.id}:alone"),),
        )
        asked = say("team.hand_how", name=called, team=team.name)
        return Reply([Outgoing(asked, buttons=buttons, replaces=context.pressed)])
    chats = await linking.chats_of(context.session, who)
    await roles.grant(context.session, chats.addresses[0], Role.LEAD, team.id, context.at)
    if how == "alone":
        await roles.revoke_of_member(context.session, context.member.id, Role.LEAD, team.id)
    told = say("team.handed", name=called, team=team.name)
    heard = await _message_for(context, who, "team.handed_you", team)
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told, other_chats=heard)


async def _visible(context: HandlerContext, team: TeamRow) -> list[MemberRow]:
    belonging = await teams.members_of(context.session, team.id)
    return [member for member, belongs in belonging if not belongs.hidden]


async def _visible_member(context: HandlerContext, team: TeamRow, number: str) -> MemberRow:
    """A visible member of the team.

    Raises:
        DeadButton: there is none of this number.
        Misunderstood: they left meanwhile.
    """
    wanted = row_id_in(number)
    for member in await _visible(context, team):
        if member.id == wanted:
            return member
    raise NotUnderstood("team.member_gone", team=team.name)


async def _message_for(
    context: HandlerContext, who: MemberRow, key: str, team: TeamRow
) -> OtherChats:
    """Something that concerns a member, in the first of their chats."""
    chats = await linking.chats_of(context.session, who)
    told = Outgoing(Words(who.language)(key, team=team.name))
    return [(Address(*pair), told) for pair in chats.addresses[:1]]


def _name(member: MemberRow, say: Words) -> str:
    return member.name or say("team.nameless")


def _zone(team: TeamRow) -> ZoneInfo:
    return ZoneInfo(team.zone)


VERB: dict[str, Verb] = {
    "invite": invite,
    "revoke": revoke,
    "group": group,
    "name": name,
    "digest": digest,
    "members": members,
    "remove": remove,
    "handover": handover,
    "handto": hand_to,
}
