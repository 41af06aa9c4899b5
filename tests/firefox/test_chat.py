"""The story of the chat in Firefox, on a bot that serves its pages on loopback."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.app import Application
from bot.web.server import Ports, serve
from tests.conftest import cannot_start
from tests.support.paths import PROJECT
from tests.web.chat.conftest import invitation
from tests.web.chromium.conftest import Listener, address, listener
from tests.web.chromium.test_chat import application

__all__ = ["address", "application", "listener"]  # fixtures

MODULES = PROJECT / "build" / "firefox"  # where `make test-firefox` has npm put what drives it
SECONDS = 120.0


@pytest.fixture
async def serving(application: Application, listener: Listener) -> AsyncIterator[None]:
    """The pages on a port."""
    assert application.site is not None
    task = asyncio.create_task(serve(Ports(listener), {}, {}, application.site.application()))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("serving")
@pytest.mark.timeout(SECONDS + 30)
async def test_from_an_invitation_to_a_kept_reflection_and_a_lock(
    application: Application, address: str, tmp_path: Path
) -> None:
    firefox, node = shutil.which("firefox-esr"), shutil.which("node")
    if firefox is None or node is None:
        cannot_start("Firefox", FileNotFoundError("firefox-esr, or node"))
    script = MODULES / "story.mjs"  # Node looks for modules beside it
    shutil.copyfile(Path(__file__).with_name("story.mjs"), script)
    code, picture = await invitation(application), tmp_path / "firefox.png"
    process = await asyncio.create_subprocess_exec(
        *(node, str(script), firefox, address, code, str(picture)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    seen = json.loads(out)
    assert seen["own"] == ["De bakker wist meer dan wij."]
    assert (seen["title"], seen["errors"]) == ("Olievlek", [])
    assert seen["version"].startswith("firefox")
    assert picture.stat().st_size > 0
