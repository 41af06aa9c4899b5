"""/help, and what to say to something that asked for nothing."""

from difflib import get_close_matches

from bot.conversation.context import HandlerContext
from bot.conversation.words import Words
from bot.messages import Outgoing, Reply, Unreadable
from bot.store.members import roles
from bot.store.schema.members import Expecting


async def show(context: HandlerContext, _: str) -> Reply:
    """/help: what the bot can do for this person, with their roles."""
    held = await roles.of_member(context.session, context.member.id)
    parts = [context.say("help.text")]
    if held.leads or held.admin:
        parts.append(context.say("help.lead"))
    if held.trains:
        parts.append(context.say("help.trainer"))
    return Reply([Outgoing("\n\n".join(parts))])


def unknown_command(say: Words, name: str, known: list[str]) -> Reply:
    """A command that is none, with the one that was probably meant."""
    close = get_close_matches(name, known, n=1)
    if close:
        return Reply([Outgoing(say("command.meant", name=name[:30], meant=close[0]))])
    return Reply([Outgoing(say("command.unknown", name=name[:30]))])


def hint(context: HandlerContext) -> Reply:
    """A text that answers nothing."""
    return Reply([Outgoing(context.say("hint.text"))])


def unreadable(context: HandlerContext, content: Unreadable) -> Reply:
    """A sticker, a voice message, something whose key is missing: what to do instead."""
    if content.kind == "sealed":
        return Reply([Outgoing(context.say("unreadable.sealed"))])
    waiting = context.member.expecting is Expecting.REFLECTION
    how = context.say("unreadable.reflect" if waiting else "unreadable.otherwise")
    return Reply([Outgoing(f"{context.say(f'unreadable.{content.kind}')} {how}")])
