"""Linking two chats: both are told with whom and what follows, both confirm, and each can undo it.

Nothing is shared before both have confirmed: whoever is talked into typing a code reads first whose
it is, and whoever passed a code on by mistake reads first who used it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.typed_codes import CodeKind, TypedCode
from bot.conversation.words import Words
from bot.messages import Address, Button, ButtonRows, Incoming, OtherChats, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle.linking import link_requests, linking, links
from bot.store.members import members
from bot.store.schema.members import LinkRequestRow, LinkRow, MemberRow

MINUTE = timedelta(minutes=1)
BUTTON = "link"


@dataclass(frozen=True, slots=True)
class JoiningChat:
    """A chat that used a code.

    Attributes:
        session: the transaction.
        chat: its address.
        say: words in its language.
        at: the present.
        member: who is there; None: somebody who has no diary yet.
        name: what they call themselves; None: nobody knows.
        pressed: the id of the message they pressed a button under.
    """

    session: AsyncSession
    chat: Address
    say: Words
    at: datetime
    member: MemberRow | None
    name: str | None
    pressed: str | None = None


async def ask(context: HandlerContext, code: str) -> Reply:
    """Answers a code in the chat of a member: asks whether they want to join its owner.

    Raises:
        NotUnderstood: the code is not valid, or is their own, or the chats cannot be linked.
    """
    typed = context.typed_code(code)
    _require_patience(typed)
    if await linking.code_owner(context.session, code, context.at) == context.member.id:
        raise NotUnderstood("link.own_code")
    return await _ask_to_join(_joining(context), typed)


async def ask_stranger(
    session: AsyncSession, incoming: Incoming, say: Words, code: TypedCode
) -> Reply:
    """Answers a code in the chat of somebody who is no member yet; the same question."""
    joining = JoiningChat(session, incoming.sender, say, incoming.at, None, incoming.name)
    try:
        _require_patience(code)
        async with session.begin_nested():  # a code that was refused stays good for another chat
            return await _ask_to_join(joining, code)
    except NotUnderstood as error:
        return Reply([Outgoing(say(error.key, **error.values))])


def _require_patience(code: TypedCode) -> None:
    """Checks that not too many wrong codes were typed.

    Raises:
        NotUnderstood: too many were.
    """
    if (minutes := code.minutes_to_wait()) is not None:
        raise NotUnderstood("code.too_many", minutes=minutes)


async def _ask_to_join(joining: JoiningChat, code: TypedCode) -> Reply:
    session, say = joining.session, joining.say
    owner = await linking.redeem(session, code.text, joining.at)
    if owner is None:
        code.count_as_wrong(CodeKind.LINK)
        raise NotUnderstood("link.no_such_code")
    await _require_linkable(joining, owner)
    request = await link_requests.open_request(
        session, owner, joining.chat.pair, say.language, joining.at
    )
    question = say(
        "link.ask_joining",
        name=owner.name or say("link.nameless"),
        channels=await _titles(session, owner, say),
        since=say.short_day(members.today(owner, owner.joined_at)),
    )
    return Reply([Outgoing(question, buttons=_answers(say, f"join:{request.id}"))])


async def _require_linkable(joining: JoiningChat, owner: MemberRow) -> None:
    """Checks that two chats can be linked.

    Raises:
        NotUnderstood: both have a chat on one platform, or one of them was linked this week.
    """
    channels = {joining.chat.channel}
    for member in (owner, joining.member):
        link = member and await links.undoable_link(joining.session, member.id, joining.at)
        if link:
            day = members.today(owner, link.undo_until)
            raise NotUnderstood("link.one_at_a_time", day=joining.say.day(day))
    if joining.member is not None:
        channels |= (await linking.chats_of(joining.session, joining.member)).channels
    owners_chats = await linking.chats_of(joining.session, owner)
    if twice := owners_chats.channels & channels:
        # Messages are known by their id on a platform, and in two chats these may be the same.
        raise NotUnderstood("link.twice", channel=channel_title(min(twice)))


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button about a link: `join:12:yes`, `confirm:12:no`, `undo:7`.

    Raises:
        DeadButton: what it is about is over, or was another chat's to decide.
    """
    verb, _, rest = argument.partition(":")
    number, _, answer = rest.partition(":")
    match verb:
        case "join":
            return await _answer_of_joining(_joining(context), row_id_in(number), answer == "yes")
        case "confirm":
            return await _answer_of_owner(context, row_id_in(number), answer == "yes")
        case "undo":
            return await _undo(context, row_id_in(number))
    raise DeadButton


