"""The reference of the command line, from its help."""

from tools.docs.command_line import EXIT_CODES, Explained, commands
from tools.docs.reference.tables import code, table

TITLE = {"nl": "Opdrachtregel", "en": "Command line"}
INTRODUCTION = {
    "nl": (
        "Elke opdracht van `olievlek`, met wat erachter kan. "
        "`olievlek OPDRACHT --help` toont hetzelfde."
    ),
    "en": (
        "Each command of `olievlek`, with what may follow it. "
        "`olievlek COMMAND --help` shows the same."
    ),
}
EXIT_TITLE = {"nl": "Exitcodes", "en": "Exit codes"}
EXIT_HEADS = {"nl": ("code", "wat het zegt"), "en": ("code", "what it says")}
HEADS = {"nl": ("wat je typt", "wat het doet"), "en": ("what you type", "what it does")}


def page(language: str) -> str:
    """Returns the page."""
    explained = "\n".join(_part(command, language) for command in commands(language))
    exit_codes = table(EXIT_HEADS[language], EXIT_CODES[language])
    return (
        f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{explained}\n"
        f"## {EXIT_TITLE[language]}\n\n{exit_codes}"
    )


def _part(command: Explained, language: str) -> str:
    level = "##" if command.is_group or command.name.count(" ") == 1 else "###"
    rows = [(code(name), words) for name, words in (*command.arguments, *command.options[:-1])]
    return (
        f"{level} {command.name}\n\n{command.summary}\n\n"
        f"```text\n{command.usage}\n```\n\n{table(HEADS[language], rows)}"
    )
