"""What all parts of the chat need: who asks, what they get, and how much they may ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.conversation.context import HandlerContext
from bot.conversation.router import Router
from bot.conversation.words import Words
from bot.core.privacy.guess_limits import GuessLimits
from bot.languages.registry import greeting_tag
from bot.messages import Address, Clock
from bot.store.chat import browsers, locks
from bot.store.db.engine import Database
from bot.store.members import members
from bot.store.schema.chat import ChatBrowserRow
from bot.store.schema.members import MemberRow
from bot.web.chat.looks import Looks
from bot.web.chat.place import ChatPlace
from bot.web.pages.render.rendering import Renderer
from bot.web.pages.security.request_limits import WAIT, RequestLimits

COOKIE = "__Host-olievlek-chat"
VISITOR = "olievlek.chat_visitor"
"""In a scope: whose browser asks, once that is known."""
BURST, PER_SECOND = 240, 4.0
"""Of one browser: a tap takes a request, and a page without streams asks what is new."""
STRANGERS_BURST, STRANGERS_PER_SECOND = 600, 20.0
BEGIN_BURST, BEGINS_PER_SECOND = 200, 2.0
"""Of one address, which behind a proxy is everybody: a hall of people who scan one code."""


class Pages(Protocol):
    """What the chat has of the other pages."""

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        ...

    @property
    def router(self) -> Router:
        """Makes what a handler of the conversation gets."""
        ...

    @property
    def clock(self) -> Clock:
        """Returns the present."""
        ...

    @property
    def renderer(self) -> Renderer:
        """Makes pages of templates."""
        ...

    @property
    def language(self) -> str:
        """Of the pages for somebody whose language is not known."""
        ...

    @property
    def organisation(self) -> object | None:
        """Where people can sign in at their organisation; None: nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whose browser has a chat.

    Attributes:
        row: the browser.
        member: who they are; None: nobody yet, or not any more.
        say: the words in their language.
        zone: of their times.
    """

    row: ChatBrowserRow
    member: MemberRow | None
    say: Words
    zone: ZoneInfo

    @property
    def chat(self) -> tuple[str, str]:
        """The channel and the address of the chat."""
        return self.row.channel, self.row.address

    @property
    def form_key(self) -> str:
        """What stands in the forms of this browser, and in no other's."""
        return self.row.form_key


class ChatLocked(Exception):
    """The lock of this browser is shut.

    Attributes:
        visitor: whose it is.
    """

    def __init__(self, visitor: Visitor) -> None:
        super().__init__("the lock is shut")
        self.visitor = visitor


