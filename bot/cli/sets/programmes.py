"""`olievlek sets programme`: programmes of some weeks, for a team."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app import now
from bot.cli.sets.sets import start_moment
from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, AsJson, StartDay
from bot.cli.shared.output import print_message, print_refusal, print_rows, unknown_team
from bot.config.reading import read_settings
from bot.core.rhythm.rhythm import local_day
from bot.set_files.programmes import programmes as bundled_programmes
from bot.store.challenges import programmes
from bot.store.teams import teams

app = command_group()


@app.command("list", help="overview.programme_list")
@asynchronous
async def programme_list(as_json: AsJson = False) -> int:
    """Lists the programmes."""
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


@app.command("start", help="overview.programme_start")
@asynchronous
async def programme_start(
    name: Annotated[str, typer.Argument(metavar="metavar.name", help="option.programme_name")],
    team_name: Annotated[
        str, typer.Option("--team", metavar="metavar.name", help="option.programme_start")
    ],
    starts: StartDay = "",
) -> int:
    """Has a team begin."""
    if name not in bundled_programmes():
        return print_refusal("missing.programme", name=name)
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return unknown_team(team_name)
        zone = ZoneInfo(team.zone)
        day = local_day(start_moment(starts, zone), zone)
        await programmes.start(session, name, day, now(), team_id=team.id)
    print_message("done.programme_started", team=team.name, programme=name, day=day)
    return OK


@app.command("stop", help="overview.programme_stop")
@asynchronous
async def programme_stop(
    team_name: Annotated[
        str, typer.Option("--team", metavar="metavar.name", help="option.programme_stop")
    ],
) -> int:
    """Has a team stop."""
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return unknown_team(team_name)
        had_programme = await programmes.stop(session, team_id=team.id)
    if not had_programme:
        return print_refusal("missing.team_programme", team=team.name)
    print_message("done.programme_stopped", team=team.name)
    return OK
