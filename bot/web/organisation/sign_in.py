"""Signing in at the organisation: to its provider, back from it, and the code that links a chat."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.store.admin import audit
from bot.store.admin.audit import Action, NewEntry
from bot.store.members import organisation, roles, web_sessions
from bot.store.members.organisation import SignedInAs
from bot.store.members.vault import Vault
from bot.store.schema.teams import Role
from bot.web.organisation.account import Account, SignInFailed
from bot.web.organisation.attempt import COOKIE, VALID_FOR_SECONDS, Attempt
from bot.web.pages.answers import Message
from bot.web.pages.security.security import browser_of
from bot.web.pages.sign_in.cookies import put_cookie
from bot.web.pages.sign_in.entrances import Endpoint, Entrances

log = structlog.get_logger(__name__)
PATH = "organisation"
ACTOR = "organisation"
ROLES = {"olievlek-trainer": Role.TRAINER, "olievlek-admin": Role.ADMIN}
"""The values of the claim that give a role: not a lead, whose team no directory knows."""
ROLES_LAST = timedelta(days=30)
"""Since the last sign-in: whoever leaves the organisation cannot sign in any more."""
MAX_ANSWER = 4_000  # characters


class Provider(Protocol):
    """The organisation's provider."""

    async def authorization_url(self, attempt: Attempt, redirect_uri: str, at: datetime) -> str:
        """Returns where the browser goes to sign in.

        Raises:
            SignInFailed: the provider cannot be used.
        """
        ...

    async def account(
        self, attempt: Attempt, answer: dict[str, str], redirect_uri: str, at: datetime
    ) -> Account:
        """Returns who signed in.

        Raises:
            SignInFailed: nobody did, or something is not as it should be.
        """
        ...


@dataclass(frozen=True, slots=True)
class OrganisationSignIn:
    """What signing in at the organisation needs.

    Attributes:
        provider: says who signed in.
        vault: makes digests of accounts.
    """

    provider: Provider
    vault: Vault


def organisation_routes(
    entrances: Entrances, sign_in: OrganisationSignIn | None
) -> Iterator[tuple[str, Endpoint, list[str]]]:
    """Yields path, endpoint and methods; none when nobody can sign in there."""
    if sign_in is None:
        return
    yield PATH, partial(begin, entrances, sign_in), ["GET"]
    yield f"{PATH}/callback", partial(come_back, entrances, sign_in), ["GET"]


def redirect_uri(entrances: Entrances) -> str:
    """Returns where the provider sends browsers back to; it has to be registered there."""
    renderer = entrances.answers.renderer
    return renderer.origin + renderer.url(f"{PATH}/callback")


async def begin(entrances: Entrances, sign_in: OrganisationSignIn, request: Request) -> Response:
    """Sends a browser to the provider."""
    if not entrances.answers.is_patient_stranger(request):
        return entrances.answers.too_many(request)
    attempt = Attempt.new()
    try:
        url = await sign_in.provider.authorization_url(
            attempt, redirect_uri(entrances), entrances.at
        )
    except SignInFailed as error:
        return _failed(entrances, request, error)
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    put_cookie(response, COOKIE, attempt.token, VALID_FOR_SECONDS, framed=False)
    return response


async def come_back(
    entrances: Entrances, sign_in: OrganisationSignIn, request: Request
) -> Response:
    """Signs in who comes back from the provider, or shows the code with which to link a chat."""
    if not entrances.answers.is_patient_stranger(request):
        return entrances.answers.too_many(request)
    answer, at = dict(request.query_params), entrances.at
    try:
        if COOKIE not in request.cookies or len(request.url.query) > MAX_ANSWER:
            raise SignInFailed("this browser did not begin it")
        attempt = Attempt(request.cookies[COOKIE])
        account = await sign_in.provider.account(attempt, answer, redirect_uri(entrances), at)
        response = await _let_in(entrances, sign_in, request, account)
    except SignInFailed as error:
        response = _failed(entrances, request, error)
    put_cookie(response, COOKIE, "", 0, framed=False)
    return response


async def _let_in(
    entrances: Entrances, sign_in: OrganisationSignIn, request: Request, account: Account
) -> Response:
    """Opens a session for the chat that an account was linked to, or shows how to link one."""
    subject = sign_in.vault.subject_digest(account.issuer, account.subject)
    browser, at = browser_of(request), entrances.at
    async with entrances.database.transaction() as session:
        address_id = await organisation.address_id_of(session, subject)
        opened = (
            None
            if address_id is None
            else await web_sessions.begin(session, address_id, browser, at)
        )
        if opened is None:
            who = SignedInAs(subject, account.name, browser)
            code = await organisation.new_code(session, who, at)
            return _code_page(entrances, request, code, account.name)
        send_later = await entrances.notice(session, opened[0], browser)
        await _take_over_roles(session, opened[0], account, at)
    return entrances.signed_in("", opened[1], send_later)


async def _take_over_roles(
    session: AsyncSession, signed_in: web_sessions.SignedIn, account: Account, at: datetime
) -> None:
    """Gives the chat the roles of the claim, takes back those it had from there, and records it."""
    wanted = [role for value, role in ROLES.items() if value in account.roles]
    given, taken = await roles.confirm(session, signed_in.chat, wanted, at, at + ROLES_LAST)
    subject = audit.member(signed_in.member.id)
    for action, changed in ((Action.GRANTED, given), (Action.REVOKED, taken)):
        for role in changed:
            await audit.record(
                session, NewEntry(ACTOR, action, subject, audit.role(role, None)), at
            )


def _code_page(entrances: Entrances, request: Request, code: str, name: str) -> Response:
    answers = entrances.answers
    say = answers.words(request)
    values = {
        "code": code,
        "name": name,
        "minutes": organisation.CODE_VALID_FOR // timedelta(minutes=1),
    }
    html = answers.renderer.bare("organisation.html", say, say("page.organisation_title"), values)
    return HTMLResponse(html)


def _failed(entrances: Entrances, request: Request, error: SignInFailed) -> Response:
    log.warning("signing in at the organisation failed", reason=str(error))
    answers = entrances.answers
    return answers.message(answers.words(request), Message.SIGN_IN_FAILED, HTTPStatus.BAD_GATEWAY)
