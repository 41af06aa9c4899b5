"""`make operation-year`: a year in the life of one installation, and which alerts it would give.

Five people live through 2026 on a clock that jumps. A disk fills up, the platform's certificate
is renewed and then runs out, nobody tries the backups for a while, the folder of the backups is not
mounted, the database moves to PostgreSQL, and there are two upgrades. In between the metrics are
read each minute for an hour or more, and `promtool` is asked which alerts these give. It takes
root for the small disk, and Debian's prometheus.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bot.app import Application, BuildOptions, build
from bot.channels.base import Channel
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.channel import Telegram
from bot.core.rhythm.rhythm import Rhythm, Weekday, at_local
from bot.delivery.daily.backups import BackupJob
from bot.operation.logs import set_up_logs
from bot.operation.monitoring import Monitor
from bot.startup import prepare
from bot.store.admin import audit, copy
from bot.store.admin.backup_trial import try_newest
from bot.store.admin.encrypted_backups import BackupKind, make_identity
from bot.store.db import migrate
from bot.store.db.engine import Database, keys_url_beside
from bot.store.keys.master_key import new_secret_key
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow
from tests.support.alert_windows import Window, sample, told
from tests.support.backups import in_folder, recipient
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.inbox import NO_LIMITS
from tests.support.migrations import with_later_migration, with_second_later_migration
from tests.support.population import enrol
from tests.support.postgresql import PROGRAMS, PostgreSQL
from tests.support.processes import TOKEN
from tests.support.small_disk import small_disk
from tests.support.telegram.bot_api import BotApiServer
from tests.support.tls import Authority, Terminator, tls_before

ZONE = ZoneInfo("Europe/Amsterdam")
FIRST, LAST = date(2026, 1, 5), date(2027, 1, 3)
PEOPLE, SILENT = 5, 1  # the last of them never says a word
AUTHORITY, DISK = "authority", "700m"
ROOM_LEFT = 20 * 1024  # bytes
WORDS = "Ik vroeg door, en hoorde iets nieuws"


class Year:
    """One installation, and what happens to it.

    Args:
        disk: the folder of the data, a small disk of its own.
        place: a folder elsewhere, with room.
        platform: the Bot API.
        tls: speaks TLS for it.
    """

    def __init__(self, disk: Path, place: Path, platform: BotApiServer, tls: Terminator) -> None:
        self.disk, self.place, self.platform, self.tls = disk, place, platform, tls
        self.clock = FixedClock(datetime.combine(FIRST, time(), UTC))
        self.url = f"sqlite+aiosqlite:///{disk / 'olievlek.db'}"
        self.scratch: str | None = None
        self.identity, self.folder = place / "backup-key.txt", place / "backups"
        make_identity(self.identity)
        self.folder.mkdir()
        self.secret_key = new_secret_key()
        self.windows: list[Window] = []
        self.written = self.trials = 0
        self.may_try = True
        self.wrong: list[str] = []
        self.paper = FakeChannel()
        self._written_on: dict[int, set[date]] = {}

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
        telegram = Telegram(TOKEN, self.tls.url, self.clock, limits)
        channels: list[Channel] = [self.paper, telegram]
        options = BuildOptions(inbox_limits=NO_LIMITS)
        self.application: Application = build(database, vault, channels, self.clock, options)
        data, public = make_url(self.url), recipient(self.identity)
        self.backups = in_folder(self.folder, public, self.disk, data, keys_url_beside(data))
        self.telegram = telegram
        self.job = BackupJob(self.backups, self.clock, ZONE, lambda: True)
        names = [channel.name for channel in channels]
        self.monitor = Monitor(database, channels, self.clock, lambda: names, "0", self.backups)
        listening = asyncio.create_task(self.application.listen(telegram))
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.wait([listening])
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
            person.said = len(self._written_on.setdefault(number, set())) * 10
            nudged = [each for each in person.messages if "Gedaan" in each.labels]
            if nudged and nudged[-1] is person.messages[-1]:
                await person.presses("Gedaan")
                await person.says(f"{WORDS} ({number}, {day})")
                self._written_on[number].add(day)
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


async def _disk_fills(year: Year) -> None:
    await year.watched(
        "the disk fills, and is emptied",
        ["OlievlekDatabaseDown", "OlievlekNudgesLate", "OlievlekStorageLow"],
    )
    ballast = year.disk / "ballast"
    with ballast.open("wb") as file:
        free = shutil.disk_usage(year.disk).free - ROOM_LEFT
        os.posix_fallocate(file.fileno(), 0, free)
    await year.minutes(90)
    ballast.unlink()
    await year.minutes(60)


async def _certificates(year: Year, authority: Authority) -> None:
    await year.watched("the platform's certificate is renewed")
    await year.tls.uses(authority.issue(days=90))
    await asyncio.sleep(1)
    await year.connected(works=True)
    await year.minutes(60)
    await year.watched("the platform's certificate runs out", ["OlievlekChannelDown"])
    await year.tls.uses(authority.issue(days=-1))
    person = year.platform.person()
    await year.connected(works=False)
    person.types("/start")
    await year.minutes(30)
    await year.tls.uses(authority.issue(days=90))
    await year.connected(works=True)
    await person.receives("In welke taal", timeout=30)
    await year.minutes(30)


async def _folder_away(year: Year) -> None:
    year.folder.rename(year.place / "elsewhere")
    year.clock.passes(hours=30)
    await year.watched("the folder of the backups is not mounted", ["OlievlekBackupOld"])
    await year.minutes(60)
    (year.place / "elsewhere").rename(year.folder)
    year.clock.passes(hours=1)
    await year.minutes(30)


async def _moves(year: Year, server: PostgreSQL) -> None:
    await year.watched("the database moves to PostgreSQL", ["OlievlekDown"])
    await year.stop()
    server.create("olievlek")
    server.create("scratch")
    source, target = Database(year.url), Database(server.url("olievlek"))
    await copy.copy_database(source, target, lambda _, __: None)
    for database in (source, target):
        await database.close()
    year.url, year.scratch = server.url("olievlek"), server.url("scratch")
    await year.minutes(20, runs=False)
    await year.start()
    await year.connected(works=True)
    await year.minutes(60)


async def _upgrade(year: Year, release: Path, name: str) -> None:
    await year.watched(name)
    await year.stop()
    await year.minutes(3, runs=False)
    # What a newer release brings: more migrations.
    vars(migrate)["resource_folder"] = lambda _: release
    await year.start()
    await year.connected(works=True)
    await year.minutes(60)


async def _lives(year: Year, authority: Authority, server: PostgreSQL) -> list[str]:
    """Lives the year; returns what was lost, a line each."""
    first = with_later_migration(year.place / "first")
    second = with_second_later_migration(year.place / "second")
    await year.start()
    await year.connected(works=True)
    workdays = frozenset(list(Weekday)[:5])
    people = {number: Rhythm(workdays, time(9, 30), ZONE) for number in range(1, PEOPLE + 1)}
    database = year.application.database
    addresses = {number: str(number) for number in people}
    await enrol(database, people, year.clock(), channel=year.paper.name, addresses=addresses)
    events: list[tuple[date, Callable[[Year], Coroutine[Any, Any, None]]]] = [
        (date(2026, 2, 10), _calm),
        (date(2026, 3, 18), _disk_fills),
        (date(2026, 4, 15), partial(_certificates, authority=authority)),
        (date(2026, 6, 23), _untried),
        (date(2026, 7, 14), _calm),
        (date(2026, 8, 19), partial(_moves, server=server)),
        (date(2026, 9, 16), _folder_away),
        (date(2026, 10, 7), _calm),
        (date(2026, 11, 4), partial(_upgrade, release=first, name="a first upgrade")),
        (date(2026, 12, 2), partial(_upgrade, release=second, name="a second upgrade")),
        (date(2026, 12, 16), _calm),
    ]
    for day, happens in events:
        year.may_try = happens is not _untried
        await year.until(day)
        year.goes_to(day, 9, 20)
        seen = len(year.windows)
        await happens(year)
        year.wrong += [line for window in year.windows[seen:] for line in told(window, year.place)]
    year.may_try = True
    await year.until(LAST)
    wrong = await _lost(year)
    await year.stop()
    return year.wrong + wrong


async def _calm(year: Year) -> None:
    await year.watched("a day like others", minutes=80)


async def _untried(year: Year) -> None:
    await year.watched("nobody tried the backups for weeks", ["OlievlekBackupUntried"])
    await year.minutes(30)
    await year.tries()
    await year.minutes(30)


async def _lost(year: Year) -> list[str]:
    """Returns what is not as it should be after the year, a line each."""
    wrong, application = [], year.application
    async with application.database.reading() as session:
        members = list((await session.scalars(select(MemberRow.id))).all())
        unsent = await session.scalar(
            select(func.count()).select_from(NudgeRow).where(NudgeRow.sent_at.is_(None))
        )
        stored = await session.scalar(select(func.count()).select_from(ReflectionRow))
        readable = [
            each.words
            for member in members
            for each in await Diary(session, application.vault, member).since(
                datetime.combine(FIRST, time(), UTC)
            )
        ]
        if (await audit.verify(session)).broken is not None:
            wrong.append("the audit trail is broken")
    if unsent:
        wrong.append(f"{unsent} challenges were never sent")
    if not stored == len(readable) == year.written:
        wrong.append(f"{year.written} texts were written, {stored} are stored")
    if not all(words is not None and words.startswith(WORDS) for words in readable):
        wrong.append("a text cannot be read")
    if len(members) != PEOPLE - SILENT:
        wrong.append(f"{len(members)} people are left of {PEOPLE}, of whom {SILENT} fell silent")
    days = {day for days in year._written_on.values() for day in days}
    if any(len(each) != len(days) for each in year._written_on.values()):
        wrong.append("not everybody had a challenge on the same days")
    kinds = [each.kind for each in year.backups.stored()]
    kept = {kind: kinds.count(kind) for kind in BackupKind}
    if not (18 <= kept[BackupKind.DATA] <= 23 and kept[BackupKind.KEYS] == 7):
        wrong.append(f"these backups are kept: {kept}")
    return wrong


async def _year(folder: Path, authority: Authority, disk: Path) -> tuple[Year, list[str]]:
    place = folder / "place"
    place.mkdir()
    server = PostgreSQL(folder / "pg")
    try:
        async with BotApiServer(TOKEN) as platform:
            port = int(platform.url.rpartition(":")[2])
            async with tls_before(port, authority.issue(days=90)) as tls:
                year = Year(disk, place, platform, tls)
                return year, await _lives(year, authority, server)
    finally:
        server.stop()


def _report(folder: Path) -> int:
    """Lives the year, prints the table, and returns the exit code."""
    set_up_logs("CRITICAL", "console")
    os.environ["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    with small_disk(folder, DISK) as disk:
        year, wrong = asyncio.run(_year(folder, Authority(folder, AUTHORITY), disk))
    print(f"texts written and read back: {year.written}; trials with a backup: {year.trials}")
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def main() -> int:
    """Lives the year in a process that trusts an authority of its own; returns the exit code."""
    if len(sys.argv) > 1:
        return _report(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="oy-") as name:
        # What a program trusts is read when it starts.
        trusted = {"SSL_CERT_FILE": str(Authority(Path(name), AUTHORITY).file)}
        command = [sys.executable, "-W", "ignore", "-m", "tests.system.operation_year", name]
        return subprocess.run(command, env={**os.environ, **trusted}).returncode


if __name__ == "__main__":
    sys.exit(main())
