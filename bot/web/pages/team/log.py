"""The audit trail of one team in words, for its lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from bot.channels.registry import channel_title
from bot.conversation.render.board import Titles, titles_in
from bot.conversation.team import team_lead
from bot.conversation.words import Words
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.schema.audit import AuditEntryRow
from bot.web.pages.team.frame import number_in, render, short_moment
from bot.web.pages.visit import Visit

PER_PAGE = 50
WHAT: Mapping[str, str] = {
    Action.TEAM_CREATED: "page.team_log_created",
    Action.TEAM_RENAMED: "page.team_log_renamed",
    Action.GRANTED: "page.team_log_granted",
    Action.REVOKED: "page.team_log_revoked",
    Action.PUBLISHED: "page.team_log_published",
    Action.ROLLED_BACK: "page.team_log_rolled_back",
    Action.INVITED: "page.team_log_invited",
    Action.INVITATION_REVOKED: "page.team_log_invitations_revoked",
    Action.GROUP_CONNECTED: "page.team_log_connected",
    Action.GROUP_DISCONNECTED: "page.team_log_disconnected",
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Says entries in words.

    Attributes:
        say: the words of the reader.
        names: of the members that the team sees, by how the trail calls them.
        titles: of the challenge sets, by name.
    """

    say: Words
    names: Mapping[str, str]
    titles: Titles

    def who(self, called: str) -> str:
        """Returns a name only if the team sees it; who runs the bot is never named."""
        if called == audit.SYSTEM:
            return self.say("page.team_log_system")
        if called.startswith("operator:"):
            return self.say("page.team_log_operator")
        return self.names.get(called, self.say("page.team_log_somebody"))

    def what(self, entry: AuditEntryRow) -> str:
        """Returns what was done."""
        say, detail = self.say, _detail(entry.detail)
        if entry.action == Action.INVITED and "until" in detail:
            until = say.short_day(date.fromisoformat(detail["until"]))
            return say("page.team_log_invited", n=int(detail["uses"]), until=until)
        if entry.action == Action.INVITED:
            return say("page.team_log_group_code")
        if entry.action == Action.INVITATION_REVOKED and "invitation" in detail:
            return say("page.team_log_invitation_revoked")
        name = entry.subject.partition(":")[2]
        return say(
            WHAT.get(entry.action, "page.team_log_other"),
            name=self.who(entry.subject),
            title=self.titles.get(name, name),
            version=detail.get("version", ""),
            channel=channel_title(entry.detail),
        )


async def show(visit: Visit) -> Response:
    """Shows what was done in the team, newest first, with a link to what was before."""
    context, team, say = visit.context, visit.team.team, visit.say
    before = number_in(visit.request.query_params.get("before", ""))
    found = await audit.entries_of_team(context.session, team.id, before, PER_PAGE + 1)
    visible = await team_lead.visible_members(context, team)
    names = {audit.member(member.id): team_lead.shown_name(member, say) for member in visible}
    names[audit.member(context.member.id)] = say("page.team_log_you")
    reader = _Reader(say, names, await titles_in(context.session, say.language))
    entries = [
        (short_moment(visit, entry.at), reader.who(entry.actor), reader.what(entry))
        for entry in found[:PER_PAGE]
    ]
    earlier = found[PER_PAGE - 1].number if len(found) > PER_PAGE else None
    return render(visit, "log.html", say("page.team_log"), entries=entries, earlier=earlier)


def _detail(text: str) -> dict[str, str]:
    """Returns the parts of a detail: `version:3,team:7`."""
    parts = (part.partition(":") for part in text.split(","))
    return {name: value for name, _, value in parts}
