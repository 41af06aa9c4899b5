"""Somebody with an account at their organisation, and a provider that knows them."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from bot.app import Application, BuildOptions, build
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.web.organisation.provider import Client, Provider
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.oidc import (
    CLIENT,
    SECRET,
    ToyProvider,
    toy_provider,
)
from tests.web.conftest import ADDRESS, Browser


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
