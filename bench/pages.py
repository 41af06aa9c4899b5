"""What a page costs: the board of 300 people over two years, and the editor of a large set."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from bench.boards import FRIDAY
from bench.lines import Line
from bench.memory import Void
from bench.teams import BIG, enrol_teams
from bot.app import BuildOptions, build
from bot.core.challenges.challenge import MAX_CHALLENGES
from bot.messages import Address
from bot.startup import open_database, prepare
from bot.store.challenges import publications
from bot.store.keys.master_key import new_secret_key
from bot.store.members import roles, web_sessions
from bot.store.members.vault import Vault
from bot.store.schema.members import AddressRow
from bot.store.schema.teams import Role
from tests.unit.set_files.examples import made
from tests.web.conftest import ADDRESS, Browser, new_browser

TIMES = 20
CHAT = Address("telegram", "1")
ASKED = {f"team/{BIG}": 50.0, "sets/groot/edit": 200.0, "sets/groot/edit/250": 200.0}
NAMES = {
    f"team/{BIG}": "the board of 300 people over two years",
    "sets/groot/edit": f"the editor of a set of {MAX_CHALLENGES}",
    "sets/groot/edit/250": f"a challenge in the editor of a set of {MAX_CHALLENGES}",
}


async def measure() -> list[Line]:
    """CPU of the whole request, against what it may take."""
    lines = []
    with TemporaryDirectory() as folder:
        async with signed_in(Path(folder)) as browser:
            for path, most in ASKED.items():
                took = min([await _open(browser, path) for _ in range(TIMES)])
                name = f"CPU of the page with {NAMES[path]}, against the {most:g} ms it may take"
                lines.append(Line(name, took * 1e3, most, "ms", at_most=1))
    return lines


@asynccontextmanager
async def signed_in(folder: Path) -> AsyncIterator[Browser]:
    """A browser of a lead of the team who is a trainer too, without a network."""
    url = f"sqlite+aiosqlite:///{folder / 'olievlek.db'}"
    async with open_database(url) as database:
        vault = Vault(new_secret_key())
        await prepare(database, vault, FRIDAY)
        await enrol_teams(database, True, 0, FRIDAY)
        ids = [f"c{number}" for number in range(MAX_CHALLENGES)]
        async with database.transaction() as session:
            row = {"member_id": 1, "channel": CHAT.pair[0], "address": CHAT.pair[1]}
            await session.execute(insert(AddressRow), [row])
            await publications.publish(session, made("groot", *ids), FRIDAY, {None: FRIDAY})
            await roles.grant(session, CHAT.pair, Role.LEAD, BIG, FRIDAY)
            await roles.grant(session, CHAT.pair, Role.TRAINER, None, FRIDAY)
            token = await web_sessions.new_link(session, CHAT.pair, FRIDAY)
        application = build(database, vault, [Void()], lambda: FRIDAY, BuildOptions(pages=ADDRESS))
        assert application.site is not None
        async with new_browser(application.site.application()) as http:
            answer = await http.post(f"/web/sign-in/{token}")
            assert answer.headers["location"] == "/web/"
            yield Browser(http)


async def _open(browser: Browser, path: str) -> float:
    began = time.process_time()
    answer = await browser.http.get(f"/web/{path}")
    spent = time.process_time() - began
    assert answer.status_code == 200, (path, answer.status_code)
    return spent


if __name__ == "__main__":
    for line in asyncio.run(measure()):
        print(line.row())
