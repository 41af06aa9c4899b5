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
        "demo": ("bot.cli.demo:demo", "overview.demo"),
        "run": ("bot.cli.service:run", "overview.run"),
        "init": ("bot.cli.service:init", "overview.init"),
        "check": ("bot.cli.service:check", "overview.check"),
        "keys": ("bot.cli.keys:app", "overview.keys"),
        "db": ("bot.cli.database:app", "overview.db"),
        "sets": ("bot.cli.main:sets", "overview.sets"),
        "team": ("bot.cli.teams:app", "overview.team"),
        "role": ("bot.cli.roles:app", "overview.role"),
        "inbox": ("bot.cli.inbox:app", "overview.inbox"),
        "audit": ("bot.cli.audit:app", "overview.audit"),
        "retention": ("bot.cli.retention:app", "overview.retention"),
        "member": ("bot.cli.members:app", "overview.member"),
    }


class SetsCommands(LazyGroup):
    """The commands under `olievlek sets`: those on files need no database, so do not load it."""

    registry: ClassVar = {
        "check": ("bot.cli.set_files:sets_check", "overview.sets_check"),
        "template": ("bot.cli.set_files:sets_template", "overview.sets_template"),
        "schema": ("bot.cli.set_files:sets_schema", "overview.sets_schema"),
        "push": ("bot.cli.sets:sets_push", "overview.sets_push"),
        "rollback": ("bot.cli.sets:sets_rollback", "overview.sets_rollback"),
        "list": ("bot.cli.sets:sets_list", "overview.sets_list"),
        "show": ("bot.cli.sets:sets_show", "overview.sets_show"),
        "stats": ("bot.cli.sets:sets_stats", "overview.sets_stats"),
        "programme": ("bot.cli.programmes:app", "overview.sets_programme"),
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


@app.callback(help="overview.olievlek")
def olievlek() -> None:
    """Does nothing: there is always a command, and options of the whole program are not needed."""


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
        app(prog_name="olievlek")  # also when it was started as `python -m bot`
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        # A bug: its traceback may contain a secret, as that of a URL does.
        sys.stderr.write(mask(traceback.format_exc()))
        sys.exit(1)
