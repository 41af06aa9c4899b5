"""Signing in at the organisation: linking a chat once, roles, and what somebody could try."""

import asyncio
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from joserfc.jwk import OctKey
from sqlalchemy import select
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from bot.app import Application, BuildOptions, build
from bot.languages.registry import language_of
from bot.organisation import provider_trouble
from bot.store.db.engine import Database
from bot.store.lifecycle.export import export_of
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.teams import Role, RoleRow
from bot.store.schema.web import OrganisationAccountRow, OrganisationCodeRow
from bot.web.organisation.account import ProviderUnusable
from bot.web.organisation.addresses import is_safe
from bot.web.organisation.provider import Client, Provider
from tests.support.command_line import olievlek
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.support.oidc import (
    CALLBACK,
    CLIENT,
    SECRET,
    Claims,
    ToyProvider,
    new_key,
    query_of,
    toy_provider,
)
from tests.support.processes import environment
from tests.web.conftest import ADDRESS, Browser, new_browser

HOST = ADDRESS.removeprefix("https://")


@dataclass
class Desk:
    """Somebody at a browser, with an account at the organisation.

    Attributes:
        browser: theirs, at the bot.
        provider: the organisation's.
        http: reaches the provider.
    """

    browser: Browser
    provider: ToyProvider
    http: httpx.AsyncClient

    async def leaves(self) -> str:
        """Begins to sign in; returns where the provider is asked."""
        sent = await self.browser.http.get("/web/organisation")
        assert sent.status_code == 303
        return str(sent.headers["location"])

    async def is_sent_back(self) -> str:
        """Signs in at the provider; returns where it sends them."""
        answer = await self.http.get(await self.leaves())
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def comes_back(self, url: str, status: int = 200) -> str:
        """Follows the provider; returns what the page says."""
        return await self.browser.opens(url.removeprefix(f"{ADDRESS}/web/"), status)

    async def signs_in(self, status: int = 200) -> str:
        """Does all of that."""
        return await self.comes_back(await self.is_sent_back(), status)

    def code(self) -> str:
        """The code on the page."""
        found = re.search(r"/koppel ([A-Z2-9]{4}-[A-Z2-9]{4})", self.browser.text)
        assert found, self.browser.text
        return found[1]

    async def links(self, person: FakeMember) -> None:
        """Links the account to the chat of a person."""
        assert "Koppel je chat" in await self.signs_in()
        await person.says(f"/koppel {self.code()}")
        await person.presses("Koppelen")
        assert "Gekoppeld" in person.last.text


@pytest.fixture
async def provider(clock: FixedClock) -> AsyncIterator[ToyProvider]:
    """A provider that behaves, until it is told otherwise."""
    async with toy_provider(clock) as running:
        yield running


@pytest.fixture
def application(
    database: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
    provider: ToyProvider,
) -> Application:
    """The application, at which people sign in at their organisation too."""
    client = Client(provider.url, CLIENT, SECRET, roles_claim="roles")
    options = BuildOptions(pages=ADDRESS, controller="Gemeente Vlek", provider=Provider(client))
    return build(database, vault, [fake_channel], clock, options)


@pytest.fixture
async def desk(browser: Browser, provider: ToyProvider) -> AsyncIterator[Desk]:
    """A browser, and the provider."""
    async with httpx.AsyncClient() as http:
        yield Desk(browser, provider, http)


async def roles_of(application: Application) -> dict[str, bool]:
    """The roles there are, and whether each ends by itself."""
    async with application.database.reading() as session:
        rows = (await session.scalars(select(RoleRow))).all()
    return {str(row.role): row.until is not None for row in rows}


async def acts(application: Application) -> list[str]:
    """What the trail says."""
    async with application.database.reading() as session:
        query = select(AuditEntryRow).order_by(AuditEntryRow.number)
        rows = (await session.scalars(query)).all()
    return [f"{row.actor.partition(':')[0]} {row.action} {row.detail}".strip() for row in rows]


