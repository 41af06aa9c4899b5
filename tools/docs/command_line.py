"""The commands of `olievlek` as its help has them, for the reference and the manual page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typer.main import get_command

from bot.cli.main import app
from bot.cli.shared.language import VARIABLE
from bot.cli.shared.lazy import LazyCommand
from bot.cli.shared.typer_sentences import translated

if TYPE_CHECKING:
    from typer._click import Command, Context

# What an exit code says, the same for every command.
EXIT_CODES = {
    "nl": (
        ("0", "Gedaan, of gewoon gestopt."),
        ("1", "Niet gedaan; één regel zegt waarom."),
        ("2", "De instellingen of wat je typte kloppen niet."),
        ("3", "De database is nu niet bereikbaar of niet te beschrijven."),
    ),
    "en": (
        ("0", "Done, or stopped as asked."),
        ("1", "Not done; one line says why."),
        ("2", "The settings or what you typed are wrong."),
        ("3", "The database cannot be reached or written now."),
    ),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A command, or a group of them, in one language.

    Attributes:
        name: what is typed, such as `olievlek db backup`.
        usage: the same, with what may follow.
        summary: what it does.
        arguments: what follows the name, with what it is.
        options: its options, with what each does; the last one is `--help`.
        is_group: whether it does nothing by itself.
    """

    name: str
    usage: str
    summary: str
    arguments: list[tuple[str, str]]
    options: list[tuple[str, str]]
    is_group: bool


def commands(language: str) -> list[Explained]:
    """Returns `olievlek` and all below it, in the order of its help."""
    with _spoken(language):
        root = get_command(app)
        return list(_explained(root, _context(root, "olievlek", None)))


def _explained(command: "Command", context: "Context") -> Iterator[Explained]:
    below = getattr(command, "list_commands", None)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield Explained(
        name=context.command_path,
        usage=usage,
        summary=command.help or "",
        arguments=_records(command, context, "argument"),
        options=_records(command, context, "option"),
        is_group=below is not None,
    )
    for name in below(context) if below else ():
        child = command.get_command(context, name)  # type: ignore[attr-defined]  # a group's
        loaded = child.load() if isinstance(child, LazyCommand) else child
        yield from _explained(loaded, _context(loaded, name, context))


def _records(command: "Command", context: "Context", kind: str) -> list[tuple[str, str]]:
    records = [
        parameter.get_help_record(context)
        for parameter in command.get_params(context)
        if parameter.param_type_name == kind
    ]
    return [(name, translated(words)) for name, words in filter(None, records)]


def _context(command: "Command", name: str, parent: "Context | None") -> "Context":
    from typer._click import Context  # Typer gives the Click inside it no public name

    return Context(command, info_name=name, parent=parent)


@contextmanager
def _spoken(language: str) -> Iterator[None]:
    """Has the command line speak a language."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = language
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
