"""An invitation whose link can be scanned: on the page, and on a poster to print."""

import re

import pytest

from bot.app import Application
from bot.pictures import qr
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FixedClock
from tests.web.conftest import Browser


class InvitingChannel(FakeChannel):
    """A channel whose links carry an invitation."""

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """Returns the link."""
        return f"https://paper.test/?{'group' if to_group else 'start'}={code}"


@pytest.fixture
def fake_channel() -> FakeChannel:
    """The channel of `application`."""
    return InvitingChannel()


@pytest.fixture
async def path(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, browser: Browser
) -> str:
    """The path of a team's board; its lead is signed in, and reads English."""
    team = Team(application, fake_channel, clock)
    await team.begins()
    lead = await team.member("lead", "English")
    await team.led_by(lead)
    found = f"team/{(await team.row()).id}"
    await browser.signs_in(lead, found)
    return found


async def test_what_is_scanned_is_the_link(path: str, browser: Browser) -> None:
    await browser.opens(f"{path}/invitations")
    text = await browser.posts(f"{path}/invitations", days="14", people="50")
    code = re.search(r'name="code" value="(\w+)"', browser.html)
    assert code is not None
    link = f"https://paper.test/?start={code[1]}"
    assert "You see this code once." in text and link in text
    assert "Kom erbij in Griffie!" in text  # to pass on, in the team's language
    assert qr.outline(link).path in browser.html
    text = await browser.posts(f"{path}/poster", code=code[1])
    assert qr.outline(link).path in browser.html and 'html lang="nl"' in browser.html
    assert "Scan de QR-code" in text and link in text and f"/start {code[1]}" in text
    assert "Print this page with Ctrl+P" in text  # for the lead alone, so not on paper


async def test_a_revoked_invitation_has_no_poster(path: str, browser: Browser) -> None:
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", days="14", people="50")
    code = re.search(r'name="code" value="(\w+)"', browser.html)
    assert code is not None
    await browser.opens(f"{path}/invitations")
    await browser.posts(f"{path}/invitations", revoke="all")
    text = await browser.posts(f"{path}/poster", 422, code=code[1])
    assert "had already stopped working" in text and "<svg" not in browser.html
