"""What the commands for published challenge sets do; each returns its exit code."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.cli.commands import OK, WRONG, prepared_database, print_rows
from bot.cli.set_file_commands import read_or_print_faults
from bot.conversation.render import statistics as telling
from bot.conversation.render.board import titles_in
from bot.conversation.words import Words
from bot.core.challenge import ChallengeSet
from bot.core.publishing import Audience, Changes, Publication, live_versions
from bot.core.rhythm import at_local, local_day
from bot.core.statistics import publishable_statistics
from bot.set_files.programmes import programmes
from bot.settings import ConfigError, Settings, read_settings
from bot.store.challenges import diff, publications, statistics
from bot.store.challenges import programmes as courses
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams

EVERYBODY = "everybody"


async def sets_push(file: Path, team_names: Sequence[str], starts: str, dry_run: bool) -> int:
    """Tells what changes, and publishes."""
    challenge_set = read_or_print_faults(file)
    if challenge_set is None:
        return WRONG
    async with prepared_database() as (settings, database), database.transaction() as session:
        chosen: list[TeamRow] = []
        for name in team_names:
            if (team := await teams.find_team(session, name)) is None:
                return _no_team(name)
            chosen.append(team)
        audience = _audience(chosen, starts, settings)
        return await _push(session, challenge_set, audience, chosen, dry_run)


async def _push(
    session: AsyncSession,
    challenge_set: ChallengeSet,
    audience: Audience,
    chosen: Sequence[TeamRow],
    dry_run: bool,
) -> int:
    if not dry_run:  # nobody publishes it between our look and our word
        await publications.last_act(session, challenge_set.set, alone=True)
    compared = await diff.compare_with_live(session, challenge_set, audience)
    name, before = challenge_set.set, compared.version
    if compared.live and before is not None:
        typer.echo(f"{name}: version {before.number} says the same; nothing changes")
        return OK
    was = f"compared with version {before.number}" if before else "there is none of this name yet"
    typer.echo(f"{name}: {was}")
    for line in _changed(compared.changes):
        typer.echo(line)
    if dry_run:
        typer.echo("nothing is published")
        return OK
    version = await publications.publish(session, challenge_set, now(), audience)
    if version is not None:
        names = [team.name for team in chosen] or [EVERYBODY]
        typer.echo(f"version {version.number} is published for {', '.join(names)}")
        for starts_at in sorted(set(audience.values())):
            if starts_at > now():
                typer.echo(f"it begins at {starts_at.isoformat(timespec='minutes')}")
    return OK


def _changed(changes: Changes) -> list[str]:
    """`new (2): een, twee`, a line for each kind."""
    kinds = {"new": changes.new, "changed": changes.changed, "retired": changes.retired}
    return [
        f"{kind} ({len(slugs)}){': ' if slugs else ''}{', '.join(slugs)}"
        for kind, slugs in kinds.items()
    ]


def _audience(chosen: Sequence[TeamRow], starts: str, settings: Settings) -> Audience:
    """For whom, and from when: now, or when that day begins where they are.

    Raises:
        ConfigError: it is no day, or one that is over.
    """
    zones: dict[int | None, str] = {team.id: team.zone for team in chosen}
    zones = zones or {None: settings.time_zone}
    return {team: _start(starts, ZoneInfo(zone)) for team, zone in zones.items()}


def _start(starts: str, zone: ZoneInfo) -> datetime:
    at = now()
    if not starts:
        return at
    try:
        day = date.fromisoformat(starts)
    except ValueError as error:
        raise ConfigError([f"--from is {starts!r}; should be a day such as 2027-01-31"]) from error
    if day < local_day(at, zone):
        raise ConfigError([f"--from is {starts}, which is over; without it, it begins now"])
    return max(at, at_local(day, time(0), zone))


async def sets_rollback(name: str) -> int:
    """Makes the version before the last one live again."""
    async with prepared_database() as (_, database), database.transaction() as session:
        if not await publications.versions_of(session, name):
            return _no_set(name)
        way = await publications.roll_back(session, name, now())
        if way is None:
            typer.echo(f"{name}: there is no earlier version to go back to", err=True)
            return WRONG
        names = await _team_names(session)
    for team, version in way.back_to.items():
        whom = names[team]
        typer.echo(f"{name}: version {version} is live for {whom} (was version {way.current})")
    return OK


async def sets_list(everything: bool, as_json: bool) -> int:
    """Lists what is live for whom, or all that was ever published."""
    async with prepared_database() as (settings, database), database.reading() as session:
        names = await _team_names(session)
        rows: list[dict[str, Any]] = []
        for newest in await publications.newest_versions(session):
            published = await publications.publications_of(session, newest.name)
            versions = {
                one.number: one for one in await publications.versions_of(session, newest.name)
            }
            for one in published if everything else _live(published, now()):
                version = versions[one.version]
                rows.append(
                    {
                        "set": one.set_name,
                        "version": one.version,
                        "title": version.title_in(settings.language),
                        "published_at": version.published_at.isoformat(timespec="seconds"),
                        "for": names[one.team],
                        "from": one.starts_at.isoformat(timespec="seconds"),
                        "live": one in _live(published, now()),
                    }
                )
    print_rows(rows, as_json)
    return OK


def _live(published: Sequence[Publication], at: datetime) -> list[Publication]:
    """What is live of one set: for everybody, and for the teams that have something else."""
    everybody = list(live_versions(published, (), at).values())
    own: Iterable[int] = {one.team for one in published if one.team is not None}
    others = [
        live for team in sorted(own) for live in live_versions(published, [team], at).values()
    ]
    return [*everybody, *(one for one in others if one not in everybody)]


async def sets_show(name: str, number: int | None, team_name: str | None, as_json: bool) -> int:
    """Lists the challenges of a version: of the live one, unless a number is given."""
    async with prepared_database() as (settings, database), database.reading() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return _no_team(team_name)
        if number is None:
            published = await publications.publications_of(session, name)
            live = live_versions(published, [team.id] if team else (), now()).get(name)
            newest = max((one.version for one in published), default=None)
            number = live.version if live else newest
        versions = {one.number: one for one in await publications.versions_of(session, name)}
        if number not in versions:
            return _no_set(name, number if versions else None)
        rows = [
            {
                "id": row.slug,
                "minutes": row.minutes,
                "daring": row.daring,
                "task": row.text_in(settings.language)["task"],
            }
            for row in await publications.challenges_in(session, versions[number].id)
        ]
    print_rows(rows, as_json)
    return OK


async def sets_stats(name: str | None, as_json: bool, table: Path | None, png: Path | None) -> int:
    """Tells what works: of each challenge that came to enough people, and of each set."""
    async with prepared_database() as (settings, database), database.reading() as session:
        if name is not None and not await publications.versions_of(session, name):
            return _no_set(name)
        minimum, say = settings.min_group_size, Words(settings.language)
        titles = await titles_in(session, settings.language)
        found = publishable_statistics(await statistics.challenge_counts(session, name), minimum)
    if table is not None:
        _write(table, telling.as_csv(found.challenges))
    if png is not None:
        _write(png, telling.picture(found.themes, titles, say).draw())
    if as_json:
        print_rows(telling.rows(found.challenges), True)
    elif name is None:
        typer.echo(telling.messages(found, titles, minimum, say)[0].text)
    else:
        typer.echo(telling.messages_for_set(found, titles[name], minimum, say).text)
    return OK


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    typer.echo(f"{file} is written", err=True)


async def programme_list(as_json: bool) -> int:
    """Lists the programmes that a team can start."""
    language = read_settings().language
    rows = [
        {
            "programme": one.programme,
            "title": one.title.in_language(language),
            "weeks": len(one.weeks),
        }
        for one in programmes().values()
    ]
    print_rows(rows, as_json)
    return OK


async def programme_start(name: str, team_name: str, starts: str) -> int:
    """Has a team begin with a programme."""
    if name not in programmes():
        typer.echo(f"there is no programme {name!r}; see `olievlek sets programme list`", err=True)
        return WRONG
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return _no_team(team_name)
        zone = ZoneInfo(team.zone)
        day = local_day(_start(starts, zone), zone)
        await courses.start(session, name, day, now(), team_id=team.id)
    typer.echo(f"{team.name} begins with {name} on {day}")
    return OK


async def programme_stop(team_name: str) -> int:
    """Has a team do without a programme."""
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name)
        if team is None:
            return _no_team(team_name)
        had = await courses.stop(session, team_id=team.id)
    typer.echo(f"{team.name} {'has no programme any more' if had else 'had no programme'}")
    return OK if had else WRONG


async def _team_names(session: AsyncSession) -> dict[int | None, str]:
    counted = await teams.all_teams(session)
    return {None: EVERYBODY, **{one.team.id: one.team.name for one in counted}}


def _no_set(name: str, number: int | None = None) -> int:
    what = f"set {name!r}" if number is None else f"version {number} of {name!r}"
    typer.echo(f"there is no {what}; see `olievlek sets list --all`", err=True)
    return WRONG


def _no_team(name: str) -> int:
    typer.echo(f"there is no team {name!r}; see `olievlek team list`", err=True)
    return WRONG
