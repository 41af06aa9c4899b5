"""What a page is: its path, who may see it, and what it shows and does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from bot.conversation.team.team_access import team_access_of
from bot.core.permissions import Audience
from bot.web.pages.visit import NotHere, Visit

Answer = Callable[[Visit], Awaitable[Response]]
"""Answers a request.

Raises:
    NotUnderstood: a form was filled in wrongly; the page is shown again with what to do.
    NotHere: there is no such page for this member.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, or a form on a page that has an address of its own.

    Attributes:
        path: below `/web/`, as Starlette writes paths; `{team:int}` is the id of a team.
        show: answers a GET, in a transaction that only reads.
        change: answers a POST, in a transaction; None: nothing can be posted there.
        name: of the page in the menu, as `page.NAME` in the catalogue; empty: it is not there.
        audience: whose it is, as in the table of permissions. With a team in the path it is about
            that team; everybody else gets the answer that there is no such page.
    """

    path: str
    show: Answer
    change: Answer | None = None
    name: str = ""
    audience: Audience = Audience.MEMBER

    @property
    def is_about_team(self) -> bool:
        """Returns whether the path has a team in it."""
        return "{team:int}" in self.path

    async def admit(self, visit: Visit) -> None:
        """Checks that the page is for this member, and sets `visit.access`.

        Raises:
            NotHere: it is not.
        """
        if not self.is_about_team:
            if not visit.roles.belongs_to(self.audience):
                raise NotHere
            return
        number = visit.number("team")
        for access in await team_access_of(visit.context):
            if access.team.id == number and (access.leads or self.audience is Audience.MEMBER):
                visit.access = access
                return
        raise NotHere
