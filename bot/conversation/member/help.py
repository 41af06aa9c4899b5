"""Replies to what the bot did not ask for, or cannot read."""

from bot.conversation.context import HandlerContext
from bot.messages import Outgoing, Reply, Unreadable
from bot.store.schema.members import Expecting


def hint(context: HandlerContext) -> Reply:
    """Says what can be typed, after a text that answers nothing."""
    return Reply([Outgoing(context.say("hint.text"))])


def unreadable(context: HandlerContext, content: Unreadable) -> Reply:
    """Says what to do instead, after a sticker, a voice message or what cannot be decrypted."""
    if content.kind == "sealed":
        return Reply([Outgoing(context.say("unreadable.sealed"))])
    waiting = context.member.expecting is Expecting.REFLECTION
    how = context.say("unreadable.reflect" if waiting else "unreadable.otherwise")
    return Reply([Outgoing(f"{context.say(f'unreadable.{content.kind}')} {how}")])
