"""`kill -9` while people talk in browsers: what each said is handled once, and answered once.

`--kills` says how often, `--browsers` how many, `--seed` when. Each is a plain HTTP client that
keeps to what the page does: it posts a form with its token, and again with the same token until
there is an answer.
"""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.web.server import bind_port
from tests.support.processes import environment, program
from tests.support.web_chat import HIDDEN, rows_in
from tests.system.wishes import confirmed, wish

pytestmark = pytest.mark.timeout(0)  # as long as the number of kills asks for

PATIENCE = 120.0
AGAIN_SECONDS = 0.5
LOOK_SECONDS = 2.0
PAUSE = (3.1, 5.0)  # seconds between two messages, so that nobody is slowed as a flood
ANSWERED_WITHIN = aiohttp.ClientTimeout(total=10)


@dataclass
class PlainBrowser:
    """Somebody with a browser without a script, who tries again until there is an answer.

    Attributes:
        number: which they are, for the tokens of their forms.
        dice: how long they wait.
        cookies: what the program gave them.
        asked: the moments that they asked for.
        tries: how many requests it took.
        answers: how many of their wishes were confirmed.
        after: up to where they read.
    """

    number: int
    dice: random.Random
    cookies: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tries: int = 0
    answers: int = 0
    after: int = 0
    form_key: str = ""

    async def begins(self, http: aiohttp.ClientSession) -> None:
        """Opens the page, presses the button, and chooses a language."""
        fields = dict(HIDDEN.findall(await self._asks(http, "GET", "/chat")))
        await self._asks(http, "POST", "/chat/begin", fields)
        page = await self._asks(http, "GET", "/chat")
        self.form_key = dict(HIDDEN.findall(page))["form_key"]
        for text in ("Nederlands", "ma-zo 9:30"):  # the two questions
            await self._says(http, text)

    async def talks(self, http: aiohttp.ClientSession, end: asyncio.Event) -> None:
        """Asks for one rhythm after another until the end."""
        while not end.is_set():
            at = wish(len(self.asked))
            self.asked.append(at)
            await self._says(http, f"/ritme ma-zo {at}")
            await asyncio.sleep(self.dice.uniform(*PAUSE))
            await self._sees(http, at)

    async def _sees(self, http: aiohttp.ClientSession, wanted: str) -> None:
        """Asks what is new until the answer is there, as a page without a stream does."""
        while True:
            path = f"/chat/news?after={self.after}"
            messages = json.loads(await self._asks(http, "GET", path))["messages"]
            self.after = max([self.after, *(each["changed"] for each in messages)])
            rows = [row for each in messages for row in rows_in(each["html"])]
            if any(confirmed(row.text) == wanted for row in rows if not row.own):
                self.answers += 1
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def reads(self, http: aiohttp.ClientSession) -> tuple[Counter[str], Counter[str], bool]:
        """What they said and what confirms it, by the moment, and whether that is in order."""
        rows = rows_in(await self._asks(http, "GET", "/chat"))
        said = [row.text.split()[-1] for row in rows if row.own and row.text.startswith("/ritme")]
        told = [at for row in rows if not row.own and (at := confirmed(row.text)) is not None]
        return Counter(said), Counter(told), said == self.asked and told == self.asked

    async def _says(self, http: aiohttp.ClientSession, text: str) -> None:
        token = f"{self.number:06}-{len(self.asked):06}-{self.dice.getrandbits(64):016x}"
        fields = {"form_key": self.form_key, "form": token, "text": text}
        await self._asks(http, "POST", "/chat/say", fields)

    async def _asks(
        self,
        http: aiohttp.ClientSession,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
    ) -> str:
        """Asks until there is an answer that a browser would not ask again for, and returns it."""
        while True:
            self.tries += 1
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": cookie} if cookie else {}
            try:
                async with http.request(
                    method, path, data=fields, headers=headers, allow_redirects=False
                ) as answer:
                    text = await answer.text()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if answer.status < 500 and answer.status != 429:
                assert answer.status in (200, 303), text
                for name, morsel in answer.cookies.items():
                    self.cookies[name] = morsel.value
                return text
            await asyncio.sleep(AGAIN_SECONDS)


def waiting(folder: Path) -> int:
    """How much came in or is to go out, and is not done."""
    with sqlite3.connect(folder / "olievlek.db") as connection:
        counted = connection.execute(
            "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)"
        )
        return int(counted.fetchone()[0])


@pytest.fixture
def browsers(request: pytest.FixtureRequest) -> int:
    """How many talk."""
    return int(request.config.getoption("--browsers"))


async def test_what_is_said_in_browsers_is_handled_and_answered_once_across_kills(
    tmp_path: Path, kills: int, seed: int, browsers: int
) -> None:
    dice = random.Random(seed)
    with bind_port("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    env = environment(tmp_path, WEB_CHAT="on", HTTP_PORT=str(port), PUBLIC_URL=address)
    everyone = [PlainBrowser(number, random.Random(dice.random())) for number in range(browsers)]
    async with aiohttp.ClientSession(
        address,
        connector=aiohttp.TCPConnector(limit=browsers),
        cookie_jar=aiohttp.DummyCookieJar(),  # each keeps its own
        timeout=ANSWERED_WITHIN,
    ) as http:
        async with program(env, tmp_path) as first:
            await first.says("running", within=60)
            await asyncio.gather(*(each.begins(http) for each in everyone))
        end = asyncio.Event()
        talking = asyncio.gather(*(each.talks(http, end) for each in everyone))
        for _ in range(kills):
            async with program(env, tmp_path) as killed:
                await killed.says("running", within=60)
                wanted = sum(each.answers for each in everyone) + dice.randint(1, browsers // 2)
                async with asyncio.timeout(PATIENCE):
                    while sum(each.answers for each in everyone) < wanted:
                        await asyncio.sleep(0.01)
                await asyncio.sleep(dice.uniform(0, 0.1))
                await killed.is_killed()
        end.set()
        async with program(env, tmp_path) as last:
            await last.says("running", within=60)
            async with asyncio.timeout(PATIENCE):
                await talking
                while waiting(tmp_path):
                    await asyncio.sleep(0.2)
            found = [await each.reads(http) for each in everyone]
    asked = sum(len(each.asked) for each in everyone)
    lost = doubled = 0
    for each, (said, told, _) in zip(everyone, found, strict=True):
        for counted in (said, told):
            lost += sum(not counted[at] for at in each.asked)
            doubled += sum(times - 1 for times in counted.values())
    tries = sum(each.tries for each in everyone)
    print(
        f"\n{kills} kills, {browsers} browsers, {asked} messages in {tries} requests: "
        f"{lost} lost, {doubled} doubled"
    )
    assert (lost, doubled) == (0, 0)
    assert all(in_order for _, _, in_order in found)
