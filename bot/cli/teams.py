"""`olievlek team`: teams, their invitations and their boards."""

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app import now
from bot.channel_factory import configured_channels, invitation_links
from bot.channels.base import Channel, SendError
from bot.channels.registry import link_to_scan
from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.language import say
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, AsJson, Days, TeamName, Uses, Yes
from bot.cli.shared.output import (
    confirmed,
    error_line,
    print_message,
    print_refusal,
    print_rows,
    unknown_team,
    write_file,
)
from bot.config.settings import ConfigError, Settings
from bot.conversation.render import board
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import local_day
from bot.core.streaks.team_board import Board
from bot.languages.sentences import Sentence
from bot.pictures.qr import draw_qr
from bot.store.admin import audit
from bot.store.admin.audit import GROUP, Action
from bot.store.db.engine import Database
from bot.store.lifecycle.delete_team import delete_team
from bot.store.members import roles
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations, teams, weeks

app = command_group()


@app.command("create", help="overview.team_create")
@asynchronous
async def team_create(name: TeamName) -> int:
    """Makes a team."""
    normalized = teams.normalize_name(name)
    if not teams.is_valid_name(normalized):
        raise ConfigError([Sentence("mistake.team_name", name=name)])
    async with prepared_database() as (settings, database), database.transaction() as session:
        namesake = await teams.find_team(session, normalized)
        if namesake is not None:
            return print_refusal("refused.team_exists", name=namesake.name)
        at = now()
        team = await teams.create(session, normalized, settings.language, settings.time_zone, at)
        await record(session, Action.TEAM_CREATED, audit.team(team.id), at)
    print_message("done.team_created", team=normalized, command=invite_command(normalized))
    return OK


@app.command("rename", help="overview.team_rename")
@asynchronous
async def team_rename(
    name: TeamName,
    new_name: Annotated[str, typer.Argument(metavar="metavar.name", help="option.new_name")],
) -> int:
    """Gives a team another name; members see it at once."""
    normalized = teams.normalize_name(new_name)
    if not teams.is_valid_name(normalized):
        raise ConfigError([Sentence("mistake.team_name", name=new_name)])
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, name)
        if team is None:
            return unknown_team(name)
        was = team.name
        try:
            await teams.rename(session, team, normalized)
        except teams.TeamNameTaken:
            return print_refusal("refused.team_exists", name=normalized)
        await record(session, Action.TEAM_RENAMED, audit.team(team.id), now())
    print_message("done.team_renamed", team=normalized, was=was)
    return OK


@app.command("delete", help="overview.team_delete")
@asynchronous
async def team_delete(name: TeamName, yes: Yes = False) -> int:
    """Deletes a team; what its members wrote stays theirs."""
    async with prepared_database() as (_, database):
        async with database.reading() as session:
            team = await teams.find_team(session, name)
            if team is None:
                return unknown_team(name)
            members = len(await teams.members_of(session, team.id))
        if not (yes or confirmed("ask.team_delete", team=team.name, members=members)):
            return WRONG
        async with database.transaction() as session:
            team = await teams.find_team(session, name)
            if team is None:  # another command was first
                return unknown_team(name)
            subject, at = audit.team(team.id), now()
            left = await delete_team(session, team, at)
            await record(session, Action.TEAM_DELETED, subject, at)
    print_message("done.team_deleted", team=team.name, members=left)
    return OK


def invite_command(name: str) -> str:
    """Returns the command that invites to a team, quoted for a shell."""
    return shlex.join(["olievlek", "team", "invite", *(["--"] if name[0] == "-" else []), name])


@app.command("list", help="overview.team_list")
@asynchronous
async def team_list(as_json: AsJson = False) -> int:
    """Lists the teams."""
    async with prepared_database() as (_, database), database.reading() as session:
        rows = [
            {
                "team": counted.team.name,
                "members": counted.members,
                "leads": len(await roles.lead_addresses(session, counted.team.id)),
                "groups": [
                    chat.channel for chat in await teams.group_chats_of(session, counted.team.id)
                ],
                "created_at": counted.team.created_at.isoformat(timespec="seconds"),
            }
            for counted in await teams.all_teams(session)
        ]
    print_rows(rows, as_json)
    return OK


