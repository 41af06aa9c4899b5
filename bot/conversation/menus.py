"""The bot's commands, each with what it does, as `/help` tells them."""

import re

from bot.conversation.words import Words
from bot.store.members.roles import Roles

LINE = re.compile(r"^/(\w+)[^–\n]* – (.+)$", re.MULTILINE)


def commands(say: Words) -> tuple[tuple[str, str], ...]:
    """Name and description of each command."""
    told = [(name, what.partition(";")[0]) for name, what in LINE.findall(say("help.text"))]
    return (*told, ("help", say("menu.help")))


def commands_for(say: Words, held: Roles) -> tuple[tuple[str, str], ...]:
    """The same for somebody with roles: what they do most comes first."""
    own: list[tuple[str, str]] = []
    if held.leads or held.admin:
        own.append(("team", say("menu.team_lead")))
    if held.trains:
        own.append(("sets", say("menu.sets")))
    names = {name for name, _ in own}
    return (*own, *(command for command in commands(say) if command[0] not in names))
