"""The pages as one application: who asks, what they get, and what is said when something is wrong.

A member signs in with a link from their chat, and may then do what that chat may. Whatever a page
changes, it changes with the functions that the chat uses; only the form is another.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.channels.mini_apps import MiniApp
from bot.conversation.context import DeadButton, NotUnderstood
from bot.conversation.router import Router
from bot.messages import Address, Clock
from bot.store.chat import browsers, locks
from bot.store.db.engine import Database
from bot.store.db.errors import retry_transient
from bot.store.members import web_sessions
from bot.web.chat.browsers import lock
from bot.web.chat.chat import COOKIE as CHAT_COOKIE
from bot.web.chat.chat import ChatSite
from bot.web.chat.routes import chat_routes
from bot.web.operations import NO_OPERATIONS, Operations
from bot.web.organisation.sign_in import OrganisationSignIn, organisation_routes
from bot.web.pages.answers import Answers
from bot.web.pages.page import Answer, Page
from bot.web.pages.registry import PAGES
from bot.web.pages.render.rendering import Renderer
from bot.web.pages.render.static import static_file, theme_file
from bot.web.pages.said import forget_said, read_said, write_said
from bot.web.pages.security.request_limits import (
    BURST,
    PER_SECOND,
    STRANGERS_BURST,
    STRANGERS_PER_SECOND,
    RequestLimits,
)
from bot.web.pages.security.security import FORM_KEY, Protected, is_from_own_form
from bot.web.pages.security.security_txt import SECURITY_TXT, security_txt
from bot.web.pages.sign_in import cookies
from bot.web.pages.sign_in.entrances import Entrances, Messenger, SendLater
from bot.web.pages.visit import NotHere, Visit

log = structlog.get_logger(__name__)
MAX_FIELDS = 20_000  # a set of 500 challenges has some twenty fields each


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a form, and what is left to do after the transaction."""

    response: Response
    said: str | None = None
    erased: bool = False
    send_later: SendLater | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The pages and what they need.

    Attributes:
        database: where everything is kept.
        router: makes what a handler of the conversation gets.
        messenger: sends messages to chats.
        clock: returns the present.
        renderer: makes pages of templates.
        language: of the pages for somebody whose language is not known.
        limits: of those who are signed in.
        strangers: the limits of those who are not.
        operations: what an admin can see of this process.
        chat: the chat in a browser; None: it is off.
        mini_app: how a platform vouches for whoever opens the pages in its own app; None: none can.
        organisation: where people can sign in at their organisation; None: nowhere.
        security_contact: where vulnerabilities can be reported, as a URI; empty: not said.
    """

    database: Database
    router: Router
    messenger: Messenger
    clock: Clock
    renderer: Renderer
    language: str
    limits: RequestLimits = field(default_factory=lambda: RequestLimits(BURST, PER_SECOND))
    strangers: RequestLimits = field(
        default_factory=lambda: RequestLimits(STRANGERS_BURST, STRANGERS_PER_SECOND)
    )
    operations: Operations = NO_OPERATIONS
    chat: ChatSite | None = None
    mini_app: MiniApp | None = None
    security_contact: str = ""
    organisation: OrganisationSignIn | None = None

    @property
    def answers(self) -> Answers:
        """Returns the texts and pages for refusals and errors, in the settings of this site."""
        has_organisation = self.organisation is not None
        return Answers(self.renderer, self.language, self.clock, self.strangers, has_organisation)

    def application(self, pages: Sequence[Page] = PAGES) -> ASGIApp:
        """Returns the ASGI application of everything below `/web/`, and of the chat."""
        starlette = Starlette(
            routes=self.routes(pages),
            exception_handlers={
                HTTPException: self.answers.http_error,
                Exception: self.answers.broken,
            },
        )
        return Protected(
            starlette,
            self.renderer.origin,
            self.answers.refused,
            is_https=self.renderer.is_https,
            frame_ancestors=self.mini_app.frame_ancestors if self.mini_app else (),
        )

    def routes(self, pages: Sequence[Page] = PAGES) -> list[Route]:
        """Returns the route of each page, and of what else is there."""
        prefixes = {self.renderer.prefix, ""}  # a proxy may take it off, or not
        entrances = Entrances(
            self.database, self.router, self.messenger, self.answers, self.mini_app
        )
        routes = [
            Route(f"{prefix}/web/{path}", endpoint, methods=methods)
            for prefix in sorted(prefixes)
            for path, endpoint, methods in [
                ("static/{version}/{name}", static_file, ["GET"]),
                ("theme/{version}/{name}", theme_file(self.renderer.theme), ["GET"]),
                *entrances.routes(),
                *organisation_routes(entrances, self.organisation),
                *(
                    (
                        page.path,
                        self._endpoint(page),
                        ["GET"] if page.change is None else ["GET", "POST"],
                    )
                    for page in pages
                ),
            ]
        ]
        if self.chat is not None:
            routes += [
                Route(f"{prefix}/{path}", endpoint, methods=methods)
                for prefix in sorted(prefixes)
                for path, endpoint, methods in chat_routes(self.chat)
            ]
        if self.security_contact:
            told = security_txt(self.security_contact, self.renderer.origin, self.clock)
            routes.append(Route(f"/{SECURITY_TXT}", told, methods=["GET"]))
        return routes

    # -- one request

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            cookie = cookies.session_cookie(request)
            if cookie is not None and not self.limits.allows(cookie, self.clock()):
                return self.answers.too_many(request)
            if page.change is not None and request.method == "POST":
                response = await self._post(request, page, page.change)
            else:
                response = await self._get(request, page)
            await self._note_use(request)
            return response

        return endpoint

    async def _note_use(self, request: Request) -> None:
        """Has the lock of the chat in this browser shut later, because its pages are used."""
        cookie = request.cookies.get(CHAT_COOKIE)
        if self.chat is None or cookie is None:
            return
        async with self.database.reading() as session:
            row = await browsers.find(session, cookie, self.clock())
        if row is not None:
            await lock.used(self.chat, row)

    async def _is_locked(self, session: AsyncSession, request: Request, visit: Visit) -> bool:
        """Returns whether the chat in this browser is locked, and so its pages are."""
        if self.chat is None:
            return False
        cookie = request.cookies.get(CHAT_COOKIE)
        return await locks.keeps_out(session, cookie, visit.signed_in, self.clock())

    async def _get(self, request: Request, page: Page) -> Response:
        cookie = cookies.session_cookie(request) or ""
        async with self.database.reading() as session:
            visit = await self._visit(session, request, cookie)
            if visit is None:
                return self.answers.signed_out(request)
            if await self._is_locked(session, request, visit):
                return self.answers.signed_out(request, is_locked=True)
            visit.said = read_said(request)
            try:
                await page.admit(visit)
                response = await page.show(visit)
            except (NotHere, DeadButton):
                return self.answers.not_found(visit.say, visit)
        if visit.said is not None:
            forget_said(response, framed=cookies.is_framed(request.cookies))
        await self._rotate(visit, response)
        return response

    async def _post(self, request: Request, page: Page, change: Answer) -> Response:
        posted = Posted(HTMLResponse(status_code=HTTPStatus.SERVICE_UNAVAILABLE))
        try:
            async with request.form(max_files=1, max_fields=MAX_FIELDS) as form:
                async for attempt in retry_transient():
                    with attempt:
                        posted = await self._attempt(request, page, change, form)
        except ClientDisconnect as error:  # nobody is left, or it is larger than it said
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
        if posted.erased:
            await self.database.checkpoint_wal()
        if posted.send_later is not None:
            posted.response.background = BackgroundTask(posted.send_later)
        if posted.said is not None:
            framed = cookies.is_framed(request.cookies)
            write_said(posted.response, posted.said, framed=framed)
        return posted.response

    async def _attempt(
        self, request: Request, page: Page, change: Answer, form: FormData
    ) -> Posted:
        """Does what a form asks for, in one transaction."""
        async with self.database.transaction() as session:
            visit = await self._visit(session, request, cookies.session_cookie(request) or "")
            if visit is None:
                return Posted(self.answers.signed_out(request, form))
            if await self._is_locked(session, request, visit):
                return Posted(self.answers.signed_out(request, form, is_locked=True))
            visit.form = form
            if not is_from_own_form(visit.signed_in.row.form_key, form.get(FORM_KEY)):
                return Posted(await self._not_its_form(visit, page))
            response = await _changed(visit, page, change)
            if response is None:
                return Posted(self.answers.not_found(visit.say, visit))
            send_later = None
            if visit.for_others:
                send_later = await self.messenger.keep(
                    session, visit.for_others, visit.erased_chats
                )
        return Posted(response, visit.said, visit.erased, send_later)

    async def _not_its_form(self, visit: Visit, page: Page) -> Response:
        """Shows a form of an earlier session again as it was filled in, and changes nothing.

        Raises:
            HTTPException: it is the form of no session at all.
        """
        if not visit.field(FORM_KEY):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        visit.error = visit.say("page.earlier_form")
        try:
            await page.admit(visit)
            response = await page.show(visit)
        except (NotHere, DeadButton):
            return self.answers.not_found(visit.say, visit)
        response.status_code = HTTPStatus.FORBIDDEN
        return response

    async def _visit(self, session: AsyncSession, request: Request, cookie: str) -> Visit | None:
        """Returns who asks; None: nobody who is signed in."""
        at = self.clock()
        signed_in = await web_sessions.find(session, cookie, at) if cookie else None
        if signed_in is None:
            return None
        chat = Address(*signed_in.chat)
        context = self.router.context(session, signed_in.member, chat, at)
        roles = await context.roles()
        menu = [
            (page.path, page.name)
            for page in PAGES
            if page.name and roles.belongs_to(page.audience)
        ]
        return Visit(
            request,
            context,
            signed_in,
            roles,
            self.renderer,
            menu=menu,
            operations=self.operations,
        )

    async def _rotate(self, visit: Visit, response: Response) -> None:
        """Replaces the cookie if it is old."""
        at = self.clock()
        if visit.signed_in.row.rotated_at > at - web_sessions.ROTATE_AFTER:
            return
        async with self.database.transaction() as session:
            cookie = await web_sessions.rotate(session, visit.signed_in, at)
        if cookie is not None:
            left = visit.signed_in.row.expires_at - at
            framed = cookies.is_framed(visit.request.cookies)
            cookies.set_session(response, cookie, left, framed=framed)


async def _changed(visit: Visit, page: Page, change: Answer) -> Response | None:
    """Does what a form asks for; a form that was filled in wrongly is shown again.

    Returns:
        The answer; None: there is no such page for this member.
    """
    try:
        await page.admit(visit)
        try:
            async with visit.session.begin_nested():  # what is refused leaves nothing half done
                return await change(visit)
        except NotUnderstood as refusal:
            visit.for_others.clear()
            visit.error = visit.say(refusal.key, **refusal.values)
            return await page.show(visit)
    except (NotHere, DeadButton):
        visit.for_others.clear()
        return None