async def press_stranger(
    session: AsyncSession, incoming: Incoming, say: Words, action: str, pressed: str | None
) -> Reply | None:
    """Answers the same in the chat of somebody who is no member yet; None: no such button."""
    verb, number, answer = [*action.removeprefix(f"{BUTTON}:").split(":"), "", ""][:3]
    if not action.startswith(f"{BUTTON}:") or verb != "join":
        return None
    joining = JoiningChat(session, incoming.sender, say, incoming.at, None, incoming.name, pressed)
    try:
        return await _answer_of_joining(joining, row_id_in(number), answer == "yes")
    except DeadButton:
        return None


async def _answer_of_joining(joining: JoiningChat, request_id: int, agrees: bool) -> Reply:
    """Asks the owner of the code, or tells them that nothing comes of it."""
    session, say = joining.session, joining.say
    request = await link_requests.request_of_chat(
        session, request_id, joining.chat.pair, joining.at
    )
    if request is None:
        raise DeadButton
    owner = await session.get_one(MemberRow, request.member_id)
    if not agrees:
        await session.delete(request)
        here = Outgoing(say("link.refused"), replaces=joining.pressed)
        elsewhere = Outgoing(Words(owner.language)("link.refused_elsewhere"))
        return Reply([here], other_chats=await _to_chats(session, owner, elsewhere))
    request.confirmed = True
    request.expires_at = joining.at + linking.CODE_VALID_FOR
    minutes = linking.CODE_VALID_FOR // MINUTE
    here = Outgoing(say("link.asked_elsewhere", minutes=minutes), replaces=joining.pressed)
    question = _question_for_owner(joining, owner, request)
    return Reply([here], other_chats=await _to_chats(session, owner, question))


def _question_for_owner(
    joining: JoiningChat, owner: MemberRow, request: LinkRequestRow
) -> Outgoing:
    say, member = Words(owner.language), joining.member
    since = (
        say("link.is_new")
        if member is None
        else say("link.since", day=say.short_day(members.today(member, member.joined_at)))
    )
    question = say(
        "link.ask_owner",
        name=joining.name or say("link.nameless"),
        channel=channel_title(joining.chat.channel),
        since=since,
    )
    return Outgoing(question, buttons=_answers(say, f"confirm:{request.id}"))


async def _answer_of_owner(context: HandlerContext, request_id: int, agrees: bool) -> Reply:
    """Makes the two one, or tells both that nothing comes of it."""
    session, owner, say = context.session, context.member, context.say
    request = await link_requests.request_to_member(session, request_id, owner.id, context.at)
    if request is None:
        raise DeadButton
    chat, language = Address(request.channel, request.address), request.language
    await session.delete(request)
    other = await members.find_member(session, *chat.pair, for_update=True)
    if not agrees:
        told = Outgoing(Words(other.language if other else language)("link.refused_elsewhere"))
        here = Outgoing(say("link.refused"), replaces=context.pressed)
        return Reply([here], other_chats=[(chat, told), *await _to_others(context, say)])
    await _require_linkable(JoiningChat(session, chat, say, context.at, other, None), owner)
    is_new = other is None
    if other is None:
        other = await members.add_member(session, *chat.pair, language, owner.zone, context.at)
        await session.refresh(other, ["absence_rows"])
    before = await linking.chats_of(session, owner)
    joined = await linking.chats_of(session, other)
    link = await links.link_members(session, owner, other, context.at, is_new=is_new)
    await context.record(Action.LINKED, audit.member(other.id), audit.member(owner.id))
    return await _linked(context, link, before, joined)


