"""What came in, as the handlers get it: text that can be stored, and a name that can be shown."""

from dataclasses import replace
from hashlib import blake2s

from bot.conversation.trainer.sets import ReceivedFile
from bot.messages import Attached, Incoming, Typed, Unreadable, stripped


def mark(incoming: Incoming, message: str) -> str:
    """Returns the key under which something about a message is remembered, without its chat."""
    about = f"{incoming.sender.id} {message}"
    return f"message-{blake2s(about.encode('utf-8', 'replace')).hexdigest()}"


def caption_instead(
    incoming: Incoming, file: ReceivedFile | None
) -> tuple[Incoming, ReceivedFile | None]:
    """Returns the text under a file, if it was not taken because its sender is no trainer."""
    content = incoming.content
    if file is None or not file.is_refused or not isinstance(content, Attached):
        return incoming, file
    if content.caption is None:
        return incoming, file
    return normalized(replace(incoming, content=content.caption)), None


def says_nothing(incoming: Incoming, file: ReceivedFile | None) -> bool:
    """Returns whether it is a picture or a file that the bot makes nothing of."""
    return isinstance(incoming.content, Unreadable) or (file is not None and file.is_refused)


def normalized(incoming: Incoming) -> Incoming:
    """Returns the same without what cannot be stored, and a name without invisible characters."""
    content, name = incoming.content, incoming.name
    if isinstance(content, Typed):
        content = replace(content, text=clean(content.text))
    if name is not None:
        printable = "".join(letter if letter.isprintable() else " " for letter in name)
        name = " ".join(printable.split()) or None
    return replace(incoming, content=content, name=name)


def clean(text: str) -> str:
    """Replaces lone surrogates, which cannot be stored or sent, and strips the text."""
    return stripped(text.encode("utf-8", "replace").decode())