@app.command("invite", help="overview.team_invite")
@asynchronous
async def team_invite(
    name: TeamName,
    days: Days = None,
    uses: Uses = None,
    png: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.invite_png")
    ] = None,
    group: Annotated[bool, typer.Option("--group", help="option.invite_group")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="option.invite_revoke")] = False,
) -> int:
    """Makes an invitation: a code, a link, a QR picture."""
    if revoke:
        if days or uses or png or group:
            raise typer.BadParameter(say("mistake.revoke_alone"))
        return await _revoke_invitations(name)
    if group and uses:
        raise typer.BadParameter(say("mistake.group_uses"))
    return await _invite(name, days, uses, png, group)


async def _revoke_invitations(name: str) -> int:
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, name)
        if team is None:
            return unknown_team(name)
        revoked = await invitations.revoke_all(session, team.id, now())
        await record(session, Action.INVITATION_REVOKED, audit.team(team.id), now())
    print_message("done.revoked", team=team.name, n=revoked)
    return OK


async def _invite(
    name: str, days: int | None, uses: int | None, png: Path | None, to_group: bool
) -> int:
    kind = InvitationKind.GROUP if to_group else InvitationKind.TEAM
    valid_for = timedelta(days=days) if days else invitations.VALID_FOR[kind]
    uses = uses or invitations.USES[kind]
    async with prepared_database() as (settings, database):
        async with database.transaction() as session:
            team = await teams.find_team(session, name)
            if team is None:
                return unknown_team(name)
            at = now()
            code = await invitations.create_invitation(
                session, team.id, kind, at, valid_for=valid_for, uses=uses
            )
            detail = GROUP if to_group else audit.invitation(uses, at + valid_for)
            await record(session, Action.INVITED, audit.team(team.id), at, detail)
        links = await _links(settings, database, code, to_group)
    print_message("done.code_for_group" if to_group else "done.code", code=code)
    for link in links.values():
        typer.echo(link)
    until = local_day(at + valid_for, ZoneInfo(team.zone))
    print_message("done.works_until", day=until, n=uses)
    if png is not None:
        write_file(png, draw_qr(link_to_scan(links) or f"/start {code}"))
    return OK


async def _links(
    settings: Settings, database: Database, code: str, to_group: bool
) -> dict[str, str]:
    """Returns the links that carry the code, of the channels that can be reached now."""
    try:
        channels = configured_channels(settings, database, now)
    except ConfigError:
        print_refusal("done.no_link")
        return {}
    try:
        reachable = [channel for channel in channels if await _can_be_reached(channel)]
        return invitation_links(reachable, code, to_group)
    finally:
        for channel in channels:
            await channel.close()


async def _can_be_reached(channel: Channel) -> bool:
    """Logs in, as a link carries the bot's own name on the channel."""
    try:
        await channel.whoami()
    except SendError as error:
        print_refusal("done.no_link_now", channel=channel.name, trouble=error_line(error))
        return False
    return True


@app.command("board", help="overview.team_board")
@asynchronous
async def team_board(
    name: TeamName,
    png: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.board_png")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Tells how a team is doing."""
    async with prepared_database() as (settings, database), database.transaction() as session:
        team = await teams.find_team(session, name)
        if team is None:
            return unknown_team(name)
        team_board = await weeks.board_of(session, team, settings.min_group_size, now())
        say = Words(settings.language)
        titles = await board.titles_in(session, settings.language)
    if as_json:
        print_rows([board_row(team_board)], True)
    else:
        typer.echo(board.words(team_board, titles, say))
    if png is not None:
        write_file(png, board.picture(team_board, titles, say).drawing.draw())
    return OK


def board_row(team_board: Board) -> dict[str, object]:
    """Returns what the picture shows, for a program."""
    return {
        "team": team_board.team,
        "phase": team_board.phase,
        "streak": team_board.streak,
        "size": round(team_board.size, 1),
        "reach": team_board.reach,
        "weeks": [{"monday": str(week.monday), "mark": week.mark} for week in team_board.recent],
        "themes": sorted(team_board.themes),
    }