async def test_an_account_is_linked_once_and_signs_in_from_then_on(
    desk: Desk, member: FakeMember, application: Application, vault: Vault
) -> None:
    assert "Aanmelden bij je organisatie" in await desk.browser.opens("", 401)
    assert "aangemeld als sanne@example.org" in await desk.signs_in()
    code = desk.code()
    await member.says(f"/koppel {code.lower()}")
    asked = member.last
    assert "aanmelding bij Gemeente Vlek" in asked.text
    assert "als sanne@example.org, in Firefox, Windows" in asked.text
    await member.says(f"/koppel {code}")  # it works once
    assert "Die code werkt niet" in member.last.text
    await member.presses("Koppelen", asked)
    assert "Jouw pagina’s" in await desk.signs_in()
    assert "in Firefox, Windows" in member.last.text
    assert "__Host-olievlek-organisation" not in desk.browser.http.cookies
    async with application.database.reading() as session:
        row = (await session.scalars(select(OrganisationAccountRow))).one()
        assert len(row.subject) == 64 and "4711" not in row.subject
        assert await session.scalar(select(OrganisationCodeRow)) is None
        exported = await export_of(session, vault, await member.member(), desk.provider.clock())
    with ZipFile(BytesIO(exported.content)) as archive:
        (account,) = json.loads(archive.read("member.json"))["organisation_accounts"]
    assert account["chat"] == "paper:sanne" and account["linked_at"].startswith("2026-11-23")
    await member.says("/koppel")
    assert "Sinds maandag 23 november" in member.last.text
    await member.presses("Organisatie loskoppelen")
    assert "Losgekoppeld" in member.last.text
    assert "Koppel je chat" in await desk.signs_in()
    assert await acts(application) == [
        "member linked organisation",
        "member unlinked organisation",
    ]


