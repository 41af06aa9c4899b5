"""Commands and groups that explain themselves in the operator's language.

A help text is the name of a message. Typer makes all commands anew for each call, so the language
is that of the call.
"""

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from bot.channels.registry import address_examples
from bot.cli.shared.language import say
from bot.cli.shared.typer_sentences import translated
from bot.languages.registry import tags
from bot.languages.sentences import Choice

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter


def _explain(command: "Command") -> None:
    """Replaces the names of messages in a command and its parameters by the messages."""
    command.options_metavar = translated("[OPTIONS]")
    if command.help:
        command.help = say(command.help)
    for parameter in command.params:
        explanation = getattr(parameter, "help", None)
        if explanation:
            parameter.help = say(  # type: ignore[attr-defined]  # an argument's and an option's
                explanation, addresses=address_examples(), languages=Choice(tags())
            )
        if parameter.metavar:
            parameter.metavar = say(parameter.metavar)


def _write_usage(command: "Command", ctx: "Context", formatter: "HelpFormatter") -> None:
    pieces = " ".join(command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, prefix=translated("Usage: "))


def _write_parameters(command: "Command", ctx: "Context", formatter: "HelpFormatter") -> None:
    for kind, title in (("argument", "Arguments"), ("option", "Options")):
        records = [
            (name, translated(explanation))
            for parameter in command.get_params(ctx)
            if parameter.param_type_name == kind
            for name, explanation in [parameter.get_help_record(ctx) or ("", "")]
            if name
        ]
        if records:
            with formatter.section(translated(title)):
                formatter.write_dl(records)


class SpeakingCommand(TyperCommand):
    """A command whose help texts are names of messages."""

    def __init__(self, name: str | None, **settings: Any) -> None:  # noqa: ANN401 - as Typer has it
        super().__init__(name, **settings)
        _explain(self)

    def format_usage(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Writes how the command is used."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Writes the arguments and the options."""
        _write_parameters(self, ctx, formatter)


class SpeakingGroup(TyperGroup):
    """A group whose help texts are names of messages, and whose errors are in the same language."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**settings)
        self.subcommand_metavar = translated(self.subcommand_metavar)
        _explain(self)

    def format_usage(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Writes how the group is used."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Writes the options, and the commands with their first sentences."""
        _write_parameters(self, ctx, formatter)
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        lines = [(name, self.commands[name].get_short_help_str(limit)) for name in names]
        with formatter.section(translated("Commands")):
            formatter.write_dl(lines)

    def main(self, *args: Any, **settings: Any) -> NoReturn:  # noqa: ANN401 - as above
        """Runs the command that was typed and exits, with 2 for a mistake in it."""
        try:
            # Not standalone, so that errors come here, to be translated.
            code = super().main(*args, **{**settings, "standalone_mode": False})
        except TyperException as error:
            print_mistake(error)
            code = error.exit_code
        except typer.Abort:
            typer.echo(translated("Aborted!"), err=True)
            code = 1
        sys.exit(code)


def print_mistake(error: TyperException) -> None:
    """Prints what is wrong with what was typed, and how to get help."""
    ctx: Context | None = getattr(error, "ctx", None)
    message = error.format_message()
    if ctx is not None:
        if message.startswith(ctx.get_usage()):  # a group without a command: its help
            typer.echo(message, err=True)
            return
        typer.echo(ctx.get_usage(), err=True)
        typer.echo(translated(f"Try '{ctx.command_path} --help' for help."), err=True)
    typer.echo(translated(f"Error: {message}"), err=True)
