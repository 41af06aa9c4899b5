"""The reference of what can be typed in the chat, from the registries of commands."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.conversation.commands import COMMANDS
from bot.conversation.registry import Named, Subcommand
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.conversation.trainer.commands import SETS_COMMANDS
from bot.conversation.words import Words
from bot.core.permissions import Audience
from tools.docs.reference.tables import code, table

TITLE = {"nl": "Opdrachten in de chat", "en": "Commands in the chat"}
INTRODUCTION = {
    "nl": (
        "Wat iemand in de chat kan typen. Op Matrix begint een opdracht met `!` in plaats van "
        "`/`. Hoofdletters maken\n"
        "niet uit. Wie wat mag, staat in [de tabel met rollen](../roles.md)."
    ),
    "en": (
        "What somebody can type in the chat. On Matrix a command begins with `!` instead of `/`. "
        "Capitals make no\n"
        "difference. Who may do what is in [the table of roles](../roles.md)."
    ),
}
HEADS = {
    "nl": ("opdracht", "wat het doet", "werkt ook"),
    "en": ("command", "what it does", "also works"),
}
PARTS = {
    "nl": ("Voor iedereen", "Voor wie een rol heeft", "Achter `/team`", "Achter `/sets`"),
    "en": ("For everybody", "For those with a role", "After `/team`", "After `/sets`"),
}


def page(language: str) -> str:
    """Returns the page."""
    say = Words(language)
    everybody = [command for command in COMMANDS if command.audience is Audience.MEMBER]
    roles = [command for command in COMMANDS if command.audience is not Audience.MEMBER]
    parts: tuple[tuple[Iterable[Named], str], ...] = (
        (everybody, ""),
        (roles, ""),
        (_typed(TEAM_COMMANDS), "team"),
        (_typed(SETS_COMMANDS), "sets"),
    )
    tables = (
        f"## {title}\n\n{table(HEADS[language], (_row(each, say, parent) for each in commands))}"
        for title, (commands, parent) in zip(PARTS[language], parts, strict=True)
    )
    return f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{''.join(tables)}"


def _typed(commands: Iterable[Subcommand[Any]]) -> Iterator[Subcommand[Any]]:
    return (command for command in commands if not command.by_button_only)


def _row(command: Named, say: Words, parent: str) -> tuple[str, str, str]:
    name = command.name_in(say.language)
    others = sorted(command.typed_names - {name, *command.aliases})
    return code(command.usage(say, parent)), _words(command, say), ", ".join(map(code, others))


def _words(command: Named, say: Words) -> str:
    if command.help is None:
        label = getattr(command, "label", None)
        return say(label) if label else "–"
    more = f"; {say(command.help.more)}" if command.help.more else ""
    return say(command.help.summary) + more
