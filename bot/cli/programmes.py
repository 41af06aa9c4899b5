"""`olievlek sets programme`: programmes of some weeks, for a team."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app import now
from bot.cli.sets import start_moment
from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, AsJson, StartDay
from bot.cli.shared.output import print_rows, unknown_team
from bot.core.rhythm import local_day
from bot.set_files.programmes import programmes as bundled_programmes
from bot.settings import read_settings
from bot.store.challenges import programmes
from bot.store.teams import teams

app = command_group()


@app.command("list")
@asynchronous
async def programme_list(as_json: AsJson = False) -> int:
    """List the programmes. Example: olievlek sets programme list --json."""
    language = read_settings().language
    rows = [
        {
            "programme": programme.programme,
            "title": programme.title.in_language(language),
            "weeks": len(programme.weeks),
        }
        for programme in bundled_programmes().values()
    ]
    print_rows(rows, as_json)
    return OK


@app.command("start")
@asynchronous
async def programme_start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The programme's name.")],
    team_name: Annotated[str, typer.Option("--team", help="The team that begins.")],
    starts: StartDay = "",
) -> int:
    """Have a team begin. Example: olievlek sets programme start olievlek-in-6-weken --team Griffie.

    It begins today, or on the day that --from names.
    """
    if name not in bundled_programmes():
        typer.echo(f"there is no programme {name!r}; see `olievlek sets programme list`", err=True)
        return WRONG
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return unknown_team(team_name)
        zone = ZoneInfo(team.zone)
        day = local_day(start_moment(starts, zone), zone)
        await programmes.start(session, name, day, now(), team_id=team.id)
    typer.echo(f"{team.name} begins with {name} on {day}")
    return OK


@app.command("stop")
@asynchronous
async def programme_stop(
    team_name: Annotated[str, typer.Option("--team", help="The team that stops.")],
) -> int:
    """Have a team stop. Example: olievlek sets programme stop --team Griffie."""
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return unknown_team(team_name)
        had_programme = await programmes.stop(session, team_id=team.id)
    typer.echo(
        f"{team.name} {'has no programme any more' if had_programme else 'had no programme'}"
    )
    return OK if had_programme else WRONG
