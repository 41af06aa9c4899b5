"""One request of somebody who is signed in, and what their page needs to answer it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.conversation.context import HandlerContext
from bot.conversation.team.team_access import TeamAccess
from bot.conversation.words import Words
from bot.messages import Address, OtherChats, Outgoing
from bot.store.members.roles import Roles
from bot.store.members.web_sessions import SignedIn
from bot.web.operations import NO_OPERATIONS, Operations
from bot.web.pages.render.rendering import Renderer


class NotHere(Exception):
    """There is no such page for this member: the answer is the same as for no page at all."""


@dataclass(slots=True)
class Visit:
    """A request of a member who is signed in.

    Attributes:
        request: the request.
        context: what a handler of the conversation gets: the transaction, the member and the chat
            for which they are signed in. On a GET its transaction only reads.
        signed_in: the session.
        roles: what the chat that signed in may do.
        form: the fields of the form that was posted; empty on a GET.
        error: why the form that was posted was refused, in the member's language; None: it was not,
            or none was posted.
        for_others: messages for other chats, sent after the transaction.
        renderer: makes a page of a template.
        said: what the page says once, such as that something was saved; None: nothing.
        access: the team that the path is about; None: it is about none.
        operations: what an admin can see of this process.
        menu: the path and the catalogue's name of each page in the menu.
        erased: whether something was erased that must be gone from the disk before the answer.
        erased_chats: the chats of somebody who was erased; nothing that was on its way there may
            arrive any more, except for the messages of this request.
    """

    request: Request
    context: HandlerContext
    signed_in: SignedIn
    roles: Roles
    renderer: Renderer
    form: FormData = field(default_factory=FormData)
    error: str | None = None
    for_others: OtherChats = field(default_factory=list)
    said: str | None = None
    access: TeamAccess | None = None
    erased: bool = False
    erased_chats: Sequence[Address] = ()
    menu: Sequence[tuple[str, str]] = ()
    operations: Operations = NO_OPERATIONS

    @property
    def session(self) -> AsyncSession:
        """Returns the transaction of this request."""
        return self.context.session

    @property
    def say(self) -> Words:
        """Returns the words in the member's language."""
        return self.context.say

    @property
    def team(self) -> TeamAccess:
        """Returns the team that the path is about, of which the route has checked the access.

        Raises:
            NotHere: the path is about no team.
        """
        if self.access is None:
            raise NotHere
        return self.access

    @property
    def navigation(self) -> Sequence[tuple[str, str]]:
        """Returns the path and the name of each page in the menu at the top."""
        return [(path, self.say(f"page.{name}")) for path, name in self.menu]

    def is_at(self, path: str) -> bool:
        """Returns whether this request is for the page with this path."""
        return self.request.url.path.endswith(f"/web/{path}")

    def number(self, name: str) -> int:
        """Returns the number in the path that the route calls `name`."""
        return int(self.request.path_params[name])

    def field(self, name: str) -> str:
        """Returns the text of a field of the form; empty when it was not filled in or not sent."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """Returns all values of a field of the form, such as those of checkboxes."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        """Returns an uploaded file; None: none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def render(self, template: str, title: str, /, **values: object) -> Response:
        """Returns a page.

        Args:
            template: the name of its file in `bot/web/templates`.
            title: its heading, and its title in the browser; nothing personal, because that stays
                in the history.
            values: what the template needs besides what all of them get.
        """
        status = 200 if self.error is None else 422
        html = self.renderer.page(template, self, title, values)
        return HTMLResponse(html, status)

    def go(self, path: str, said: str | None = None) -> Response:
        """Returns a redirect to a page below `/web/`, where `said` is told once.

        It is 303, so that a reload does not post the form again.
        """
        self.said = said
        return RedirectResponse(self.renderer.url(path), 303)

    def tell(self, messages: Sequence[tuple[Address, Outgoing]]) -> None:
        """Has messages sent to other chats as soon as the transaction is committed."""
        self.for_others.extend(messages)
