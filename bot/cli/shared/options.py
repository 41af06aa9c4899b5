"""The exit codes, and the arguments and options that several commands share."""

from typing import Annotated

import typer

from bot.channels.registry import address_examples

OK, WRONG, MISCONFIGURED = 0, 1, 2

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
StartDay = Annotated[str, typer.Option("--from", help="The day on which it begins.")]
