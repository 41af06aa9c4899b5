"""Pages of the chat: thousands that stay open, a wave to all of them, and one with a year behind.

The bot has a process of its own: `python -m bench.streams FILE` serves the pages on that database.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from bench.crowd import NOW, SECRET_KEY, enrol
from bench.lines import Line
from bench.server import server
from bench.wave import TOKEN
from bot.app import Application, BuildOptions, build, freeze_loaded_objects
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.web import NAME
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.messages import Outgoing
from bot.operation.logs import set_up_logs
from bot.startup import open_database, prepare, unlock
from bot.store.chat import browsers
from bot.store.db.engine import Database
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.nudges import NudgeRow
from bot.web.chat.chat import COOKIE
from bot.web.server import Ports, bind_port, serve

STREAMS = 5_000
DESCRIPTORS = 8_192
AT_ONCE = 100  # connections that are being opened
PATIENCE = 300.0
YEAR = 260  # rounds, five a week
WORDS = "Ik vroeg bij de snackbar wat er speelt, en hoorde van een plan dat nog niemand kende. " * 2
SAID = 40  # messages of today
PAGES, PAGE_MS, PAGE_KB = 20, 50.0, 100.0
ADDRESS = "http://127.0.0.1"


async def measure() -> list[Line]:
    """Streams that stay open, the wave to them and on Telegram, and the page."""
    return [*await _streams(STREAMS), *await _page()]


# -- streams


async def _streams(many: int) -> list[Line]:
    allow_descriptors()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        cookies = await _fill(file, many)
        bot = await Bot.started(file)
        try:
            port, before = await bot.says()
            streams = await _open(int(port), cookies)
            [_, after] = await bot.asks("memory")
            began = time.perf_counter()
            waiting = asyncio.gather(*(each.receives(b"Lef:") for each in streams))
            await bot.asks("wave")
            async with asyncio.timeout(PATIENCE):
                await waiting
            took = time.perf_counter() - began
        finally:
            await bot.ends()
    each_kb = (after - before) * 1024 / many
    telegram = await _on_telegram(many)
    return [
        Line(
            f"memory with {many:,} open streams, against none; {each_kb:.0f} kB a stream",
            after,
            before,
            "MB",
        ),
        Line(
            f"a wave of {many:,} until each open page shows it, against on Telegram without limits",
            took,
            telegram,
            "s",
        ),
    ]


class Bot:
    """The process with the pages, and a line to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, file: Path) -> "Bot":
        """Starts it on this database."""
        command = (sys.executable, "-m", "bench.streams", str(file))
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))

    async def asks(self, what: str) -> list[float]:
        """Has it do something; returns what it says then."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        return await self.says()

    async def says(self) -> list[float]:
        """Returns its next line: its port and its memory in MB."""
        assert self._process.stdout is not None
        found: list[float] = json.loads(await self._process.stdout.readline())
        return found

    async def ends(self) -> None:
        """Kills it."""
        self._process.kill()
        await self._process.communicate()


class Stream:
    """A page that follows its stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._both = (reader, writer)  # without its writer the connection would be closed

    async def receives(self, words: bytes) -> None:
        """Waits until these words came."""
        before = b""
        while words not in before:
            came = await self._both[0].read(65_536)
            assert came, "the stream ended"
            before = before[-len(words) :] + came


async def _open(port: int, cookies: list[str]) -> list[Stream]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(cookie: str) -> Stream:
        async with places:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /chat/stream?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Cookie: {COOKIE}={cookie}\r\n\r\n".encode()
            )
            stream = Stream(reader, writer)
            await stream.receives(b"retry:")
            return stream

    return list(await asyncio.gather(*map(one, cookies)))


async def _fill(file: Path, many: int) -> list[str]:
    """Fills a database with members who are due, and returns the cookies of their browsers."""
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        await prepare(database, Vault(SECRET_KEY), NOW)
        await enrol(database, many, many, NAME)
        async with database.transaction() as session:
            return [
                (await browsers.open_in(session, (NAME, str(number)), "bench", NOW)).cookie
                for number in range(1, many + 1)
            ]


async def _on_telegram(many: int) -> float:
    """Seconds that the same wave takes on Telegram, if it had no limits."""
    with server() as line, tempfile.TemporaryDirectory() as folder:
        line.set_up()
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            vault = Vault(SECRET_KEY)
            await prepare(database, vault, NOW)
            await enrol(database, many, many, "telegram")
            channel = Telegram(Login(line.url, TOKEN), lambda: NOW, RateLimits(per_second=None))
            application = build(database, vault, [channel], lambda: NOW)
            began = time.perf_counter()
            assert await application.nudge_sender.tick() == many
            took = time.perf_counter() - began
            await channel.close()
            return took


def allow_descriptors() -> None:
    """Has this process hold so many connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(DESCRIPTORS, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _application(database: Database, vault: Vault) -> Application:
    mailbox = StoredMailbox(database, vault, NAME, lambda: NOW)
    channel = WebChat(lambda: NOW, mailbox, ADDRESS)
    return build(database, vault, [channel], lambda: NOW, BuildOptions(pages=ADDRESS))


async def _serve(file: str) -> None:
    set_up_logs("ERROR", "console")
    allow_descriptors()
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        vault = Vault(SECRET_KEY)
        await unlock(database, vault)
        application = _application(database, vault)
        assert application.site is not None
        freeze_loaded_objects()
        with bind_port("127.0.0.1", 0) as port:
            ports = Ports(port)
            serving = asyncio.create_task(serve(ports, {}, {}, application.site.application()))
            number = port.getsockname()[1]
            print(json.dumps([number, _memory()]), flush=True)
            while wanted := await asyncio.to_thread(sys.stdin.readline):
                if wanted.strip() == "wave":
                    await application.nudge_sender.tick()
                print(json.dumps([number, _memory()]), flush=True)
            serving.cancel()


def _memory() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


# -- the page


async def _page() -> list[Line]:
    """A page with a year behind it and a day full of messages, the shortest of twenty."""
    async with open_database("sqlite+aiosqlite:///:memory:") as database:
        vault = Vault(SECRET_KEY)
        await prepare(database, vault, NOW - timedelta(days=YEAR + 1))
        await enrol(database, 1, 1, NAME, YEAR)
        application = _application(database, vault)
        assert application.site is not None
        async with database.transaction() as session:
            cookie = (await browsers.open_in(session, (NAME, "1"), "bench", NOW)).cookie
            diary = Diary(session, vault, 1)
            for number in (await session.scalars(select(NudgeRow.id))).all():
                await diary.write(number, str(number), WORDS, NOW)
        mailbox = StoredMailbox(database, vault, NAME, lambda: NOW)
        for number in range(SAID // 2):
            await mailbox.put("1", f"said-{number}", Outgoing(WORDS))
            await mailbox.put_own("1", f"own-{number}", WORDS, None)
        transport = httpx.ASGITransport(application.site.application())
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
            took = []
            for _ in range(PAGES):
                began = time.process_time()
                page = await http.get("/chat", headers=headers)
                took.append(time.process_time() - began)
        assert page.text.count('class="chat-row') > SAID
    return [
        Line(
            "the page of a chat with a year of history, in CPU, against the most it may take",
            min(took) * 1e3,
            PAGE_MS,
            "ms",
            at_most=1,
        ),
        Line("the size of that page", len(page.content) / 1e3, PAGE_KB, "kB", at_most=1),
    ]


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