async def _linked(
    context: HandlerContext, link: LinkRow, before: linking.Chats, joined: linking.Chats
) -> Reply:
    say, undo = context.say, (undo_button(context.say, link),)
    until = say("link.undo_until", day=undo_day(context.member, link, say))
    channels = ", ".join(channel_title(name) for name in sorted(joined.channels))
    told = "\n\n".join([say("link.linked_elsewhere", channel=channels), until])
    here = Outgoing(told, buttons=(undo,), replaces=context.pressed)
    other_chats: OtherChats = [
        (Address(*pair), Outgoing(told, buttons=(undo,)))
        for pair in before.addresses
        if pair != context.sender.pair
    ]
    question = "\n\n".join([say("link.linked"), until, say("link.where")])
    buttons = (*await channel_buttons(context.session, context.member), undo)
    other_chats += [
        (Address(*pair), Outgoing(question, buttons=buttons)) for pair in joined.addresses
    ]
    return Reply([here], other_chats=other_chats)


async def _undo(context: HandlerContext, joined_id: int) -> Reply:
    """Splits the chats again, for whoever asks it: one tap is enough, as nothing is lost by it."""
    session, say = context.session, context.say
    link = await links.undoable_link(session, context.member.id, context.at)
    if link is None or link.joined_member_id != joined_id:
        raise DeadButton
    chats = await linking.chats_of(session, context.member)
    await links.undo_link(session, context.vault, context.member, link, context.at)
    await context.record(Action.UNLINKED, audit.member(joined_id), "undone")
    told = Outgoing(say("link.undone"))
    others = [pair for pair in chats.addresses if pair != context.sender.pair]
    return Reply(
        [replace(told, replaces=context.pressed)],
        notice=told.text,
        # The copies of what was sealed under another key are in the write-ahead log.
        erased=True,
        other_chats=[(Address(*pair), told) for pair in others],
    )


def expired(request: LinkRequestRow, owner: MemberRow, owner_chats: linking.Chats) -> OtherChats:
    """Returns what both chats are told about a request that nobody answered in time."""
    there = Outgoing(Words(request.language)("link.expired"))
    here = Outgoing(Words(owner.language)("link.expired"))
    return [
        (Address(request.channel, request.address), there),
        *((Address(*pair), here) for pair in owner_chats.addresses),
    ]


def undo_button(say: Words, link: LinkRow) -> Button:
    """Returns the button that splits two linked chats again."""
    return Button(say("button.link_undo"), f"{BUTTON}:undo:{link.joined_member_id}")


def undo_day(member: MemberRow, link: LinkRow, say: Words) -> str:
    """Returns the last day on which a link can be undone, as the member's language has it."""
    return say.day(members.today(member, link.undo_until - MINUTE))


async def channel_buttons(session: AsyncSession, member: MemberRow) -> ButtonRows:
    """Returns a button for each of the member's channels, with the chosen one marked."""
    chats = await linking.chats_of(session, member)
    return tuple(
        (
            Button(
                f"{channel_title(name)} ✓" if name == chats.chosen else channel_title(name),
                f"channel:{name}",
            ),
        )
        for name in sorted(chats.channels)
    )


def _joining(context: HandlerContext) -> JoiningChat:
    return JoiningChat(
        context.session,
        context.sender,
        context.say,
        context.at,
        context.member,
        context.member.name,
        context.pressed,
    )


def _answers(say: Words, about: str) -> ButtonRows:
    return (
        (Button(say("button.link_yes"), f"{BUTTON}:{about}:yes"),),
        (Button(say("button.link_no"), f"{BUTTON}:{about}:no"),),
    )


async def _titles(session: AsyncSession, owner: MemberRow, say: Words) -> str:
    chats = await linking.chats_of(session, owner)
    return say.list(channel_title(name) for name in sorted(chats.channels))


async def _to_chats(session: AsyncSession, member: MemberRow, message: Outgoing) -> OtherChats:
    chats = await linking.chats_of(session, member)
    return [(Address(*pair), message) for pair in chats.addresses]


async def _to_others(context: HandlerContext, say: Words) -> OtherChats:
    """Returns the refusal for the other chats of the member who refused, which were asked too."""
    told = Outgoing(say("link.refused"))
    chats = await _to_chats(context.session, context.member, told)
    return [(address, message) for address, message in chats if address != context.sender]
