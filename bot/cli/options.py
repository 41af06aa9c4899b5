"""What all commands share: their options, and running one to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from bot.channels.registry import address_examples
from bot.masking import mask

WRONG = 1
MISCONFIGURED = 2
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
TeamName = Annotated[str, typer.Argument(metavar="NAME", help="The team's name.")]
SetName = Annotated[str, typer.Argument(metavar="NAME", help="The set's name.")]
OfTeam = Annotated[str | None, typer.Option("--team", help="The team, for a lead or a member.")]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="member, lead, trainer or admin.")]
Who = Annotated[str, typer.Argument(metavar="WHO", help=f"{address_examples()}.")]
Days = Annotated[
    int | None,
    typer.Option(min=1, max=365, help="How long it works; otherwise 14, and 1 for a group."),
]
Uses = Annotated[
    int | None, typer.Option(min=1, max=10_000, help="For how many people; otherwise 50.")
]


def run_command(job: Callable[[], Coroutine[Any, Any, int | None]]) -> None:
    """Runs `job` to its end, and exits with what it returns, or 2 when it is misconfigured."""
    from bot.cli.commands import EXPECTED_ERRORS, error_line
    from bot.settings import ConfigError

    try:
        code = asyncio.run(job())
    except ConfigError as error:
        for line in error.lines:
            typer.echo(mask(f"olievlek: {line}"), err=True)
        raise typer.Exit(MISCONFIGURED) from None
    except EXPECTED_ERRORS as error:
        typer.echo(mask(f"olievlek: {error_line(error)}"), err=True)
        raise typer.Exit(WRONG) from None
    raise typer.Exit(code or 0)
