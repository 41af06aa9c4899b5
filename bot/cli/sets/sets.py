"""`olievlek sets` for published sets: what is live, for whom, and what works."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.cli.sets.set_files import read_or_print_faults
from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.language import say, spoken
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, AsJson, SetName, StartDay, Yes
from bot.cli.shared.output import (
    confirmed,
    print_message,
    print_refusal,
    print_rows,
    unknown_team,
    write_file,
)
from bot.config.settings import ConfigError, Settings
from bot.conversation.render import statistics as statistics_texts
from bot.conversation.render.board import titles_in
from bot.conversation.words import Words
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Audience, Changes, Publication, live_versions
from bot.core.challenges.statistics import people_in_batch, sums_by_theme
from bot.core.rhythm.rhythm import at_local, local_day
from bot.languages.sentences import Sentence
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.challenges import diff, publications, statistics
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams

EVERYBODY = Sentence("value.everybody")


@asynchronous
async def sets_push(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.set_file")],
    team_names: Annotated[
        list[str] | None, typer.Option("--team", metavar="metavar.name", help="option.push_team")
    ] = None,
    starts: StartDay = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="option.dry_run")] = False,
) -> int:
    """Tells what changes, and publishes."""
    challenge_set = read_or_print_faults(file)
    if challenge_set is None:
        return WRONG
    async with prepared_database() as (settings, database), database.transaction() as session:
        audience_teams: list[TeamRow] = []
        for name in team_names or []:
            team = await teams.find_team(session, name)
            if team is None:
                return unknown_team(name)
            audience_teams.append(team)
        audience = _audience(audience_teams, starts, settings)
        audience_names = [team.name for team in audience_teams] or [spoken(EVERYBODY)]
        if not dry_run:
            # Locks the set, so that nobody publishes it between the comparison and ours.
            await publications.last_publication_number(session, challenge_set.set, for_update=True)
        if not await _print_changes(session, challenge_set, audience):
            return OK
        if dry_run:
            print_message("done.dry_run")
            return OK
        await _publish(session, challenge_set, audience, audience_names)
    return OK


async def _print_changes(
    session: AsyncSession, challenge_set: ChallengeSet, audience: Audience
) -> bool:
    """Prints what changes against the live version; returns whether anything does."""
    comparison = await diff.compare_with_live(session, challenge_set, audience)
    name, live = challenge_set.set, comparison.version
    if comparison.live and live is not None:
        print_message("done.push_same", set=name, version=live.number)
        return False
    if live:
        print_message("done.push_compared", set=name, version=live.number)
    else:
        print_message("done.push_new", set=name)
    for line in _change_lines(comparison.changes):
        typer.echo(line)
    return True


def _change_lines(changes: Changes) -> list[str]:
    """Returns a line for each kind of change, such as `new (2): een, twee`."""
    kinds = {
        say("value.new"): changes.new,
        say("value.changed"): changes.changed,
        say("value.retired"): changes.retired,
    }
    return [
        f"{kind} ({len(slugs)}){': ' if slugs else ''}{', '.join(slugs)}"
        for kind, slugs in kinds.items()
    ]


async def _publish(
    session: AsyncSession,
    challenge_set: ChallengeSet,
    audience: Audience,
    audience_names: Sequence[str],
) -> None:
    version = await publications.publish(session, challenge_set, now(), audience)
    if version is None:
        return
    detail = audit.publication(version.number, audience)
    await record(session, Action.PUBLISHED, audit.challenge_set(challenge_set.set), now(), detail)
    print_message("done.published", version=version.number, audience=", ".join(audience_names))
    for starts_at in sorted(set(audience.values())):
        if starts_at > now():
            print_message("done.published_from", start=starts_at.isoformat(timespec="minutes"))


def _audience(audience_teams: Sequence[TeamRow], starts: str, settings: Settings) -> Audience:
    """Returns for whom a version is, everybody without teams, and from which moment.

    Raises:
        ConfigError: `starts` is no day, or one that is over.
    """
    zones: dict[int | None, str] = {team.id: team.zone for team in audience_teams}
    zones = zones or {None: settings.time_zone}
    return {team: start_moment(starts, ZoneInfo(zone)) for team, zone in zones.items()}


def start_moment(starts: str, zone: ZoneInfo) -> datetime:
    """Returns when the day `starts` begins in `zone`; now, if it is today or empty.

    Raises:
        ConfigError: `starts` is no day, or one that is over.
    """
    at = now()
    if not starts:
        return at
    try:
        day = date.fromisoformat(starts)
    except ValueError as error:
        raise ConfigError([Sentence("mistake.day", day=starts)]) from error
    if day < local_day(at, zone):
        raise ConfigError([Sentence("mistake.past_day", day=starts)])
    return max(at, at_local(day, time(0), zone))


@asynchronous
async def sets_rollback(name: SetName) -> int:
    """Goes back to the version before."""
    async with prepared_database() as (_, database), database.transaction() as session:
        if not await publications.versions_of(session, name):
            return _unknown_set(name)
        rollback = await publications.roll_back(session, name, now())
        if rollback is None:
            return print_refusal("missing.earlier_version", set=name)
        names = await _team_names(session)
        detail = audit.publication(rollback.current, rollback.back_to)
        await record(session, Action.ROLLED_BACK, audit.challenge_set(name), now(), detail)
    for team, version in rollback.back_to.items():
        print_message(
            "done.rolled_back",
            set=name,
            version=version,
            audience=names[team],
            was=rollback.current,
        )
    return OK


@asynchronous
async def sets_withdraw(name: SetName, yes: Yes = False) -> int:
    """Takes a set away from everybody; a rollback brings it back."""
    async with prepared_database() as (_, database):
        async with database.reading() as session:
            if not await publications.versions_of(session, name):
                return _unknown_set(name)
        if not (yes or confirmed("ask.withdraw", set=name)):
            return WRONG
        async with database.transaction() as session:
            version = await publications.withdraw(session, name, now())
            if version is None:
                return print_refusal("refused.withdrawn", set=name)
            detail = audit.publication(version.number, ())
            await record(session, Action.WITHDRAWN, audit.challenge_set(name), now(), detail)
    print_message("done.withdrawn", set=name)
    return OK


@asynchronous
async def sets_list(
    everything: Annotated[bool, typer.Option("--all", help="option.list_all")] = False,
    as_json: AsJson = False,
) -> int:
    """Lists the sets that are live."""
    async with prepared_database() as (settings, database), database.reading() as session:
        team_names = await _team_names(session)
        rows: list[dict[str, Any]] = []
        for newest in await publications.newest_versions(session):
            history = await publications.publications_of(session, newest.name)
            versions = await publications.versions_of(session, newest.name)
            by_number = {version.number: version for version in versions}
            live = _live(history, now())
            rows += [
                {
                    "set": publication.set_name,
                    "version": publication.version,
                    "title": version.title_in(settings.language),
                    "published_at": version.published_at.isoformat(timespec="seconds"),
                    "for": team_names[publication.team],
                    "from": publication.starts_at.isoformat(timespec="seconds"),
                    "live": publication in live,
                }
                for publication in (history if everything else live)
                for version in [by_number[publication.version]]
            ]
    print_rows(rows, as_json)
    return OK


def _live(history: Sequence[Publication], at: datetime) -> list[Publication]:
    """Returns what is live of one set: for everybody, then for the teams with something else."""
    everybody = list(live_versions(history, (), at).values())
    team_ids = {publication.team for publication in history if publication.team is not None}
    for_teams = [
        live for team in sorted(team_ids) for live in live_versions(history, [team], at).values()
    ]
    return [*everybody, *(live for live in for_teams if live not in everybody)]


@asynchronous
async def sets_show(
    name: SetName,
    version: Annotated[
        int | None, typer.Option(metavar="metavar.number", help="option.version")
    ] = None,
    team_name: Annotated[
        str | None, typer.Option("--team", metavar="metavar.name", help="option.show_team")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Shows the challenges of a live set."""
    async with prepared_database() as (settings, database), database.reading() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return unknown_team(team_name)
        if version is None:
            version = await _live_version(session, name, team)
        versions = {row.number: row for row in await publications.versions_of(session, name)}
        if version not in versions:
            return _unknown_set(name, version if versions else None)
        rows = [
            {
                "id": row.slug,
                "minutes": row.minutes,
                "daring": row.daring,
                "span": row.span,
                "fits": row.fits if as_json else ", ".join(row.fits),
                "at": row.at,
                "task": row.text_in(settings.language)["task"],
            }
            for row in await publications.challenges_in(session, versions[version].id)
        ]
    print_rows(rows, as_json)
    return OK


