"""`olievlek role`: who may do what."""

from bot.app import now
from bot.cli.shared.common import (
    asynchronous,
    parse_address,
    prepared_database,
    unlocked_database,
)
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, AsJson, OfTeam, RoleName, Who
from bot.cli.shared.output import print_message, print_refusal, print_rows, unknown_team
from bot.cli.teams import invite_command
from bot.config.settings import ConfigError
from bot.languages.sentences import Choice, Sentence
from bot.store.admin.audit import Action
from bot.store.members import granting, roles
from bot.store.members.granting import ROLES, TEAM_ROLES, Holder, NoSuchMember, subject_at
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams

app = command_group()


@app.command("grant", help="overview.role_grant")
@asynchronous
async def role_grant(role_name: RoleName, who: Who, team_name: OfTeam = None) -> int:
    """Gives a role."""
    address = _parse_holder(role_name, who, team_name)
    async with unlocked_database() as (_, database, vault), database.transaction() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return unknown_team(team_name)
        holder = Holder(address, role_name, team)
        try:
            is_new = await granting.give(session, holder, now())
        except NoSuchMember:
            invite = invite_command(str(team_name))
            return print_refusal("missing.future_member", who=who, command=invite)
        if is_new:
            subject = await subject_at(session, vault, address)
            await record(session, Action.GRANTED, subject, now(), holder.audited)
    key = "done.role_granted" if is_new else "done.role_granted_before"
    print_message(key, who=who, role=_role_text(role_name, team))
    return OK


@app.command("revoke", help="overview.role_revoke")
@asynchronous
async def role_revoke(role_name: RoleName, who: Who, team_name: OfTeam = None) -> int:
    """Takes a role back."""
    address = _parse_holder(role_name, who, team_name)
    async with unlocked_database() as (_, database, vault), database.transaction() as session:
        team = await teams.find_team(session, team_name) if team_name else None
        if team_name and team is None:
            return unknown_team(team_name)
        holder = Holder(address, role_name, team)
        had_role = await granting.take_back(session, holder, now())
        if had_role:
            subject = await subject_at(session, vault, address)
            await record(session, Action.REVOKED, subject, now(), holder.audited)
    role_text = _role_text(role_name, team)
    if not had_role:
        return print_refusal("missing.role", who=who, role=role_text)
    print_message("done.role_revoked", who=who, role=role_text)
    return OK


@app.command("list", help="overview.role_list")
@asynchronous
async def role_list(as_json: AsJson = False) -> int:
    """Lists who has a role."""
    async with prepared_database() as (_, database), database.reading() as session:
        rows = [
            {
                "who": f"{grant.channel}:{grant.address}",
                "role": str(grant.role),
                "team": grant.team,
                "granted_at": grant.granted_at.isoformat(timespec="seconds"),
                "until": grant.until and grant.until.isoformat(timespec="seconds"),
            }
            for grant in await roles.all_grants(session)
        ]
    print_rows(rows, as_json)
    return OK


def _parse_holder(role_name: str, who: str, team_name: str | None) -> tuple[str, str]:
    """Returns the channel and the address of whoever has or gets a role.

    Raises:
        ConfigError: there is no such role or address, or the role goes with a team and has none,
            or the other way round.
    """
    if role_name not in ROLES:
        raise ConfigError([Sentence("mistake.role", role=role_name, roles=Choice(ROLES))])
    if (role_name in TEAM_ROLES) != bool(team_name):
        key = "mistake.team_needed" if role_name in TEAM_ROLES else "mistake.team_given"
        raise ConfigError([Sentence(key, role=role_name)])
    return parse_address(who)


def _role_text(role_name: str, team: TeamRow | None) -> str | Sentence:
    return Sentence("value.role_of_team", role=role_name, team=team.name) if team else role_name
