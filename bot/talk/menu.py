"""The bot's commands, each with what it does, as `/help` tells them."""

import re

from bot.talk.words import Words

LINE = re.compile(r"^/(\w+)[^–\n]* – (.+)$", re.MULTILINE)


def commands(say: Words) -> tuple[tuple[str, str], ...]:
    """Name and description of each command."""
    told = [(name, what.partition(";")[0]) for name, what in LINE.findall(say("help.text"))]
    return (*told, ("help", say("menu.help")))
