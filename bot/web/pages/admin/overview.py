"""The first page of an admin: the teams, what is wrong now, and what could not be handled."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from bot.channels.registry import channel_title
from bot.core.permissions import Audience
from bot.core.privacy.retention import cutoffs_at
from bot.masking import mask
from bot.store.admin import audit
from bot.store.boxes import inbox
from bot.store.lifecycle import retention
from bot.store.members import roles
from bot.store.teams import teams
from bot.web.pages.admin.tables import table
from bot.web.pages.page import Page
from bot.web.pages.visit import Visit

SHOWN_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class SetAside:
    """What could not be handled on a channel: how much, and since when."""

    channel: str
    count: int
    oldest: str


async def show(visit: Visit) -> Response:
    """Shows the teams with their sizes, what is wrong now, and what was set aside."""
    rows = [
        (
            counted.team.name,
            counted.members,
            len(await roles.lead_addresses(visit.session, counted.team.id)),
            ", ".join(
                channel_title(chat.channel)
                for chat in await teams.group_chats_of(visit.session, counted.team.id)
            ),
            counted.team.created_at.date(),
        )
        for counted in await teams.all_teams(visit.session)
    ]
    columns = ("team", "members", "leads", "groups", "created_at")
    return visit.render(
        "admin/overview.html",
        visit.say("page.admin"),
        teams=table(visit.say, columns, rows),
        health=await _health(visit),
        aside=await _set_aside(visit),
    )


async def _health(visit: Visit) -> list[tuple[str, str | None]]:
    """Returns each check by name, and what is wrong; None: nothing is."""
    found = [(name, await check()) for name, check in visit.operations.checks.items()]
    return [(name, mask(trouble) if trouble else None) for name, trouble in found]


async def _set_aside(visit: Visit) -> list[SetAside]:
    """Returns how much was set aside on each channel and how long ago, never what it was."""
    moments: defaultdict[str, list[datetime]] = defaultdict(list)
    for item in await inbox.all_set_aside(visit.session):
        moments[item.channel].append(item.set_aside_at)
    zone = visit.context.member.rhythm.zone
    return [
        SetAside(channel_title(channel), len(since), visit.say.moment(min(since), zone))
        for channel, since in sorted(moments.items())
    ]


async def show_trail(visit: Visit) -> Response:
    """Shows the newest entries of the audit trail."""
    columns = ("number", "done_at", "actor", "action", "subject", "detail")
    rows = [
        (entry.number, entry.at, entry.actor, entry.action, entry.subject, entry.detail)
        for entry in await audit.newest(visit.session, SHOWN_ENTRIES)
    ]
    return visit.render(
        "admin/trail.html",
        visit.say("page.admin_trail"),
        trail=table(visit.say, columns, rows),
        most=SHOWN_ENTRIES,
    )


async def show_retention(visit: Visit) -> Response:
    """Shows how much is too old now, and goes the next time."""
    context = visit.context
    cutoffs = cutoffs_at(context.at, context.policy.terms.periods)
    counts = await retention.preview(visit.session, cutoffs)
    return visit.render(
        "admin/retention.html",
        visit.say("page.admin_retention"),
        counts=table(visit.say, ("kind", "count"), list(counts.items())),
    )


async def show_settings(visit: Visit) -> Response:
    """Shows the settings of this process, without those that may hold a secret."""
    return visit.render(
        "admin/settings.html",
        visit.say("page.admin_settings"),
        settings=visit.operations.settings,
    )


PAGES = [
    Page(path="admin", name="admin", show=show, audience=Audience.ADMIN),
    Page(path="admin/trail", show=show_trail, audience=Audience.ADMIN),
    Page(path="admin/retention", show=show_retention, audience=Audience.ADMIN),
    Page(path="admin/settings", show=show_settings, audience=Audience.ADMIN),
]
