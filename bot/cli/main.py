"""The `olievlek` command line: which commands there are, and in which module each stands."""

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from bot.cli.shared.lazy import LazyGroup
from bot.cli.shared.unloaded import leave_out_unused
from bot.config.env_file import VARIABLE
from bot.masking import mask

if TYPE_CHECKING:
    from typer._click import Context  # Typer gives the Click inside it no public name

# Of pydantic, which would read what each installed package says of itself in search of some:
# https://docs.pydantic.dev/latest/concepts/plugins/
NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"


class OlievlekCommands(LazyGroup):
    """The commands and groups directly under `olievlek`."""

    def invoke(self, ctx: "Context") -> object:
        """Runs the command; what it could not write, also on standard output, is one line."""
        try:
            return super().invoke(ctx)
        except OSError:
            from bot.cli.shared.common import refusals_told  # here, as `--help` needs no database

            with refusals_told():
                raise

    registry: ClassVar = {
        "demo": ("bot.cli.demo:demo", "overview.demo"),
        "run": ("bot.cli.service:run", "overview.run"),
        "init": ("bot.cli.first_settings:init", "overview.init"),
        "check": ("bot.cli.service:check", "overview.check"),
        "keys": ("bot.cli.keys:app", "overview.keys"),
        "db": ("bot.cli.database:app", "overview.db"),
        "backup": ("bot.cli.backups:app", "overview.backup"),
        "sets": ("bot.cli.main:sets", "overview.sets"),
        "team": ("bot.cli.teams:app", "overview.team"),
        "role": ("bot.cli.roles:app", "overview.role"),
        "inbox": ("bot.cli.inbox:app", "overview.inbox"),
        "retention": ("bot.cli.retention:app", "overview.retention"),
        "audit": ("bot.cli.audit:app", "overview.audit"),
        "member": ("bot.cli.members:app", "overview.member"),
    }


class SetsCommands(LazyGroup):
    """The commands under `olievlek sets`: those on files need no database, so do not load it."""

    registry: ClassVar = {
        "check": ("bot.cli.sets.set_files:sets_check", "overview.sets_check"),
        "template": ("bot.cli.sets.set_files:sets_template", "overview.sets_template"),
        "schema": ("bot.cli.sets.set_files:sets_schema", "overview.sets_schema"),
        "push": ("bot.cli.sets.sets:sets_push", "overview.sets_push"),
        "rollback": ("bot.cli.sets.sets:sets_rollback", "overview.sets_rollback"),
        "withdraw": ("bot.cli.sets.sets:sets_withdraw", "overview.sets_withdraw"),
        "list": ("bot.cli.sets.sets:sets_list", "overview.sets_list"),
        "show": ("bot.cli.sets.sets:sets_show", "overview.sets_show"),
        "stats": ("bot.cli.sets.sets:sets_stats", "overview.sets_stats"),
        "programme": ("bot.cli.sets.programmes:app", "overview.sets_programme"),
    }


app = typer.Typer(
    cls=OlievlekCommands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
sets = typer.Typer(
    cls=SetsCommands, no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from bot.operation.version import program_version  # here: few commands need it

        typer.echo(f"olievlek {program_version()}")
        raise typer.Exit


@app.callback(help="overview.olievlek")
def olievlek(
    context: typer.Context,
    env_file: Annotated[
        Path | None, typer.Option("--env-file", metavar="metavar.file", help="option.env_file")
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="option.version_flag", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Has the command read its settings from the file that is named."""
    if env_file is not None:
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = str(env_file.absolute())
        context.call_on_close(lambda: _put_back(before))


def _put_back(before: str | None) -> None:
    os.environ.pop(VARIABLE, None)
    if before is not None:
        os.environ[VARIABLE] = before


def main() -> None:
    """Runs the command that was typed; exits with 130 after Ctrl-C."""
    os.environ.setdefault(NO_PLUGINS, "__all__")
    if sys.argv[1:2] == ["run"]:
        leave_out_unused()
    try:
        app(prog_name="olievlek")  # also when it was started as `python -m bot`
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        # A bug: its traceback may contain a secret, as that of a URL does.
        sys.stderr.write(mask(traceback.format_exc()))
        sys.exit(1)
