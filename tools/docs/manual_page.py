"""The manual page of `olievlek` in both languages, from its help.

It is written for mandoc and groff with the macros of man(7). Typer has a Click of its own inside,
so click-man cannot read its commands.
"""

from collections.abc import Iterable
from pathlib import Path

from bot.operation.version import program_version
from tools.docs.command_line import EXIT_CODES, Explained, commands

HEADINGS = {
    "nl": ("NAAM", "GEBRUIK", "OPDRACHTEN", "OMGEVING", "EXITCODES"),
    "en": ("NAME", "SYNOPSIS", "COMMANDS", "ENVIRONMENT", "EXIT STATUS"),
}
ENVIRONMENT = {
    "nl": "Alle instellingen, zoals OLIEVLEK_DATABASE_URL, staan in .env of in de omgeving.",
    "en": "All settings, such as OLIEVLEK_DATABASE_URL, are in .env or in the environment.",
}
# Where `man` looks for them, below a folder in MANPATH.
PLACES = {"nl": "nl/man1/olievlek.1", "en": "man1/olievlek.1"}


def manual_page(language: str) -> str:
    """Returns the page."""
    root, *others = commands(language)
    name, synopsis, below, environment, exit_codes = HEADINGS[language]
    version = f"olievlek {program_version()}"
    lines = [
        f'.TH OLIEVLEK 1 "" "{_roff(version)}"',
        f".SH {name}",
        f"olievlek \\- {_roff(root.summary.removeprefix('Olievlek: ').rstrip('.'))}",
        f".SH {synopsis}",
        f".B {_roff(root.usage)}",
        *_listed((*root.arguments, *root.options)),
        f".SH {below}",
        *(line for command in others for line in _command(command)),
        f".SH {environment}",
        _roff(ENVIRONMENT[language]),
        f".SH {exit_codes}",
        *_listed(EXIT_CODES[language]),
    ]
    return "\n".join(lines) + "\n"


def write_manual_pages(folder: Path) -> list[Path]:
    """Writes the page in each language below a folder, and returns the files."""
    made = []
    for language, place in PLACES.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(manual_page(language))
        made.append(file)
    return made


def _command(command: Explained) -> list[str]:
    listed = _listed((*command.arguments, *command.options[:-1]))
    return [f'.SS "{_roff(command.usage)}"', _roff(command.summary), *listed]


def _listed(entries: Iterable[tuple[str, str]]) -> list[str]:
    return [line for name, words in entries for line in (".TP", f".B {_roff(name)}", _roff(words))]


def _roff(text: str) -> str:
    """Returns a text in which nothing is a command of roff."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain
