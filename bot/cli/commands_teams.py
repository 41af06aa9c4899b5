"""What the commands for teams and roles do; each returns its exit code."""

import shlex
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.app import invitation_links, now
from bot.channel_factory import configured_channels
from bot.channels.base import Channel, SendError
from bot.cli.commands import OK, WRONG, parse_address, prepared_database, print_rows
from bot.conversation.render import board
from bot.conversation.words import Words
from bot.core.rhythm import local_day
from bot.core.team_board import Board
from bot.settings import ConfigError, Settings
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.lifecycle.leave_team import leave_team
from bot.store.members import members, roles
from bot.store.schema.teams import InvitationKind, Role, TeamRow
from bot.store.teams import invitations, teams, weeks

WITH_TEAM = frozenset({"member", "lead"})
ROLES = ("member", "lead", "trainer", "admin")
MEMBER = "member"


async def team_create(name: str) -> int:
    """Makes a team."""
    tidy = teams.normalize_name(name)
    if not teams.is_valid_name(tidy):
        raise ConfigError([f"{name!r} is no name for a team; it is 1 to 60 visible characters"])
    async with prepared_database() as (settings, database), database.transaction() as session:
        there = await teams.find_team(session, tidy)
        if there is not None:
            typer.echo(f"there is a team {there.name!r} already", err=True)
            return WRONG
        await teams.create(session, tidy, settings.language, settings.time_zone, now())
    typer.echo(f"{tidy} is there; next: {_invite(tidy)}")
    return OK


def _invite(name: str) -> str:
    """The command that invites, as a shell understands it."""
    return shlex.join(["olievlek", "team", "invite", *(["--"] if name[0] == "-" else []), name])


async def team_list(as_json: bool) -> int:
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


async def team_invite(
    name: str, days: int | None, uses: int | None, picture: Path | None, to_group: bool
) -> int:
    """Makes an invitation: a code, a link where a channel has one, and a QR picture."""
    opens = InvitationKind.GROUP if to_group else InvitationKind.TEAM
    lasts = timedelta(days=days) if days else invitations.LASTS[opens]
    uses = uses or invitations.USES[opens]
    async with prepared_database() as (settings, database):
        async with database.transaction() as session:
            team = await teams.find_team(session, name)
            if team is None:
                return _no_team(name)
            at = now()
            code = await invitations.create_invitation(
                session, team.id, opens, at, lasts=lasts, uses=uses
            )
        links = await _links(settings, database, code, to_group)
    typer.echo(f"code: {code} (type /start {code} in {'the group' if to_group else 'a chat'})")
    for link in links.values():
        typer.echo(link)
    until = local_day(at + lasts, ZoneInfo(team.zone))
    typer.echo(f"works until {until}, {'once' if uses == 1 else f'for {uses} people'}")
    if picture is not None:
        _draw(picture, next(iter(links.values()), f"/start {code}"))
    return OK


async def team_revoke(name: str) -> int:
    """Takes back every invitation of a team."""
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, name)
        if team is None:
            return _no_team(name)
        closed = await invitations.revoke_all(session, team.id, now())
    typer.echo(f"invitations of {team.name} that do not work any more: {closed}")
    return OK


def _draw(picture: Path, text: str) -> None:
    from bot.pictures.qr import draw_qr

    _write(picture, draw_qr(text))


async def _links(
    settings: Settings, database: Database, code: str, to_group: bool
) -> dict[str, str]:
    """The links that carry the code, of the channels that can be reached now."""
    try:
        channels = configured_channels(settings, database, now)
    except ConfigError:
        typer.echo("no channel is configured, so there is no link yet", err=True)
        return {}
    try:
        return invitation_links(
            [one for one in channels if await _knows_itself(one)], code, to_group
        )
    finally:
        for channel in channels:
            await channel.close()


async def _knows_itself(channel: Channel) -> bool:
    try:
        await channel.whoami()
    except SendError as error:
        typer.echo(f"{channel.name} cannot be reached now, so it gives no link ({error})", err=True)
        return False
    return True


async def team_board(name: str, picture: Path | None, as_json: bool) -> int:
    """Tells the board of a team, and draws it."""
    async with prepared_database() as (settings, database), database.transaction() as session:
        team = await teams.find_team(session, name)
        if team is None:
            return _no_team(name)
        shown = await weeks.board_of(session, team, settings.min_group_size, now())
        say = Words(settings.language)
        titles = await board.titles_in(session, settings.language)
    if as_json:
        print_rows([_row(shown)], True)
    else:
        typer.echo(board.words(shown, titles, say))
    if picture is not None:
        _write(picture, board.picture(shown, titles, say).draw())
    return OK


def _row(shown: Board) -> dict[str, object]:
    """What the picture shows, for a program."""
    last = shown.last_week
    return {
        "team": shown.team,
        "phase": shown.phase,
        "streak": shown.streak,
        "size": round(shown.size, 1),
        "reach": shown.reach,
        "weeks": [{"monday": str(week.monday), "mark": week.mark} for week in shown.recent],
        "last_week": last and {"took_part": last.took_part, "had_round": last.had_round},
        "themes": sorted(shown.themes),
    }


def _write(picture: Path, png: bytes) -> None:
    try:
        picture.write_bytes(png)
    except OSError as error:
        raise OperationRefused(f"{picture} cannot be written ({error.strerror})") from error
    typer.echo(f"{picture} is written", err=True)


async def role_grant(role: str, who: str, team_name: str | None) -> int:
    """Gives somebody a role; the bot shows them their commands within a minute."""
    pair = _checked(role, who, team_name)
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return _no_team(team_name)
        if role != MEMBER:
            new = await roles.grant(session, pair, Role(role), team.id if team else None, now())
        else:
            found = await members.find_member(session, *pair)
            if found is None or team is None:
                invite = _invite(str(team_name))
                typer.echo(f"nobody takes part as {who} yet; next: {invite}", err=True)
                return WRONG
            new = await teams.add_to_team(session, team.id, found.id, now())
    typer.echo(_told(who, role, team, "is now" if new else "is already"))
    return OK


async def role_revoke(role: str, who: str, team_name: str | None) -> int:
    """Takes a role back."""
    pair = _checked(role, who, team_name)
    async with prepared_database() as (_, database), database.transaction() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return _no_team(team_name)
        if role != MEMBER:
            was = await roles.revoke(session, pair, Role(role), team.id if team else None)
        else:
            found = await members.find_member(session, *pair)
            was = bool(found and team and await leave_team(session, team.id, found.id, now()))
    typer.echo(_told(who, role, team, "is no longer" if was else "was not"), err=not was)
    return OK if was else WRONG


async def role_list(as_json: bool) -> int:
    """Lists who has which role; who is merely a member is not in it."""
    async with prepared_database() as (_, database), database.reading() as session:
        rows = [
            {
                "who": f"{one.channel}:{one.address}",
                "role": str(one.role),
                "team": one.team,
                "granted_at": one.granted_at.isoformat(timespec="seconds"),
            }
            for one in await roles.all_grants(session)
        ]
    print_rows(rows, as_json)
    return OK


def _checked(role: str, who: str, team_name: str | None) -> tuple[str, str]:
    if role not in ROLES:
        raise ConfigError([f"{role!r} is no role; it is one of {', '.join(ROLES)}"])
    if (role in WITH_TEAM) != bool(team_name):
        how = "needs" if role in WITH_TEAM else "takes no"
        raise ConfigError([f"the role {role} {how} --team NAME"])
    return parse_address(who)


def _told(who: str, role: str, team: TeamRow | None, how: str) -> str:
    return f"{who} {how} {role}" + (f" of {team.name}" if team else "")


def _no_team(name: str) -> int:
    typer.echo(f"there is no team {name!r}; see `olievlek team list`", err=True)
    return WRONG
