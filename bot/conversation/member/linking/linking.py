"""/koppel: the chats of a member, a code for another one, and where nudges go."""

from datetime import timedelta

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.member.linking import link_requests, organisation
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle.linking import linking, links

MINUTE = timedelta(minutes=1)


async def link(context: HandlerContext, argument: str) -> Reply:
    """Answers /koppel: with a code, asks whether this chat joins the member whose code it is."""
    if not argument:
        return await show(context)
    asked = await organisation.ask(context, argument)
    return await link_requests.ask(context, argument) if asked is None else asked


async def show(context: HandlerContext) -> Reply:
    """Answers /koppel without a code: the member's chats, where nudges go, and a new code."""
    say, member = context.say, context.member
    chats = await linking.chats_of(context.session, member)
    undoable = await links.undoable_link(context.session, member.id, context.at)
    lines: list[str] = []
    buttons: ButtonRows = ()
    if len(chats.addresses) > 1:
        names = ", ".join(channel_title(channel) for channel, _ in chats.addresses)
        lines.append(say("link.chats", channels=names))
        buttons = await link_requests.channel_buttons(context.session, member)
    account = await organisation.account_lines(context)
    lines += account.lines
    if undoable is not None:
        day = link_requests.undo_day(member, undoable, say)
        lines.append(say("link.undo_until", day=day))
        buttons += ((link_requests.undo_button(say, undoable),), *account.buttons)
        return Reply([Outgoing("\n\n".join(lines), buttons=buttons)])
    code = await linking.new_code(context.session, member.id, context.at)
    lines.append(say("link.code", code=code, minutes=linking.CODE_VALID_FOR // MINUTE))
    if len(chats.addresses) > 1:
        buttons += tuple(
            (Button(say("button.unlink", channel=channel_title(channel)), f"unlink:{channel}"),)
            for channel in sorted(chats.channels)
        )
    buttons += account.buttons
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
    """Answers the button that unlinks a chat; the last one always stays.

    Raises:
        NotUnderstood: the chats were linked this week, so that both may still undo it.
        DeadButton: there is no such chat, or no other.
    """
    undoable = await links.undoable_link(context.session, context.member.id, context.at)
    if undoable is not None:
        day = link_requests.undo_day(context.member, undoable, context.say)
        raise NotUnderstood("link.not_yet", day=day)
    chats = await linking.chats_of(context.session, context.member)
    for name, address in chats.addresses:
        if name == channel and await linking.remove_chat(
            context.session, context.member, name, address, context.at
        ):
            await context.record(Action.UNLINKED, audit.member(context.member.id), channel)
            notice = context.say("link.unlinked", channel=channel_title(channel))
            return Reply([Outgoing(notice, replaces=context.pressed)], notice=notice)
    raise DeadButton
