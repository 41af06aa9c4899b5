"""The ways to sign in: with a link from a chat, or with what a platform hands its own app."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.channels.mini_apps import MiniApp
from bot.conversation.router import Router
from bot.conversation.words import Words
from bot.messages import Address, OtherChats
from bot.store.db.engine import Database
from bot.store.members import web_sessions
from bot.web.pages.answers import Answers, Message
from bot.web.pages.security.security import MINI_APP
from bot.web.pages.sign_in import cookies, mini_app, sign_in

Endpoint = Callable[[Request], Awaitable[Response]]
SendLater = Callable[[], Awaitable[None]]
"""Sends what was kept; called after the transaction, when the answer is out."""


class Messenger(Protocol):
    """Sends messages to chats, for a page."""

    async def keep(
        self, session: AsyncSession, messages: OtherChats, erased_chats: Sequence[Address] = ()
    ) -> SendLater:
        """Keeps messages in a transaction; returns what sends them after it.

        Nothing else that is on its way to `erased_chats` arrives after that.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entrances:
    """The ways in, and what they need.

    Attributes:
        database: where everything is kept.
        router: makes what a handler of the conversation gets.
        messenger: sends messages to chats.
        answers: what is said instead of a page.
        mini_app: how a platform vouches for whoever opens the pages in its own app; None: none can.
    """

    database: Database
    router: Router
    messenger: Messenger
    answers: Answers
    mini_app: MiniApp | None = None

    @property
    def at(self) -> datetime:
        """Returns the present."""
        return self.answers.clock()

    def routes(self) -> Iterator[tuple[str, Endpoint, list[str]]]:
        """Yields path, endpoint and methods."""
        yield "sign-in/{token}", self.sign_in, ["GET", "POST"]
        if self.mini_app is not None:
            yield MINI_APP, self.open_mini_app, ["GET", "POST"]

    async def sign_in(self, request: Request) -> Response:
        """Shows a button on a GET, so that a preview of the link uses nothing up; then signs in."""
        token, at, say = request.path_params["token"], self.at, self.answers.words(request)
        if not self.answers.is_patient_stranger(request):
            return self.answers.too_many(request)
        if request.method != "POST":
            async with self.database.reading() as session:
                language = await web_sessions.language_of_link(session, token, at)
            if language is None:
                return self.answers.message(say, Message.SIGN_IN_EXPIRED, HTTPStatus.GONE)
            return self._form("sign-in.html", Words(language), "page.sign_in_title")
        async with self.database.transaction() as session:
            browser = sign_in.browser_of(request)
            opened = await web_sessions.sign_in(session, token, browser, at)
            if opened is None:
                return self.answers.message(say, Message.SIGN_IN_EXPIRED, HTTPStatus.GONE)
            send_later = await self.notice(session, opened[0], browser)
        to = sign_in.local_path(request.query_params.get("to", ""))
        return self.signed_in(to, opened[1], send_later)

    async def open_mini_app(self, request: Request) -> Response:
        """Shows a page whose script posts what the platform handed it; then signs in."""
        say, at = self.answers.words(request), self.at
        if self.mini_app is None or not self.answers.is_patient_stranger(request):
            return self.answers.too_many(request)
        if request.method != "POST":
            return self._form("mini-app.html", say, "page.mini_app_title")
        opening = self.mini_app.opening(await mini_app.init_data_of(request), at)
        if opening is None:
            return self.answers.message(say, Message.MINI_APP_EXPIRED, HTTPStatus.FORBIDDEN)
        browser, chat = sign_in.browser_of(request), (self.mini_app.channel, opening.address)
        async with self.database.transaction() as session:
            address_id = await web_sessions.address_id_of(session, chat)
            if address_id is None:
                return self.answers.message(say, Message.MINI_APP_STRANGER, HTTPStatus.FORBIDDEN)
            used = web_sessions.Opening(opening.id, opening.expires_at)
            opened = await web_sessions.open_once(session, address_id, used, browser, at)
            if opened is None:
                return self.answers.message(say, Message.MINI_APP_EXPIRED, HTTPStatus.FORBIDDEN)
            send_later = await self.notice(session, opened[0], browser)
        return self.signed_in("", opened[1], send_later, framed=True)

    async def notice(
        self, session: AsyncSession, signed_in: web_sessions.SignedIn, browser: str
    ) -> SendLater:
        """Keeps the message that tells a chat that somebody signed in for it."""
        chat = Address(*signed_in.chat)
        context = self.router.context(session, signed_in.member, chat, self.at)
        return await self.messenger.keep(session, [sign_in.notice(context, browser)])

    def signed_in(
        self, to: str, cookie: str, send_later: SendLater, *, framed: bool = False
    ) -> Response:
        """Returns a redirect to a page, with the cookie of the session; tells the chat after it."""
        headers = {"Location": self.answers.renderer.url(to)}
        response = Response(None, 303, headers, background=BackgroundTask(send_later))
        cookies.set_session(response, cookie, web_sessions.SESSION_VALID_FOR, framed=framed)
        return response

    def _form(self, template: str, say: Words, title: str) -> Response:
        html = self.answers.renderer.bare(template, say, say(title), {})
        # Otherwise a browser would not say that the button was pressed on a page of ours.
        return HTMLResponse(html, headers={"Referrer-Policy": "same-origin"})