async def test_the_chat_decides(
    desk: Desk,
    member: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    other = FakeMember(application, fake_channel, clock, "mees")
    await other.joins()
    await desk.signs_in()
    await member.says(f"/koppel {desk.code()}")
    asked = member.last
    await other.taps(asked.action("Koppelen"))  # was asked nothing
    assert "Koppel je chat" in await desk.signs_in()
    await member.presses("Koppelen", asked)  # the second code took the place of the first
    assert "Gekoppeld" not in member.last.text
    await member.says(f"/koppel {desk.code()}")
    await member.presses("Niet koppelen")
    assert "niets gekoppeld" in member.last.text
    await desk.signs_in()
    code = desk.code()
    clock.passes(minutes=15)
    await member.says(f"/koppel {code}")
    assert "Die code werkt niet" in member.last.text
    await desk.signs_in()
    await application.retention.run()
    async with application.database.reading() as session:
        assert len((await session.scalars(select(OrganisationCodeRow))).all()) == 1
        assert await session.scalar(select(OrganisationAccountRow)) is None
    await member.says(f"/koppel {desk.code()}")
    asked = member.last
    clock.passes(minutes=15)
    await member.presses("Koppelen", asked)
    assert "Gekoppeld" not in member.last.text


async def test_roles_follow_the_claim_and_those_of_people_stay(
    desk: Desk, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    provider = desk.provider
    await desk.links(member)
    provider.person["roles"] = ["olievlek-trainer", "olievlek-lead", "beheer", 7]
    await desk.signs_in()
    assert await roles_of(application) == {"trainer": True}
    await desk.browser.opens("sets")
    provider.person["roles"] = "olievlek-admin"  # one value may stand by itself
    await desk.signs_in()
    assert await roles_of(application) == {"admin": True}
    async with application.database.transaction() as session:
        assert await roles.grant(session, ("paper", "sanne"), Role.TRAINER, None, clock())
        assert await roles.grant(session, ("paper", "sanne"), Role.ADMIN, None, clock())
        assert not await roles.grant(session, ("paper", "sanne"), Role.ADMIN, None, clock())
    del provider.person["roles"]
    await desk.signs_in()
    assert await roles_of(application) == {"trainer": False, "admin": False}
    async with application.database.transaction() as session:
        await roles.revoke_everything(session, clock())
    provider.person["roles"] = ["olievlek-trainer"]
    await desk.signs_in()
    clock.passes(days=20)
    await desk.signs_in()
    clock.passes(days=29)
    await application.retention.run()
    assert await roles_of(application) == {"trainer": True}
    clock.passes(days=1)
    await application.retention.run()
    assert await roles_of(application) == {}
    await desk.signs_in()
    await member.says("/koppel")
    await member.presses("Organisatie loskoppelen")
    assert await roles_of(application) == {}
    assert [act for act in await acts(application) if "linked" not in act] == [
        "organisation granted trainer",
        "organisation granted admin",
        "organisation revoked trainer",
        "organisation granted trainer",
        "organisation granted trainer",
    ]
    assert (await acts(application))[-1] == "member unlinked organisation,trainer"


async def test_who_is_erased_can_link_anew_and_another_account_takes_the_place(
    desk: Desk, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    await desk.links(member)
    desk.provider.person = {"sub": "4712", "preferred_username": "sanne2"}
    await desk.links(member)
    desk.provider.person = {"sub": "4711"}
    assert "iemand zonder naam" in await desk.signs_in()  # the earlier account is out
    code = desk.code()
    await member.says(f"/koppel {code}")
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    async with application.database.reading() as session:
        assert await session.scalar(select(OrganisationAccountRow)) is None
        assert await session.scalar(select(OrganisationCodeRow)) is None
    await member.joins()
    await desk.links(member)
    assert "Jouw pagina’s" in await desk.signs_in()


# -- what somebody could try


def unsigned(provider: ToyProvider, claims: Claims) -> str:
    """A token with `none` for an algorithm, and without a signature."""
    parts = [json.dumps(each).encode() for each in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


def with_public_key(provider: ToyProvider, claims: Claims) -> str:
    """A token signed with what everybody can read, as if it were a shared secret."""
    key = OctKey.import_key(json.dumps(provider.key.as_dict(private=False)), {"kid": "first"})
    return provider.signed(claims, key, "HS256")


def with_client_secret(provider: ToyProvider, claims: Claims) -> str:
    """A token signed with the secret of the client."""
    return provider.signed(claims, OctKey.import_key(SECRET * 2, {"kid": "first"}), "HS256")


def with_another_key(provider: ToyProvider, claims: Claims) -> str:
    """A token of a key with the right name."""
    return provider.signed(claims, new_key("first"))


NOW = int(MONDAY.timestamp())
WRONG_CLAIMS: dict[str, Claims] = {
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.test"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "two audiences and no azp": {"aud": [CLIENT, "another"]},
    "another azp": {"azp": "another"},
    "expired": {"exp": NOW - 121},
    "no end": {"exp": None},
    "not valid yet": {"nbf": NOW + 300},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 4711},
    "a subject that is too long": {"sub": "x" * 256},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
SIGNERS = (unsigned, with_public_key, with_client_secret, with_another_key)


async def test_no_wrong_token_is_accepted(desk: Desk, member: FakeMember) -> None:
    await desk.links(member)
    provider = desk.provider

    async def is_refused(what: str) -> None:
        page = await desk.signs_in(502)
        assert "Aanmelden is niet gelukt" in page and not desk.browser.http.cookies, what
        provider.sign, provider.changed = None, {}

    with capture_logs() as logs:
        for what, provider.changed in WRONG_CLAIMS.items():
            await is_refused(what)
        for signer in SIGNERS:
            provider.sign = partial(signer, provider)
            await is_refused(signer.__name__)
    shown = str(logs)
    assert len(logs) == len(WRONG_CLAIMS) + len(SIGNERS)
    assert "4711" not in shown and "sanne" not in shown and SECRET not in shown
    provider.changed = {"exp": NOW - 119}  # clocks differ
    assert "Jouw pagina’s" in await desk.signs_in()
    provider.key = new_key("second")  # it has new keys
    assert "Jouw pagina’s" in await desk.signs_in()


async def test_no_wrong_answer_is_accepted(desk: Desk, member: FakeMember, site: ASGIApp) -> None:
    await desk.links(member)
    provider = desk.provider

    def cookies() -> set[str]:
        return set(desk.browser.http.cookies)

    answer = await desk.is_sent_back()
    changed = {
        "another state": re.sub("state=[^&]+", "state=" + "x" * 43, answer),
        "no state": re.sub("state=[^&]+&?", "", answer),
        "no code": re.sub("code=[^&]+&?", "", answer),
        "a code of nobody": re.sub("code=[^&]+", "code=x", answer),
        "refused": re.sub("code=[^&]+", "error=access_denied", answer),
        "another issuer": re.sub("iss=[^&]+", "iss=https://evil.test", answer),
        "no issuer": re.sub("&iss=[^&]+", "", answer),
        "endless": f"{answer}&x={'x' * 4_000}",
    }
    for what, url in changed.items():
        begun = desk.browser.http.cookies["__Host-olievlek-organisation"]
        assert "niet gelukt" in await desk.comes_back(url, 502), what
        assert cookies() == set(), what  # so that nothing is tried twice
        desk.browser.http.cookies.set("__Host-olievlek-organisation", begun, HOST)
    async with new_browser(site) as http:  # which was sent the address by somebody
        victim = Browser(http)
        assert "niet gelukt" in await victim.opens(answer.removeprefix(f"{ADDRESS}/web/"), 502)
        http.cookies.set("__Host-olievlek-organisation", "x" * 43, HOST)
        await victim.opens(answer.removeprefix(f"{ADDRESS}/web/"), 502)
        assert set(http.cookies) == set()
    begun = desk.browser.http.cookies["__Host-olievlek-organisation"]
    assert "Jouw pagina’s" in await desk.comes_back(answer)
    desk.browser.http.cookies.clear()
    desk.browser.http.cookies.set("__Host-olievlek-organisation", begun, HOST)
    await desk.comes_back(answer, 502)  # the code was used
    assert provider.requests.count("/.well-known/openid-configuration") == 1


async def test_the_request_has_what_the_standard_asks(desk: Desk) -> None:
    asked = query_of(await desk.leaves())
    assert asked["response_type"] == "code" and asked["redirect_uri"] == CALLBACK
    assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid profile email"
    cookie = desk.browser.http.cookies["__Host-olievlek-organisation"]
    secrets = [asked["state"], asked["nonce"], asked["code_challenge"], cookie]
    assert len(set(secrets)) == 4 and min(map(len, secrets)) == 43
    assert query_of(await desk.leaves())["state"] != asked["state"]


UNUSABLE: dict[str, Claims] = {
    "of another issuer": {"issuer": "https://evil.test"},
    "token_endpoint": {"token_endpoint": "http://192.0.2.1/token"},
    "jwks_uri": {"jwks_uri": None},
    "authorization_endpoint": {"authorization_endpoint": "javascript:alert(1)"},
    "PKCE": {"code_challenge_methods_supported": ["plain"]},
    "too large": {"filling": "x" * 300_000},
}


async def test_a_provider_that_cannot_be_used_is_not(
    desk: Desk, clock: FixedClock, provider: ToyProvider
) -> None:
    mine = Provider(Client(provider.url, CLIENT, SECRET))
    assert await provider_trouble(mine, clock()) is None
    for reason, provider.metadata in UNUSABLE.items():
        with pytest.raises(ProviderUnusable, match=reason):
            await Provider(Client(provider.url, CLIENT, SECRET)).metadata(clock())
        assert "niet gelukt" in await desk.browser.opens("organisation", 502)
    clock.passes(hours=1)
    trouble = await provider_trouble(mine, clock())
    assert trouble is not None and "OLIEVLEK_OIDC_ISSUER" in trouble.in_language(language_of("nl"))
    gone = Provider(Client("http://127.0.0.1:9", CLIENT, SECRET))
    assert await provider_trouble(gone, clock()) is not None
    assert SECRET not in repr(Client("https://x.test", CLIENT, SECRET))


async def test_check_looks_at_the_provider(provider: ToyProvider, tmp_path: Path) -> None:
    env = environment(tmp_path, OIDC_ISSUER=provider.url, OIDC_CLIENT_ID=CLIENT)
    _, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert "OLIEVLEK_OIDC_CLIENT_SECRET" in checked + said
    env["OLIEVLEK_OIDC_CLIENT_SECRET"] = SECRET
    _, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert re.search(f"signing in at the organisation.*ok.*{provider.url}", checked), checked
    assert SECRET not in checked + said
    provider.metadata = {"issuer": "https://evil.test"}
    code, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert code == 1 and "of another issuer" in checked + said
    env["OLIEVLEK_OIDC_ISSUER"] = "http://login.example.org"
    code, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert code == 2 and "OLIEVLEK_OIDC_ISSUER" in said and "https://" in said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://login.example.org/realm", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://login.example.org", False),
        ("http://127.0.0.1.evil.test", False),
        ("https://", False),
        ("https://[", False),
        ("ftp://login.example.org", False),
        (None, False),
    ],
)
def test_which_addresses_are_safe(url: object, expected: bool) -> None:
    assert is_safe(url) is expected
