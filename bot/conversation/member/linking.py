"""/koppel: links chats on several platforms to one member, and chooses where nudges go."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.words import Words
from bot.messages import Address, Button, ButtonRows, Incoming, Outgoing, Reply
from bot.store.lifecycle import linking, merge_members
from bot.store.schema.members import MemberRow

MINUTE = timedelta(minutes=1)


async def link(context: HandlerContext, argument: str) -> Reply:
    """Answers /koppel: with a code, merges this chat's member with the one whose code it is."""
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
        raise NotUnderstood("link.twice", channel=channel_title(min(twice)))
    await merge_members.merge_members(
        context.session, context.vault, owner, context.member, context.at
    )
    return await _linked(context.session, owner, context.sender, before, erased=True)


async def link_stranger(session: AsyncSession, incoming: Incoming, say: Words, code: str) -> Reply:
    """Adds the chat of somebody who is no member yet to the member whose code it is."""
    async with session.begin_nested() as savepoint:
        owner = await linking.redeem(session, code, incoming.at)
        if owner is None:
            return Reply([Outgoing(say("link.no_such_code"))])
        before = await linking.chats_of(session, owner)
        if incoming.sender.channel in before.channels:
            notice = Words(owner.language)(
                "link.twice", channel=channel_title(incoming.sender.channel)
            )
            await savepoint.rollback()  # the code stays good for another chat
            return Reply([Outgoing(notice)])
        await linking.add_chat(session, owner, *incoming.sender.pair)
    return await _linked(session, owner, incoming.sender, before)


async def _linked(
    session: AsyncSession,
    owner: MemberRow,
    new_chat: Address,
    before: linking.Chats,
    *,
    erased: bool = False,
) -> Reply:
    say = Words(owner.language)
    notice = say("link.linked_elsewhere", channel=channel_title(new_chat.channel))
    elsewhere = [(Address(*pair), Outgoing(notice)) for pair in before.addresses]
    question = Outgoing(
        f"{say('link.linked')}\n\n{say('link.where')}",
        buttons=await _channel_buttons(session, owner),
    )
    return Reply([question], erased=erased, other_chats=elsewhere)


async def show(context: HandlerContext) -> Reply:
    """Answers /koppel without a code: the member's chats, where nudges go, and a new code."""
    say = context.say
    chats = await linking.chats_of(context.session, context.member)
    code = await linking.new_code(context.session, context.member.id, context.at)
    lines = [say("link.code", code=code, minutes=linking.CODE_VALID_FOR // MINUTE)]
    buttons: ButtonRows = ()
    if len(chats.addresses) > 1:
        names = ", ".join(channel_title(channel) for channel, _ in chats.addresses)
        lines.insert(0, say("link.chats", channels=names))
        buttons = await _channel_buttons(context.session, context.member)
        buttons += tuple(
            (Button(say("button.unlink", channel=channel_title(channel)), f"unlink:{channel}"),)
            for channel in sorted(chats.channels)
        )
    return Reply([Outgoing("\n\n".join(lines), buttons=buttons)])


async def press_channel(context: HandlerContext, channel: str) -> Reply:
    """Answers the button that chooses the channel on which nudges come."""
    chats = await linking.chats_of(context.session, context.member)
    if channel not in {name for name, _ in chats.addresses}:
        raise DeadButton
    context.member.nudge_channel = channel
    notice = context.say("link.chosen", channel=channel_title(channel))
    return Reply([Outgoing(notice, replaces=context.pressed)], notice=notice)


async def press_unlink(context: HandlerContext, channel: str) -> Reply:
    """Answers the button that unlinks a chat; the last one always stays."""
    chats = await linking.chats_of(context.session, context.member)
    for name, address in chats.addresses:
        if name == channel and await linking.remove_chat(
            context.session, context.member, name, address, context.at
        ):
            notice = context.say("link.unlinked", channel=channel_title(channel))
            return Reply([Outgoing(notice, replaces=context.pressed)], notice=notice)
    raise DeadButton


async def _channel_buttons(session: AsyncSession, member: MemberRow) -> ButtonRows:
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
