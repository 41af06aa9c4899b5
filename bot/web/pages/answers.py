"""What is said instead of a page: that somebody is not signed in, or that something went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import structlog
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.conversation.words import Words
from bot.languages.registry import greeting_tag
from bot.masking import without_text
from bot.messages import Clock
from bot.store.members import web_sessions
from bot.web.pages.render.rendering import Renderer
from bot.web.pages.security.request_limits import WAIT, RequestLimits
from bot.web.pages.visit import Visit

log = structlog.get_logger(__name__)


class Message(StrEnum):
    """What is said instead of a page; each has a title and a text in the catalogue."""

    SIGN_IN_EXPIRED = "sign_in_expired"
    SIGNED_OUT = "signed_out"
    CHAT_LOCKED = "chat_locked"
    SIGN_IN_FAILED = "sign_in_failed"
    MINI_APP_EXPIRED = "mini_app_expired"
    MINI_APP_STRANGER = "mini_app_stranger"
    STALE_FORM = "stale_form"
    NOT_POSSIBLE = "not_possible"
    NOT_FOUND = "not_found"
    BROKEN = "broken"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"


ASK_TO_SIGN_IN = frozenset({Message.SIGN_IN_EXPIRED, Message.SIGNED_OUT, Message.SIGN_IN_FAILED})


@dataclass(frozen=True, slots=True)
class Answers:
    """Makes these answers.

    Attributes:
        renderer: makes pages of templates.
        language: of the pages for somebody whose language is not known.
        clock: returns the present.
        strangers: how much those who are not signed in may ask.
        has_organisation: whether somebody can sign in at their organisation.
    """

    renderer: Renderer
    language: str
    clock: Clock
    strangers: RequestLimits
    has_organisation: bool = False

    def is_patient_stranger(self, request: Request) -> bool:
        """Counts a request of somebody who is not signed in; returns whether to answer it."""
        host = request.client.host if request.client else ""
        return self.strangers.allows(host, self.clock())

    def words(self, request: Request) -> Words:
        """Returns the words in the language that a browser asks for."""
        wanted = request.headers.get("accept-language", "")[:100].partition(",")[0]
        return Words(greeting_tag(wanted.partition(";")[0].strip() or None, self.language))

    def message(
        self,
        say: Words,
        message: Message,
        status: HTTPStatus,
        visit: Visit | None = None,
        typed: Sequence[str] = (),
    ) -> Response:
        """Returns a page with a title and a text, and with what was typed in vain."""
        minutes = web_sessions.LINK_VALID_FOR.seconds // 60
        values = {
            "visit": visit,
            "typed": typed,
            "text": say(f"page.{message}_text", minutes=minutes, seconds=WAIT),
            "chat": f"{self.renderer.prefix}/chat" if message is Message.CHAT_LOCKED else None,
            "asks_organisation": self.has_organisation and message in ASK_TO_SIGN_IN,
        }
        html = self.renderer.bare("message.html", say, say(f"page.{message}_title"), values)
        return HTMLResponse(html, status)

    def too_many(self, request: Request) -> Response:
        """Returns that requests came too fast."""
        response = self.message(self.words(request), Message.TOO_MANY, HTTPStatus(429))
        response.headers["Retry-After"] = str(WAIT)
        return response

    def signed_out(
        self, request: Request, form: FormData | None = None, *, is_locked: bool = False
    ) -> Response:
        """Returns that somebody is not signed in, or that their chat is locked, and what to do.

        A session may end while somebody writes: what they typed in `form` is shown, to be copied.
        """
        if not self.is_patient_stranger(request):  # such as somebody who makes cookies up
            return self.too_many(request)
        values = [value for _, value in form.multi_items()] if form is not None else []
        texts = [value for value in values if isinstance(value, str) and " " in value.strip()]
        say = self.words(request)
        message = Message.CHAT_LOCKED if is_locked else Message.SIGNED_OUT
        return self.message(say, message, HTTPStatus.UNAUTHORIZED, typed=texts)

    def refused(self, request: Request, status: HTTPStatus) -> Response:
        """Returns that a request was refused before anybody looked at it."""
        say = self.words(request)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.too_many(request)
        if status == HTTPStatus.FORBIDDEN:
            return self.message(say, Message.STALE_FORM, status)
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return self.message(say, Message.TOO_LARGE, status)
        return self.message(say, Message.NOT_POSSIBLE, status)

    def not_found(self, say: Words, visit: Visit | None = None) -> Response:
        """Returns that there is no such page."""
        return self.message(say, Message.NOT_FOUND, HTTPStatus.NOT_FOUND, visit)

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Returns what went wrong with a request."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == HTTPStatus.NOT_FOUND:
            return self.not_found(self.words(request))
        response = self.refused(request, HTTPStatus(status))
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)  # such as which methods are allowed
        return response

    async def broken(self, request: Request, error: Exception) -> Response:
        """Logs an error, and returns that it was ours."""
        # The text of an error may quote what a member wrote, so it is left out.
        log.error("a page could not be made", **without_text(error))
        return self.message(self.words(request), Message.BROKEN, HTTPStatus.INTERNAL_SERVER_ERROR)
