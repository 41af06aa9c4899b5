"""No page is left out when they are looked at in a browser: the list follows from the routes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Application, build
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.web.organisation.provider import Client, Provider
from bot.web.pages.registry import PAGES
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.web_chat import ADDRESS
from tests.support.web_chat import PAGES as OPTIONS
from tests.web.mini_apps import MINI_APP
from tests.web.walk import is_download

CHROMIUM = Path(__file__).with_name("chromium")
LOOKED_AT = re.compile(r'look_at\(\w+, "([^"]+)"\)')
NO_PAGES: Mapping[str, str] = {
    "web/static/{version}/{name}": "a style sheet, script or picture",
    "web/theme/{version}/{name}": "the same, of the organisation",
    "web/organisation": "leads to the provider",
    "chat/offline": "the worker shows it, at the address that was asked for: `test_chat_offline`",
    "chat/stream": "events",
    "chat/news": "JSON",
    "chat/attachment/{key}": "a picture or file",
    "chat/calendar/{token}.ics": "a calendar",
    "chat/manifest.webmanifest": "JSON",
    "chat/worker.js": "a script",
    ".well-known/security.txt": "a text",
}


@pytest.fixture
def application(database: Database, vault: Vault, clock: FixedClock) -> Application:
    """The application with everything that has an address."""
    channel = WebChat(clock, StoredMailbox(database, vault, "web", clock), ADDRESS)
    client = Client("https://login.test", "olievlek", "secret", roles_claim="roles")
    options = replace(
        OPTIONS,
        mini_app=MINI_APP,
        provider=Provider(client),
        security_contact="mailto:security@olievlek.test",
    )
    return build(database, vault, [FakeChannel(), channel], clock, options)


def test_every_page_is_looked_at(application: Application) -> None:
    assert application.site is not None
    routes = {
        route.path.removeprefix("/")
        for route in application.site.routes()
        if "GET" in (route.methods or ())
    }
    by_list = {f"web/{page.path}" for page in PAGES}  # see `test_accessibility.paths`
    named = {
        path for file in CHROMIUM.glob("test_*.py") for path in LOOKED_AT.findall(file.read_text())
    }
    assert routes - by_list - set(NO_PAGES) - named == set()
    assert set(NO_PAGES) <= routes  # none that is no more
    assert {path for path in named if "{nothing}" not in path} <= routes
    downloads = {page.path for page in PAGES if is_download(page)}
    assert downloads == {
        "rhythm/olievlek.ics",
        "sets/{name}/figures/csv",
        "sets/{name}/files/{version:int}/{kind}",
    }
