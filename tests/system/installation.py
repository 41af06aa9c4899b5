"""One installation on a clock that jumps: its program, its people, and what its metrics say."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from bot.app import Application, BuildOptions, Leads, build
from bot.channels.base import Channel
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.core.rhythm.rhythm import at_local
from bot.delivery.maintenance.backups import BackupJob
from bot.operation.maintenance import Maintenance
from bot.operation.monitoring import Monitor
from bot.startup import prepare
from bot.store.admin.backup_trial import try_newest
from bot.store.admin.encrypted_files import make_identity
from bot.store.db.engine import Database, keys_url_beside
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from tests.support.alert_windows import Window, sample
from tests.support.backups import in_folder, recipient
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.inbox import NO_LIMITS
from tests.support.processes import TOKEN
from tests.support.telegram.bot_api import BotApiServer
from tests.support.tls import Terminator

ZONE = ZoneInfo("Europe/Amsterdam")
PEOPLE, SILENT = 5, 1  # the last of them never says a word
WORDS = "Ik vroeg door, en hoorde iets nieuws"


class Installation:
    """One installation whose people and days are simulated.

    Args:
        disk: the folder of the data, a small disk of its own.
        place: a folder elsewhere, with room.
        platform: the Bot API.
        tls: speaks TLS for it.
        begins: the first moment of its clock.
    """

    def __init__(
        self, disk: Path, place: Path, platform: BotApiServer, tls: Terminator, begins: datetime
    ) -> None:
        self.disk, self.place, self.platform, self.tls = disk, place, platform, tls
        self.clock = FixedClock(begins)
        self.url = f"sqlite+aiosqlite:///{disk / 'olievlek.db'}"
        self.scratch: str | None = None
        self.identity, self.folder = place / "backup-key.txt", place / "backups"
        make_identity(self.identity)
        self.folder.mkdir()
        self.secret_key = new_secret_key()
        self.windows: list[Window] = []
        self.written = self.trials = 0
        self.may_try = True
        self.paper = FakeChannel()
        self.written_on: dict[int, set[date]] = {}

    # -- one run of the program

    async def start(self) -> None:
        """Starts the program."""
        self._run = AsyncExitStack()
        await self._run.enter_async_context(self._running())

    async def stop(self) -> None:
        """Stops it."""
        await self._run.aclose()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Runs the program until the end of the block."""
        database = Database(self.url)
        vault = Vault(self.secret_key)
        await prepare(database, vault, self.clock())
        limits = RateLimits(per_second=None, chat_seconds=0, group_seconds=0)
        telegram = Telegram(Login(self.tls.url, TOKEN), self.clock, limits)
        channels: list[Channel] = [self.paper, telegram]
        options = BuildOptions(inbox_limits=NO_LIMITS)
        maintenance = Maintenance(database)
        leads = Leads(maintenance=maintenance.is_leader)
        self.application: Application = build(database, vault, channels, self.clock, options, leads)
        data, public = make_url(self.url), recipient(self.identity)
        self.backups = in_folder(self.folder, public, self.disk, data, keys_url_beside(data))
        self.telegram = telegram
        self.job = BackupJob(self.backups, self.clock, ZONE, maintenance.is_leader)
        names = [channel.name for channel in channels]
        self.monitor = Monitor(database, channels, self.clock, lambda: names, "0", self.backups)
        listening = asyncio.create_task(self.application.listen(telegram))
        jobs = [self.application.retention, self.job]
        maintaining = asyncio.create_task(maintenance.run(jobs))
        try:
            while not maintenance.is_leader():
                await asyncio.sleep(0.01)
            yield
        finally:
            listening.cancel()
            maintaining.cancel()
            await asyncio.wait([listening, maintaining])
            for channel in channels:
                await channel.close()
            await self.application.sender.close()
            await database.close()

    # -- time

    async def until(self, day: date) -> None:
        """Lives the days before this one."""
        while self.clock().date() < day:
            await self._live_day(self.clock().date())
            self.clock.moment = datetime.combine(
                self.clock().date() + timedelta(days=1), time(), UTC
            )

    async def _live_day(self, day: date) -> None:
        self.goes_to(day, 3, 20)
        await self.job.tick()
        await self.application.retention.run()
        if day.weekday() == 0 and self.may_try:
            self.goes_to(day, 6, 0)
            await self.tries()
        for hour, minute in ((9, 30), (9, 45), (12, 0)):
            self.goes_to(day, hour, minute)
            await self.application.nudge_sender.tick()
            await self.application.outbox_sender.tick()
        await self._people_answer(day)

    def goes_to(self, day: date, hour: int, minute: int) -> None:
        """Moves the clock to this local time, unless that is past."""
        self.clock.moment = max(self.clock(), at_local(day, time(hour, minute), ZONE))

    async def _people_answer(self, day: date) -> None:
        for number in range(1, PEOPLE + 1 - SILENT):
            person = FakeMember(self.application, self.paper, self.clock, str(number))
            person.said = len(self.written_on.setdefault(number, set())) * 10
            nudged = [each for each in person.messages if "Gedaan" in each.labels]
            if nudged and nudged[-1] is person.messages[-1]:
                await person.presses("Gedaan")
                await person.says(f"{WORDS} ({number}, {day})")
                self.written_on[number].add(day)
                self.written += 1

    async def tries(self) -> None:
        """The operator restores the newest backups for a trial."""
        with tempfile.TemporaryDirectory(dir=self.place) as work:
            scratch = make_url(self.scratch) if self.scratch else None
            vault = Vault(self.secret_key)
            now = self.clock()
            trial = await try_newest(self.backups, self.identity, vault, now, Path(work), scratch)
        assert trial.counts["members"] > 0
        self.backups.note_trial(now)
        self.trials += 1

    # -- what happens

    async def watched(self, name: str, expected: Collection[str] = (), *, minutes: int = 5) -> None:
        """Begins to watch, and does so for some minutes."""
        self.windows.append(Window(name, self.clock().date(), expected))
        await self.minutes(minutes)

    async def minutes(self, count: int, *, runs: bool = True) -> None:
        """Lets minutes pass, each with a sample."""
        for minute in range(count):
            self.clock.passes(minutes=1)
            if not runs:
                self.windows[-1].samples.append(None)
                continue
            await self.application.nudge_sender.tick()
            if minute % 10 == 0:
                await self.job.tick()
            await self.monitor.refresh()
            self.windows[-1].samples.append(sample())

    async def connected(self, *, works: bool) -> None:
        """Waits, in real time, until the platform can be reached or cannot."""
        async with asyncio.timeout(90):
            while (await self.telegram.trouble() is None) != works:
                await asyncio.sleep(0.1)
