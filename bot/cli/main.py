"""The `olievlek` command line: which commands there are, and in which module each stands."""

import sys
import traceback
from collections.abc import Iterable
from typing import ClassVar

import typer

from bot.cli.shared.lazy import LazyGroup
from bot.masking import mask

# structlog and httpx load these where they find them, for tracebacks in colour and a command line.
# The bot as a service has no use for them, and would carry 10 MB.
UNUSED_WHEN_RUNNING = ("rich", "pygments", "twisted")


class OlievlekCommands(LazyGroup):
    """The commands and groups directly under `olievlek`."""

    registry: ClassVar = {
        "demo": ("bot.cli.demo:demo", "Chat in the terminal; no account needed."),
        "run": ("bot.cli.service:run", "Run all configured channels until SIGTERM."),
        "init": (
            "bot.cli.service:init",
            "Ask a few questions and write .env, with a fresh key.",
        ),
        "check": (
            "bot.cli.service:check",
            "Check configuration, database and log-ins, a line each.",
        ),
        "keys": ("bot.cli.keys:app", "The key that seals reflections."),
        "db": ("bot.cli.database:app", "The database."),
        "sets": ("bot.cli.main:sets", "Challenge sets."),
        "team": ("bot.cli.teams:app", "Teams and their leads."),
        "role": ("bot.cli.roles:app", "Who may do what."),
        "inbox": ("bot.cli.inbox:app", "What came in and could not be handled."),
        "member": ("bot.cli.members:app", "What is kept about one person."),
    }


class SetsCommands(LazyGroup):
    """The commands under `olievlek sets`: those on files need no database, so do not load it."""

    registry: ClassVar = {
        "check": ("bot.cli.set_files:sets_check", "Validate challenge sets, a line a fault."),
        "template": ("bot.cli.set_files:sets_template", "Write an example to begin with."),
        "schema": (
            "bot.cli.set_files:sets_schema",
            "Print the JSON Schema of a set, for editors.",
        ),
        "push": ("bot.cli.sets:sets_push", "Tell what changes, and publish."),
        "rollback": ("bot.cli.sets:sets_rollback", "Go back to the version before."),
        "list": ("bot.cli.sets:sets_list", "List the sets that are live."),
        "show": ("bot.cli.sets:sets_show", "Show the challenges of a live set."),
        "stats": ("bot.cli.sets:sets_stats", "Tell what works, never about few people."),
        "programme": ("bot.cli.programmes:app", "Programmes of some weeks, for a team."),
    }


app = typer.Typer(
    cls=OlievlekCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
sets = typer.Typer(
    cls=SetsCommands, no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.callback()
def olievlek() -> None:
    """Olievlek: a chatbot that trains civil servants in the habits of participation."""


def leave_out(modules: Iterable[str]) -> None:
    """Makes modules look as if they were not installed, unless they are loaded already.

    See https://docs.python.org/3/reference/import.html#the-module-cache
    """
    for name in modules:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # what makes an import fail


def main() -> None:
    """Runs the command that was typed; exits with 130 after Ctrl-C."""
    if sys.argv[1:2] == ["run"]:
        leave_out(UNUSED_WHEN_RUNNING)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        # A bug: its traceback may contain a secret, as that of a URL does.
        sys.stderr.write(mask(traceback.format_exc()))
        sys.exit(1)
