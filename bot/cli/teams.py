"""The commands for teams and roles: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import AsJson, Days, OfTeam, RoleName, TeamName, Uses, Who, run_command

team = typer.Typer(help="Teams and their leads.", no_args_is_help=True)
role = typer.Typer(help="Who may do what.", no_args_is_help=True)


@team.command("create")
def team_create(name: TeamName) -> None:
    """Make a team. Example: olievlek team create Griffie."""
    from bot.cli.commands_teams import team_create

    run_command(lambda: team_create(name))


@team.command("list")
def team_list(as_json: AsJson = False) -> None:
    """List the teams. Example: olievlek team list --json."""
    from bot.cli.commands_teams import team_list

    run_command(lambda: team_list(as_json))


@team.command("invite")
def team_invite(
    name: TeamName,
    days: Days = None,
    uses: Uses = None,
    png: Annotated[Path | None, typer.Option(help="Where to draw the QR code.")] = None,
    group: Annotated[bool, typer.Option("--group", help="For a group chat, once.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Only take all back.")] = False,
) -> None:
    """Make an invitation: a code, a link, a QR picture.

    Example: olievlek team invite Griffie --png griffie.png.
    """
    from bot.cli.commands_teams import team_invite, team_revoke

    if revoke:
        if days or uses or png or group:
            raise typer.BadParameter("--revoke takes all invitations back, and makes none")
        run_command(lambda: team_revoke(name))
    if group and uses:
        raise typer.BadParameter("a code for a group works once, so --uses says nothing")
    run_command(lambda: team_invite(name, days, uses, png, group))


@team.command("board")
def team_board(
    name: TeamName,
    png: Annotated[Path | None, typer.Option(help="Where to draw it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell how a team is doing. Example: olievlek team board Griffie --png bord.png."""
    from bot.cli.commands_teams import team_board

    run_command(lambda: team_board(name, png, as_json))


@role.command("grant")
def role_grant(role_name: RoleName, who: Who, team_name: OfTeam = None) -> None:
    """Give a role. Example: olievlek role grant lead telegram:7 --team Griffie."""
    from bot.cli.commands_teams import role_grant

    run_command(lambda: role_grant(role_name, who, team_name))


@role.command("revoke")
def role_revoke(role_name: RoleName, who: Who, team_name: OfTeam = None) -> None:
    """Take a role back. Example: olievlek role revoke trainer matrix:@sanne:example.org."""
    from bot.cli.commands_teams import role_revoke

    run_command(lambda: role_revoke(role_name, who, team_name))


@role.command("list")
def role_list(as_json: AsJson = False) -> None:
    """List who has a role. Example: olievlek role list --json."""
    from bot.cli.commands_teams import role_list

    run_command(lambda: role_list(as_json))
