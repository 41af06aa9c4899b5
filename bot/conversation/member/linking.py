"""/koppel: the same person in another chat, and where their nudges come."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.words import Words
from bot.messages import Address, Button, ButtonRows, Incoming, Outgoing, Reply
from bot.store.lifecycle import linking, merge_members
from bot.store.schema.members import MemberRow

NAMES = {"telegram": "Telegram", "matrix": "Matrix", "terminal": "Terminal"}


async def link(context: HandlerContext, argument: str) -> Reply:
    """/koppel: with a code, this chat and the one it was made in become one person's."""
    if not argument:
        return await show(context)
    if await linking.code_owner(context.session, argument, context.at) == context.member.id:
        raise NotUnderstood("link.own_code")
    owner = await linking.redeem(context.session, argument, context.at)
    if owner is None:
        raise NotUnderstood("link.no_such_code")
    before = await linking.chats_of(context.session, owner)
    also_here = await linking.chats_of(context.session, context.member)
    if twice := before.channels & also_here.channels:
        # Messages are known by their id on a platform, and in two chats these may be the same.
        raise NotUnderstood("link.twice", channel=_name(min(twice)))
    await merge_members.merge_members(
        context.session, context.vault, owner, context.member, context.at
    )
    return await _linked(context.session, owner, context.sender, before, erased=True)


async def link_stranger(session: AsyncSession, incoming: Incoming, say: Words, code: str) -> Reply:
    """The same, from somebody whom we know nothing of here."""
    async with session.begin_nested() as using:
        owner = await linking.redeem(session, code, incoming.at)
        if owner is None:
            return Reply([Outgoing(say("link.no_such_code"))])
        before = await linking.chats_of(session, owner)
        if incoming.sender.channel in before.channels:
            told = Words(owner.language)("link.twice", channel=_name(incoming.sender.channel))
            await using.rollback()  # the code stays good for another chat
            return Reply([Outgoing(told)])
        await linking.add_chat(session, owner, *incoming.sender.pair)
    return await _linked(session, owner, incoming.sender, before)


async def _linked(
    session: AsyncSession,
    owner: MemberRow,
    here: Address,
    before: linking.Chats,
    *,
    erased: bool = False,
) -> Reply:
    say = Words(owner.language)
    told = say("link.linked_elsewhere", channel=_name(here.channel))
    elsewhere = [(Address(*pair), Outgoing(told)) for pair in before.addresses]
    question = Outgoing(
        f"{say('link.linked')}\n\n{say('link.where')}", buttons=await _channels(session, owner)
    )
    return Reply([question], erased=erased, other_chats=elsewhere)


async def show(context: HandlerContext) -> Reply:
    """Which chats are theirs, where nudges come, and a code for another chat."""
    say = context.say
    chats = await linking.chats_of(context.session, context.member)
    code = await linking.new_code(context.session, context.member.id, context.at)
    lines = [say("link.code", code=code)]
    buttons: ButtonRows = ()
    if len(chats.addresses) > 1:
        names = ", ".join(_name(channel) for channel, _ in chats.addresses)
        lines.insert(0, say("link.chats", channels=names))
        buttons = await _channels(context.session, context.member)
        buttons += tuple(
            (Button(say("button.unlink", channel=_name(channel)), f"unlink:{channel}"),)
            for channel in sorted(chats.channels)
        )
    return Reply([Outgoing("\n\n".join(lines), buttons=buttons)])


async def press_channel(context: HandlerContext, channel: str) -> Reply:
    """From now on nudges come there."""
    chats = await linking.chats_of(context.session, context.member)
    if channel not in {name for name, _ in chats.addresses}:
        raise DeadButton
    context.member.nudge_channel = channel
    told = context.say("link.chosen", channel=_name(channel))
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told)


async def press_unlink(context: HandlerContext, channel: str) -> Reply:
    """A chat is theirs no more; one always stays."""
    chats = await linking.chats_of(context.session, context.member)
    for name, address in chats.addresses:
        if name == channel and await linking.remove_chat(
            context.session, context.member, name, address
        ):
            told = context.say("link.unlinked", channel=_name(channel))
            return Reply([Outgoing(told, replaces=context.pressed)], notice=told)
    raise DeadButton


async def _channels(session: AsyncSession, member: MemberRow) -> ButtonRows:
    chats = await linking.chats_of(session, member)
    return tuple(
        (Button(f"{_name(name)} ✓" if name == chats.chosen else _name(name), f"channel:{name}"),)
        for name in sorted(chats.channels)
    )


def _name(channel: str) -> str:
    return NAMES.get(channel, channel)
