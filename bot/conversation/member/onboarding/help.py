"""Replies to what the bot did not ask for, or cannot read."""

from dataclasses import replace

from bot.conversation.context import HandlerContext
from bot.messages import FOR_MINUTES, Outgoing, Reply, Unreadable
from bot.store.schema.members import Expecting


def hint(context: HandlerContext) -> Reply:
    """Says what can be typed, after a text that answers nothing."""
    hint_text = Outgoing(context.say("hint.text"), relevant_for=FOR_MINUTES)
    return Reply([hint_text], not_understood=True, hint=True)


def attachment_not_kept(context: HandlerContext, reply: Reply, kind: str) -> Reply:
    """Returns the reply to a caption, which says also that what it stood under is not kept."""
    sentence = context.say("attachment.photo" if kind == "photo" else "attachment.other")
    messages = list(reply.messages)
    for number in reversed(range(len(messages))):
        message = messages[number]
        if message.text and message.replaces is None:
            messages[number] = replace(message, text=f"{message.text}\n\n{sentence}")
            return replace(reply, messages=messages)
    return replace(reply, messages=[*messages, Outgoing(sentence, relevant_for=FOR_MINUTES)])


def unreadable(context: HandlerContext, content: Unreadable) -> Reply:
    """Says what to do instead, after a sticker, a voice message or what cannot be decrypted."""
    if content.kind == "sealed":
        sealed = Outgoing(context.say("unreadable.sealed"), relevant_for=FOR_MINUTES)
        return Reply([sealed], hint=True)
    waiting = context.member.expecting is Expecting.REFLECTION
    how = context.say("unreadable.reflect" if waiting else "unreadable.otherwise")
    text = f"{context.say(f'unreadable.{content.kind}')} {how}"
    return Reply([Outgoing(text, relevant_for=FOR_MINUTES)], hint=True)
