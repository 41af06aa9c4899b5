"""What a lead does with a team: invite, rename, see who is there, hand over."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.conversation.context import Misunderstood, Turn, number_in
from bot.conversation.parsing.dates import read_time, read_weekdays
from bot.conversation.team.team_access import Theirs
from bot.conversation.words import Words
from bot.core.rhythm import Rhythm, Weekday, next_moment
from bot.core.workdays import is_quiet
from bot.messages import Address, Button, Elsewhere, Outgoing, Picture, Reply, Rows
from bot.pictures.qr import draw_qr
from bot.store.lifecycle import linking
from bot.store.lifecycle.leave_team import part
from bot.store.members import roles
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import Opens, Role, TeamRow
from bot.store.teams import invitations, teams

OFF = frozenset({"uit", "off", "nee", "no"})
DAYS = re.compile(r"\b(\d{1,4})\s*(?:dag(?:en)?|days?)\b")
PEOPLE = re.compile(r"\b(\d{1,6})\s*(?:mens(?:en)?|people|person|keer|times)\b")
ONE_DAY, A_YEAR, MOST_USES = timedelta(days=1), timedelta(days=365), 10_000
MOST_LISTED = 90  # Telegram takes a hundred buttons

Verb = Callable[[Turn, Theirs, str], Awaitable[Reply]]


def for_leads(handler: Verb) -> Verb:
    """The same, for leads alone; anybody else is told so."""

    async def checked(turn: Turn, theirs: Theirs, argument: str) -> Reply:
        if not theirs.leads:
            raise Misunderstood("team.not_lead", team=theirs.team.name)
        return await handler(turn, theirs, argument)

    return checked


async def invite(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """/team uitnodigen [3 dagen] [10 mensen]: a message to pass on: a link, a code, a QR code.

    Raises:
        Misunderstood: it asks for something else.
    """
    say, team = turn.say, theirs.team
    lasts, uses = _limits(argument)
    code = await invitations.new(turn.session, team.id, Opens.TEAM, turn.at, lasts=lasts, uses=uses)
    links = turn.links(code, False)
    words = Words(team.language)
    until = words.day((turn.at + lasts).astimezone(_zone(team)).date())
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


def _limits(argument: str) -> tuple[timedelta, int]:
    """How long an invitation works, and for how many people."""
    lasts, uses = invitations.LASTS[Opens.TEAM], invitations.USES[Opens.TEAM]
    left = argument.lower()
    if found := DAYS.search(left):
        lasts, left = timedelta(days=int(found[1])), left.replace(found[0], "")
    if found := PEOPLE.search(left):
        uses, left = int(found[1]), left.replace(found[0], "")
    if left.strip(" ,") or not (ONE_DAY <= lasts <= A_YEAR and 0 < uses <= MOST_USES):
        raise Misunderstood("invite.unclear")
    return lasts, uses


async def revoke(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team intrekken: no invitation of before opens anything any more."""
    await invitations.revoke_all(turn.session, theirs.team.id, turn.at)
    told = turn.say("invite.revoked", team=theirs.team.name)
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)


