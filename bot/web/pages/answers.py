"""What is said instead of a page: that somebody is not signed in, or that something went wrong."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.conversation.words import Words
from bot.languages.registry import greeting_tag
from bot.masking import without_text
from bot.messages import Clock
from bot.store.members import web_sessions
from bot.web.pages.render.rendering import Renderer
from bot.web.pages.security.request_limits import RequestLimits
from bot.web.pages.visit import Visit

log = structlog.get_logger(__name__)


class Message(StrEnum):
    """What is said instead of a page; each has a title and a text in the catalogue."""

    SIGN_IN_EXPIRED = "sign_in_expired"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    MINI_APP_EXPIRED = "mini_app_expired"
    MINI_APP_STRANGER = "mini_app_stranger"
    STALE_FORM = "stale_form"
    NOT_POSSIBLE = "not_possible"
    NOT_FOUND = "not_found"
    BROKEN = "broken"
    TOO_MANY = "too_many"


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
        self, say: Words, message: Message, status: HTTPStatus, visit: Visit | None = None
    ) -> Response:
        """Returns a page with a title and a text."""
        minutes = web_sessions.LINK_VALID_FOR.seconds // 60
        values = {
            "visit": visit,
            "text": say(f"page.{message}_text", minutes=minutes),
            "asks_organisation": self.has_organisation and message in ASK_TO_SIGN_IN,
        }
        html = self.renderer.bare("message.html", say, say(f"page.{message}_title"), values)
        return HTMLResponse(html, status)

    def too_many(self, request: Request) -> Response:
        """Returns that requests came too fast."""
        response = self.message(self.words(request), Message.TOO_MANY, HTTPStatus(429))
        response.headers["Retry-After"] = "10"
        return response

    def signed_out(self, request: Request) -> Response:
        """Returns that somebody is not signed in, and how they sign in."""
        if not self.is_patient_stranger(request):  # such as somebody who makes cookies up
            return self.too_many(request)
        return self.message(self.words(request), Message.SIGNED_OUT, HTTPStatus.UNAUTHORIZED)

    def not_found(self, say: Words, visit: Visit | None = None) -> Response:
        """Returns that there is no such page."""
        return self.message(say, Message.NOT_FOUND, HTTPStatus.NOT_FOUND, visit)

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Returns what went wrong with a request."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == HTTPStatus.NOT_FOUND:
            return self.not_found(self.words(request))
        if status == HTTPStatus.FORBIDDEN:
            return self.message(self.words(request), Message.STALE_FORM, HTTPStatus.FORBIDDEN)
        return self.message(self.words(request), Message.NOT_POSSIBLE, HTTPStatus(status))

    async def broken(self, request: Request, error: Exception) -> Response:
        """Logs an error, and returns that it was ours."""
        # The text of an error may quote what a member wrote, so it is left out.
        log.error("a page could not be made", **without_text(error))
        return self.message(self.words(request), Message.BROKEN, HTTPStatus.INTERNAL_SERVER_ERROR)
