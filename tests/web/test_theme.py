"""An organisation's own tokens and logo."""

from pathlib import Path

import pytest

from bot.app import BuildOptions, build
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.web.pages.render.rendering import STATIC
from bot.web.pages.render.theme import MAX_BYTES, Theme, UnusableTheme, read_theme
from tests.support.fakes import FakeChannel, FixedClock
from tests.web.conftest import ADDRESS, Browser, new_browser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tokens.css").write_text(":root { --olievlek-accent: #154273; }")
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "secret.txt").write_text("geheim")
    return tmp_path


async def test_tokens_come_last_and_the_logo_has_the_name_of_the_organisation(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock, folder: Path
) -> None:
    options = BuildOptions(
        pages=f"{ADDRESS}/bot", controller="Gemeente <Voorbeeld>", theme=read_theme(folder)
    )
    application = build(database, vault, [fake_channel], clock, options)
    assert application.site is not None
    async with new_browser(application.site.application()) as http:
        browser = Browser(http, await http.get("/bot/web/"))
        sheets = [part.split('"')[0] for part in browser.html.split('rel="stylesheet" href="')[1:]]
        assert sheets[-1].startswith("/bot/web/theme/") and sheets[-1].endswith("/tokens.css")
        assert 'alt="Gemeente &lt;Voorbeeld&gt;"' in browser.html
        answer = await http.get(sheets[-1])
        assert answer.headers["content-type"].startswith("text/css") and "#154273" in answer.text
        assert (await http.get("/bot/web/theme/x/secret.txt")).status_code == 404
        # Behind a proxy that takes the prefix off.
        assert (await http.get(sheets[-1].removeprefix("/bot"))).status_code == 200


def test_without_a_folder_nothing_is_added() -> None:
    assert read_theme(None) == Theme()


def test_a_folder_that_cannot_be_used_says_what_to_change(tmp_path: Path, folder: Path) -> None:
    for wrong in (tmp_path / "nowhere", tmp_path / "tokens.css"):
        with pytest.raises(UnusableTheme, match="none of the three is there"):
            read_theme(wrong)
    (folder / "logo.png").write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(UnusableTheme, match=r"make logo\.png smaller"):
        read_theme(folder)


@pytest.mark.parametrize("name", ["theme.css", "components.css"])
def test_every_rule_of_a_style_sheet_ends(name: str) -> None:
    """A browser says nothing of a rule that does not: all that follows has no effect."""
    depth = 0
    for line in (STATIC / name).read_text().splitlines():
        assert not (line and depth) or line.startswith((" ", "}")) or name == "components.css"
        depth += line.count("{") - line.count("}")
    assert depth == 0
