"""Replies to what the bot did not ask for, or cannot read."""

from bot.conversation.context import HandlerContext
from bot.messages import FOR_MINUTES, Outgoing, Reply, Unreadable
from bot.store.schema.members import Expecting


def hint(context: HandlerContext) -> Reply:
    """Says what can be typed, after a text that answers nothing."""
    return Reply([Outgoing(context.say("hint.text"), relevant_for=FOR_MINUTES)])


def unreadable(context: HandlerContext, content: Unreadable) -> Reply:
    """Says what to do instead, after a sticker, a voice message or what cannot be decrypted."""
    if content.kind == "sealed":
        return Reply([Outgoing(context.say("unreadable.sealed"), relevant_for=FOR_MINUTES)])
    waiting = context.member.expecting is Expecting.REFLECTION
    how = context.say("unreadable.reflect" if waiting else "unreadable.otherwise")
    text = f"{context.say(f'unreadable.{content.kind}')} {how}"
    return Reply([Outgoing(text, relevant_for=FOR_MINUTES)])
