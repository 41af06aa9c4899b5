"""The reference of the command line, from its help."""

from tools.docs.command_line import Explained, commands
from tools.docs.reference.tables import code, table

TITLE = {"nl": "Opdrachtregel", "en": "Command line"}
INTRODUCTION = {
    "nl": (
        "Elke opdracht van `olievlek`, met wat erachter kan. `olievlek OPDRACHT --help` toont hetzelfde.\n"
        "Exitcode 0: gedaan. 1: niet gedaan; één regel zegt waarom. 2: de instellingen of wat je typte kloppen\n"
        "niet. 3: de database is nu niet bereikbaar of niet te beschrijven."
    ),
    "en": (
        "Each command of `olievlek`, with what may follow it. `olievlek COMMAND --help` shows the same.\n"
        "Exit code 0: done. 1: not done; one line says why. 2: the settings or what you typed are wrong. 3: the\n"
        "database cannot be reached or written now."
    ),
}
HEADS = {"nl": ("wat je typt", "wat het doet"), "en": ("what you type", "what it does")}


def page(language: str) -> str:
    """Returns the page."""
    explained = "\n".join(_part(command, language) for command in commands(language))
    return f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{explained}"


def _part(command: Explained, language: str) -> str:
    level = "##" if command.is_group or command.name.count(" ") == 1 else "###"
    rows = [(code(name), words) for name, words in (*command.arguments, *command.options[:-1])]
    return (
        f"{level} {command.name}\n\n{command.summary}\n\n"
        f"```text\n{command.usage}\n```\n\n{table(HEADS[language], rows)}"
    )
