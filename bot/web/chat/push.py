"""Web Push on the page: what it offers, and the subscriptions that browsers bring."""

from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.push_subscription import Subscription
from bot.store.chat import pushes
from bot.store.nudges import nudges
from bot.web.chat.chat import ChatSite, Visitor
from bot.web.pages.security.security import FORM_KEY, is_from_own_form


async def subscribe(site: ChatSite, request: Request) -> Response:
    """Takes in where a browser can be told, from the page or from its service worker.

    The worker has no form; it brings the endpoint of before, which only this browser knows.
    """
    if not site.may_ask(request):
        return site.too_many(site.words(request))
    async with request.form(max_files=0, max_fields=10) as form:
        new = Subscription(_field(form, "endpoint"), _field(form, "p256dh"), _field(form, "auth"))
        form_key, before = _field(form, FORM_KEY), _field(form, "before")
    push = site.place.push
    if push is None or push.trouble(new) is not None:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    async with site.pages.database.transaction() as session:
        visitor = await site.visitor(session, request, even_locked=True)
        if visitor is None:
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        is_its_own = is_from_own_form(visitor.form_key, form_key) or (
            bool(before) and await pushes.is_subscribed(session, visitor.row.id, before)
        )
        if not is_its_own:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        await pushes.subscribe(session, visitor.row.id, new)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


async def state(
    site: ChatSite, session: AsyncSession, request: Request, visitor: Visitor
) -> str | None:
    """Returns what the page does: `on` keeps it up, `offered` asks, and `asked` asks again.

    None: it does nothing, because there is no push or they did no challenge yet.
    """
    if site.place.push is None or visitor.member is None:
        return None
    if await pushes.is_subscribed(session, visitor.row.id):
        return "on"
    if "tell" in request.query_params:
        return "asked"
    counted = await nudges.count_counted(session, visitor.member.id)
    return "offered" if counted else None


async def looked(site: ChatSite, session: AsyncSession, visitor: Visitor) -> bool:
    """Returns whether a browser was told that something waits in this chat, which is open now."""
    return site.place.push is not None and await pushes.was_told(session, visitor.chat, site.at)


async def opened(site: ChatSite, visitor: Visitor) -> None:
    """Has the browsers of this chat be told of what comes next."""
    async with site.pages.database.transaction() as session:
        await pushes.opened(session, visitor.chat, site.at)