@dataclass(frozen=True, slots=True)
class ChatSite:
    """The chat and what it needs.

    Attributes:
        pages: what it has of the other pages.
        place: the channel whose chats these are.
        limits: the requests of those who have a chat.
        strangers: the requests of those who have none.
        begins: the chats that are begun.
        guesses: the recovery codes and PINs that were wrong.
        looks: how those who follow a chat see what is new.
    """

    pages: Pages
    place: ChatPlace
    limits: RequestLimits = field(default_factory=lambda: RequestLimits(BURST, PER_SECOND))
    strangers: RequestLimits = field(
        default_factory=lambda: RequestLimits(STRANGERS_BURST, STRANGERS_PER_SECOND)
    )
    begins: RequestLimits = field(
        default_factory=lambda: RequestLimits(BEGIN_BURST, BEGINS_PER_SECOND)
    )
    guesses: GuessLimits = field(default_factory=GuessLimits)
    looks: Looks = field(default_factory=Looks)

    @property
    def at(self) -> datetime:
        """Returns the present."""
        return self.pages.clock()

    def url(self, path: str = "") -> str:
        """Returns the path of a page of the chat as a browser asks for it."""
        prefix = f"{self.pages.renderer.prefix}/chat"
        return f"{prefix}/{path}" if path else prefix

    def link(self, path: str) -> str:
        """Returns the whole address of a page of the chat."""
        return f"{self.pages.renderer.origin}{self.url(path)}"

    # -- who asks

    async def visitor(
        self, session: AsyncSession, request: Request, *, even_locked: bool = False
    ) -> Visitor | None:
        """Returns whose browser this is; None: it has no chat (any more).

        Raises:
            HTTPException: somebody makes cookies up, too many of them.
            ChatLocked: the lock of this browser is shut; not with `even_locked`.
        """
        cookie = request.cookies.get(COOKIE)
        row = await browsers.find(session, cookie, self.at) if cookie else None
        if row is None:
            if cookie and not self.strangers.allows(host_of(request), self.at):
                raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS)
            return None
        member = await members.find_member(session, row.channel, row.address)
        visitor = Visitor(row, None, self.words(request), ZoneInfo(self.place.zone))
        if member is not None:
            visitor = Visitor(row, member, Words(member.language), member.rhythm.zone)
        if not even_locked and locks.is_locked(row, self.at):
            session.expunge(row)  # it is read after the transaction was rolled back
            raise ChatLocked(visitor)
        request.scope[VISITOR] = visitor
        return visitor

    def context(self, session: AsyncSession, visitor: Visitor) -> HandlerContext | None:
        """Returns what a handler of the conversation gets; None: they are no member."""
        if visitor.member is None:
            return None
        address = Address(*visitor.chat)
        return self.pages.router.context(session, visitor.member, address, self.at)

    def words(self, request: Request) -> Words:
        """Returns the words in the language of the browser."""
        return Words(greeting_tag(language_of(request), self.pages.language))

    def may_ask(self, request: Request, *, is_stranger: bool = False) -> bool:
        """Counts a request, and returns whether to answer it.

        Args:
            request: the request.
            is_stranger: whether it is for those who have no chat, whatever the cookie says.
        """
        cookie = request.cookies.get(COOKIE)
        if cookie is None or is_stranger:
            return self.strangers.allows(host_of(request), self.at)
        return self.limits.allows(cookie, self.at)

    # -- what they get

    def render(
        self, template: str, say: Words, title: str, values: Mapping[str, object]
    ) -> HTMLResponse:
        """Returns a page; its forms may be posted by who has no session yet."""
        html = self.pages.renderer.bare(template, say, title, {"chat": self.url, **values})
        # With no referrer at all a browser would not say that a form was posted on a page of ours.
        return HTMLResponse(html, headers={"Referrer-Policy": "same-origin"})

    def tell(
        self, say: Words, title: str, text: str, status: HTTPStatus, back: str | None = None
    ) -> Response:
        """Returns a page with one message, and a way back to the chat."""
        values = {"text": text, "back": self.url() if back is None else back}
        response = self.render("chat/message.html", say, title, values)
        response.status_code = status
        return response

    def stale(self, say: Words) -> Response:
        """Returns that a form is not of this browser (any more)."""
        title, text = say("page.stale_form_title"), say("page.stale_form_text")
        return self.tell(say, title, text, HTTPStatus.FORBIDDEN)

    def too_many(self, say: Words) -> Response:
        """Returns that too much was asked."""
        title, text = say("page.too_many_title"), say("page.too_many_text", seconds=WAIT)
        response = self.tell(say, title, text, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(WAIT)
        return response

    def set_cookie(self, response: Response, cookie: str) -> None:
        """Gives the browser the cookie of its chat; no script and no other site can use it."""
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(browsers.VALID_FOR.total_seconds()),
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )

    def forget_cookie(self, response: Response) -> None:
        """Takes the cookie of its chat from the browser."""
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")


def language_of(request: Request) -> str | None:
    """Returns the first language of a browser; None: it does not say."""
    wanted = request.headers.get("accept-language", "")[:100].partition(",")[0]
    return wanted.partition(";")[0].strip() or None


def host_of(request: Request) -> str:
    """Returns where a request comes from."""
    return request.client.host if request.client else ""
