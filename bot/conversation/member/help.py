"""/help, and what to say to something that asked for nothing."""

from difflib import get_close_matches

from bot.conversation.context import Turn
from bot.conversation.words import Words
from bot.messages import Outgoing, Reply, Unreadable
from bot.store.members import roles
from bot.store.schema.members import Expecting


async def show(turn: Turn, _: str) -> Reply:
    """/help: what the bot can do for this person, with their roles."""
    held = await roles.of_member(turn.session, turn.member.id)
    parts = [turn.say("help.text")]
    if held.leads or held.admin:
        parts.append(turn.say("help.lead"))
    if held.trains:
        parts.append(turn.say("help.trainer"))
    return Reply([Outgoing("\n\n".join(parts))])


def unknown_command(say: Words, name: str, known: list[str]) -> Reply:
    """A command that is none, with the one that was probably meant."""
    close = get_close_matches(name, known, n=1)
    if close:
        return Reply([Outgoing(say("command.meant", name=name[:30], meant=close[0]))])
    return Reply([Outgoing(say("command.unknown", name=name[:30]))])


def hint(turn: Turn) -> Reply:
    """A text that answers nothing."""
    return Reply([Outgoing(turn.say("hint.text"))])


def unreadable(turn: Turn, content: Unreadable) -> Reply:
    """A sticker, a voice message, something whose key is missing: what to do instead."""
    if content.kind == "sealed":
        return Reply([Outgoing(turn.say("unreadable.sealed"))])
    waiting = turn.member.expecting is Expecting.REFLECTION
    how = turn.say("unreadable.reflect" if waiting else "unreadable.otherwise")
    return Reply([Outgoing(f"{turn.say(f'unreadable.{content.kind}')} {how}")])