async def _live_version(session: AsyncSession, name: str, team: TeamRow | None) -> int | None:
    """Returns the version that is live for a team, otherwise the newest; None: there is no set."""
    history = await publications.publications_of(session, name)
    live = live_versions(history, [team.id] if team else (), now()).get(name)
    newest = max((publication.version for publication in history), default=None)
    return live.version if live else newest


@asynchronous
async def sets_stats(
    name: Annotated[
        str | None, typer.Argument(metavar="metavar.name", help="option.stats_set")
    ] = None,
    as_json: AsJson = False,
    table: Annotated[
        Path | None, typer.Option("--csv", metavar="metavar.file", help="option.stats_csv")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.stats_png")
    ] = None,
) -> int:
    """Tells what works, never about few people."""
    async with prepared_database() as (settings, database), database.transaction() as session:
        if name is not None and not await publications.versions_of(session, name):
            return _unknown_set(name)
        people, say = people_in_batch(settings.min_group_size), Words(settings.language)
        titles = await titles_in(session, settings.language)
        counts = await statistics.challenge_counts(session, people, now(), name)
    if table is not None:
        write_file(table, statistics_texts.as_csv(counts))
    if png is not None:
        themes = sums_by_theme(counts)
        write_file(png, statistics_texts.picture(themes, titles, say).drawing.draw())
    if as_json:
        print_rows(statistics_texts.rows(counts), True)
    elif name is None:
        typer.echo(statistics_texts.messages(counts, titles, people, say)[0].text)
    else:
        typer.echo(statistics_texts.messages_for_set(counts, titles[name], people, say).text)
    return OK


async def _team_names(session: AsyncSession) -> dict[int | None, str | Sentence]:
    """Returns the names of all teams by id; everybody's is under None."""
    counted_teams = await teams.all_teams(session)
    return {None: EVERYBODY, **{counted.team.id: counted.team.name for counted in counted_teams}}


def _unknown_set(name: str, version: int | None = None) -> int:
    """Prints that there is no such set, or no such version of it; returns the exit code."""
    if version is None:
        return print_refusal("missing.set", name=name)
    return print_refusal("missing.version", name=name, version=version)