async def group(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team groep: how the team gets a group chat."""
    say, team = turn.say, theirs.team
    code = await invitations.new(turn.session, team.id, Opens.GROUP, turn.at)
    until = say.moment(turn.at + invitations.LASTS[Opens.GROUP], turn.member.rhythm.zone)
    links = turn.links(code, True)
    told = say("team.group", team=team.name, code=code, until=until)
    return Reply([Outgoing("\n\n".join([told, *links.values()]))])


async def name(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """/team naam: another name."""
    wanted = teams.tidy(argument)
    if not teams.fits(wanted):
        raise Misunderstood("team.name_unfit")
    try:
        await teams.rename(turn.session, theirs.team, wanted)
    except teams.NameTaken as error:
        raise Misunderstood("team.name_taken", name=wanted) from error
    return Reply([Outgoing(turn.say("team.renamed", team=wanted))])


async def digest(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """/team digest: when the week's message comes, or that it does not."""
    team = theirs.team
    if argument.lower() in OFF:
        team.next_digest_at = None
    elif argument:
        at, words = read_time(argument)
        days = read_weekdays(words)
        if at is None or days is None or len(days) != 1:
            raise Misunderstood("team.digest_unclear")
        weekday = next(iter(days))
        rhythm = Rhythm(days, at, _zone(team))
        if is_quiet(next_moment(rhythm, turn.at), rhythm.zone):
            raise Misunderstood("team.digest_unclear")
        team.digest_weekday, team.digest_time = int(weekday), at
        teams.plan_digest(team, turn.at)
    return Reply([Outgoing(_digest_told(turn.say, team))])


def _digest_told(say: Words, team: TeamRow) -> str:
    if team.next_digest_at is None:
        return say("team.digest_off", team=team.name)
    days = frozenset({Weekday(team.digest_weekday)})
    moment = say.rhythm(Rhythm(days, team.digest_time, _zone(team)))
    return say("team.digest_on", team=team.name, moment=moment)


# -- who is there


async def members(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team leden: who is there and visible, with a button to take each of them out."""
    say, team = turn.say, theirs.team
    visible = await _visible(turn, team)
    lines = [say("team.members", team=team.name, n=len(visible))]
    lines += [f"• {_name(one, say)}" for one in visible]
    buttons: Rows = tuple(
        (Button(say("button.remove", name=_name(one, say)), f"team:remove:{team.id}:{one.id}"),)
        for one in visible[:MOST_LISTED]
        if one.id != turn.member.id
    )
    return Reply([Outgoing("\n".join(lines), buttons=buttons)])


async def remove(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """The button beside a member: asks once, and then they are told."""
    say, team = turn.say, theirs.team
    number, _, answer = argument.partition(":")
    if answer == "no":
        return Reply([Outgoing(say("forget.kept"), replaces=turn.pressed)])
    who = await _one(turn, team, number)
    called = _name(who, say)
    if answer != "yes":
        buttons: Rows = (
            (Button(say("button.remove_yes", name=called), f"team:remove:{team.id}:{who.id}:yes"),),
            (Button(say("button.forget_no"), f"team:remove:{team.id}:{who.id}:no"),),
        )
        asked = say("team.remove_ask", name=called, team=team.name)
        return Reply([Outgoing(asked, buttons=buttons)])
    await part(turn.session, team.id, who.id, turn.at)
    told = say("team.removed", name=called, team=team.name)
    heard = await _tell(turn, who, "team.removed_you", team)
    return Reply([Outgoing(told, replaces=turn.pressed)], told, elsewhere=heard)


async def handover(turn: Turn, theirs: Theirs, _: str) -> Reply:
    """/team overdragen: who will lead."""
    say, team = turn.say, theirs.team
    others = [one for one in await _visible(turn, team) if one.id != turn.member.id]
    if not others:
        raise Misunderstood("team.hand_nobody", team=team.name)
    buttons: Rows = tuple(
        (Button(_name(one, say), f"team:handto:{team.id}:{one.id}"),)
        for one in others[:MOST_LISTED]
    )
    return Reply([Outgoing(say("team.hand_to", team=team.name), buttons=buttons)])


async def hand_to(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """Somebody else leads: beside whoever asks, or instead of them."""
    say, team = turn.say, theirs.team
    number, _, how = argument.partition(":")
    who = await _one(turn, team, number)
    called = _name(who, say)
    if how not in ("too", "alone"):
        buttons: Rows = (
            (Button(say("button.together"), f"team:handto:{team.id}:{who.id}:too"),),
            (Button(say("button.hand_all"), f"team:handto:{team.id}:{who.id}:alone"),),
        )
        asked = say("team.hand_how", name=called, team=team.name)
        return Reply([Outgoing(asked, buttons=buttons, replaces=turn.pressed)])
    chats = await linking.chats_of(turn.session, who)
    await roles.grant(turn.session, chats.addresses[0], Role.LEAD, team.id, turn.at)
    if how == "alone":
        await roles.revoke_of_member(turn.session, turn.member.id, Role.LEAD, team.id)
    told = say("team.handed", name=called, team=team.name)
    heard = await _tell(turn, who, "team.handed_you", team)
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told, elsewhere=heard)


async def _visible(turn: Turn, team: TeamRow) -> list[MemberRow]:
    belonging = await teams.members_of(turn.session, team.id)
    return [member for member, belongs in belonging if not belongs.hidden]


async def _one(turn: Turn, team: TeamRow, number: str) -> MemberRow:
    """A visible member of the team.

    Raises:
        DeadButton: there is none of this number.
        Misunderstood: they left meanwhile.
    """
    wanted = number_in(number)
    for member in await _visible(turn, team):
        if member.id == wanted:
            return member
    raise Misunderstood("team.member_gone", team=team.name)


async def _tell(turn: Turn, who: MemberRow, key: str, team: TeamRow) -> Elsewhere:
    """Something that concerns a member, in the first of their chats."""
    chats = await linking.chats_of(turn.session, who)
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
