"""Who may do what: giving roles and taking them back, as `olievlek role` does."""

from starlette.responses import Response

from bot.channels.registry import address_examples, find_channel
from bot.conversation.context import NotUnderstood
from bot.core.permissions import Audience
from bot.languages.registry import language_of
from bot.store.admin.audit import Action
from bot.store.members import granting, roles
from bot.store.members.granting import MEMBER, ROLES, TEAM_ROLES, Holder, NoSuchMember
from bot.store.members.roles import AddressPair
from bot.store.schema.teams import Role
from bot.store.teams import teams
from bot.web.pages.admin.tables import table
from bot.web.pages.page import Page
from bot.web.pages.visit import NotHere, Visit

MAX_SHOWN = 80  # characters of an address that is none


async def show(visit: Visit) -> Response:
    """Shows who has which role, and a form to change that."""
    all_teams = [counted.team for counted in await teams.all_teams(visit.session)]
    columns = ("who", "role", "team", "granted_at", "until")
    rows = [
        (
            f"{grant.channel}:{grant.address}",
            grant.role,
            grant.team,
            grant.granted_at.date(),
            grant.until and grant.until.date(),
        )
        for grant in await roles.all_grants(visit.session)
    ]
    return visit.render(
        "admin/roles.html",
        visit.say("page.admin_roles"),
        grants=table(visit.say, columns, rows),
        roles=[(name, _role_name(visit, name)) for name in ROLES],
        teams=[("", visit.say("page.admin_no_team"))]
        + [(team.id, team.name) for team in all_teams],
        examples=address_examples(with_remarks=True).in_language(language_of(visit.say.language)),
    )


def _role_name(visit: Visit, name: str) -> str:
    keys = {
        MEMBER: "page.admin_member",
        Role.LEAD: "page.admin_lead",
        Role.TRAINER: "page.admin_trainer",
        Role.ADMIN: "page.admin_admin",
    }
    return visit.say(keys[name])


async def change(visit: Visit) -> Response:
    """Gives the role that was filled in, or takes it back: whichever button was pressed."""
    what = visit.field("what")
    if what not in ("give", "take"):
        raise NotHere
    holder = await _holder(visit)
    return await (_give(visit, holder) if what == "give" else _take_back(visit, holder))


async def _give(visit: Visit, holder: Holder) -> Response:
    context = visit.context
    try:
        is_new = await granting.give(visit.session, holder, context.at)
    except NoSuchMember as error:
        raise NotUnderstood("page.admin_no_member") from error
    if is_new:
        subject = await granting.subject_at(visit.session, context.vault, holder.pair)
        await context.record(Action.GRANTED, subject, holder.audited)
    key = "page.admin_given" if is_new else "page.admin_given_before"
    return visit.go("admin/roles", visit.say(key, role=_role_name(visit, holder.role)))


async def _take_back(visit: Visit, holder: Holder) -> Response:
    context = visit.context
    if holder.role == Role.ADMIN and holder.pair == context.sender.pair:
        raise NotUnderstood("page.admin_not_self")
    if not await granting.take_back(visit.session, holder, context.at):
        raise NotUnderstood("page.admin_not_theirs", role=_role_name(visit, holder.role))
    subject = await granting.subject_at(visit.session, context.vault, holder.pair)
    await context.record(Action.REVOKED, subject, holder.audited)
    return visit.go(
        "admin/roles", visit.say("page.admin_taken", role=_role_name(visit, holder.role))
    )


async def _holder(visit: Visit) -> Holder:
    """Returns who has or gets which role.

    Raises:
        NotUnderstood: there is no such role, address or team, or the role goes with a team and has
            none, or the other way round.
    """
    name, team_id = visit.field("role"), visit.field("team")
    if name not in ROLES:
        raise NotUnderstood("page.admin_no_role")
    pair = _address(visit)
    if (name in TEAM_ROLES) != bool(team_id):
        key = "page.admin_team_needed" if name in TEAM_ROLES else "page.admin_team_given"
        raise NotUnderstood(key, role=_role_name(visit, name))
    found = [
        counted.team
        for counted in await teams.all_teams(visit.session)
        if str(counted.team.id) == team_id
    ]
    if team_id and not found:
        raise NotUnderstood("page.admin_unknown_team")
    return Holder(pair, name, found[0] if found else None)


def _address(visit: Visit) -> AddressPair:
    """Returns the address that was filled in, such as `telegram:7`.

    Raises:
        NotUnderstood: there is no such channel, or its addresses look otherwise.
    """
    name, _, address = visit.field("who").partition(":")
    channel = find_channel(name)
    if channel is None or not channel.address.matches(address):
        raise NotUnderstood("page.admin_no_address", who=visit.field("who")[:MAX_SHOWN])
    return name, address


PAGES = [Page(path="admin/roles", show=show, change=change, audience=Audience.ADMIN)]
