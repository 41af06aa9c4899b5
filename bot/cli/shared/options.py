"""The exit codes, and the arguments and options that several commands share.

The help texts and the placeholders are names of messages: see `speaking.py`.
"""

from typing import Annotated

import typer

OK, WRONG, MISCONFIGURED, UNAVAILABLE = 0, 1, 2, 3
"""Done; not done; settings or words are wrong; the database or a disk cannot be used now."""

AsJson = Annotated[bool, typer.Option("--json", help="option.json")]
TeamName = Annotated[str, typer.Argument(metavar="metavar.name", help="option.team_name")]
SetName = Annotated[str, typer.Argument(metavar="metavar.name", help="option.set_name")]
OfTeam = Annotated[
    str | None, typer.Option("--team", metavar="metavar.name", help="option.of_team")
]
RoleName = Annotated[str, typer.Argument(metavar="metavar.role", help="option.role")]
Who = Annotated[str, typer.Argument(metavar="metavar.who", help="option.who")]
Days = Annotated[
    int | None, typer.Option(min=1, max=365, metavar="metavar.number", help="option.days")
]
Uses = Annotated[
    int | None, typer.Option(min=1, max=10_000, metavar="metavar.number", help="option.uses")
]
Yes = Annotated[bool, typer.Option("--yes", help="option.yes")]
StartDay = Annotated[str, typer.Option("--from", metavar="metavar.day", help="option.from")]
