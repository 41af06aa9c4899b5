"""What the bot says where others read along: who it is, and never anything of anybody."""

from bot.talk.messages import Added, Content, Outgoing, Pressed, Reply, Typed
from bot.talk.words import Words

INTRODUCED_BY = ("help", "start")


def answer(say: Words, content: Content, command: str | None) -> Reply:
    """What to say in a group to something that was meant for the bot.

    Args:
        say: words in the language of whoever said it.
        content: what they did.
        command: the name of the command, if it was one.
    """
    match content:
        case Added():
            return Reply([Outgoing(say("group.introduction"))])
        case Typed() if command in INTRODUCED_BY:
            return Reply([Outgoing(say("group.introduction"))])
        case Typed():
            return Reply([Outgoing(say("group.private"))])
        case Pressed():
            return Reply(notice=say("group.private"))
    return Reply()
