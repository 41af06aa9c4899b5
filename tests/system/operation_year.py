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
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.operation.logs import set_up_logs
from bot.store.admin import audit, copy
from bot.store.admin.encrypted_backups import BackupKind
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.members.reflections import Diary
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow
from tests.support.alert_windows import told
from tests.support.migrations import with_later_migration, with_second_later_migration
from tests.support.population import enrol
from tests.support.postgresql import PROGRAMS, PostgreSQL
from tests.support.processes import TOKEN
from tests.support.small_disk import small_disk
from tests.support.telegram.bot_api import BotApiServer
from tests.support.tls import Authority, tls_before
from tests.system.installation import PEOPLE, SILENT, WORDS, ZONE, Installation

BEGINS, LAST = datetime(2026, 1, 5, tzinfo=UTC), date(2027, 1, 3)
AUTHORITY = "authority"
DISK = "700m"
ROOM_LEFT = 20 * 1024  # bytes


async def _disk_fills(installation: Installation) -> None:
    await installation.watched(
        "the disk fills, and is emptied",
        ["OlievlekDatabaseDown", "OlievlekNudgesLate", "OlievlekStorageLow"],
    )
    ballast = installation.disk / "ballast"
    with ballast.open("wb") as file:
        free = shutil.disk_usage(installation.disk).free - ROOM_LEFT
        os.posix_fallocate(file.fileno(), 0, free)
    await installation.minutes(90)
    ballast.unlink()
    await installation.minutes(60)


async def _certificates(installation: Installation, authority: Authority) -> None:
    await installation.watched("the platform's certificate is renewed")
    await installation.tls.uses(authority.issue(days=90))
    await asyncio.sleep(1)
    await installation.connected(works=True)
    await installation.minutes(60)
    await installation.watched("the platform's certificate runs out", ["OlievlekChannelDown"])
    await installation.tls.uses(authority.issue(days=-1))
    person = installation.platform.person()
    await installation.connected(works=False)
    person.types("/start")
    await installation.minutes(30)
    await installation.tls.uses(authority.issue(days=90))
    await installation.connected(works=True)
    await person.receives("In welke taal", timeout=30)
    await installation.minutes(30)


async def _folder_away(installation: Installation) -> None:
    installation.folder.rename(installation.place / "elsewhere")
    installation.clock.passes(hours=30)
    await installation.watched("the folder of the backups is not mounted", ["OlievlekBackupOld"])
    await installation.minutes(60)
    (installation.place / "elsewhere").rename(installation.folder)
    installation.clock.passes(hours=1)
    await installation.minutes(30)


async def _moves(installation: Installation, server: PostgreSQL) -> None:
    await installation.watched("the database moves to PostgreSQL", ["OlievlekDown"])
    await installation.stop()
    server.create("olievlek")
    server.create("scratch")
    source, target = Database(installation.url), Database(server.url("olievlek"))
    await copy.copy_database(source, target, lambda _, __: None)
    for database in (source, target):
        await database.close()
    installation.url, installation.scratch = server.url("olievlek"), server.url("scratch")
    await installation.minutes(20, runs=False)
    await installation.start()
    await installation.connected(works=True)
    await installation.minutes(60)


async def _upgrade(installation: Installation, release: Path, name: str) -> None:
    await installation.watched(name)
    await installation.stop()
    await installation.minutes(3, runs=False)
    # What a newer release brings: more migrations.
    vars(migrate)["resource_folder"] = lambda _: release
    await installation.start()
    await installation.connected(works=True)
    await installation.minutes(60)


async def _lives(installation: Installation, authority: Authority, server: PostgreSQL) -> list[str]:
    """Lives the year; returns what was lost, a line each."""
    first = with_later_migration(installation.place / "first")
    second = with_second_later_migration(installation.place / "second")
    await installation.start()
    await installation.connected(works=True)
    workdays = frozenset(list(Weekday)[:5])
    people = {number: Rhythm(workdays, time(9, 30), ZONE) for number in range(1, PEOPLE + 1)}
    database = installation.application.database
    addresses = {number: str(number) for number in people}
    now, channel = installation.clock(), installation.paper.name
    await enrol(database, people, now, channel=channel, addresses=addresses)
    events: list[tuple[date, Callable[[Installation], Coroutine[Any, Any, None]]]] = [
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
    wrong: list[str] = []
    for day, happens in events:
        installation.may_try = happens is not _untried
        await installation.until(day)
        installation.goes_to(day, 9, 20)
        seen = len(installation.windows)
        await happens(installation)
        for window in installation.windows[seen:]:
            wrong += told(window, installation.place)
    installation.may_try = True
    await installation.until(LAST)
    wrong += await _lost(installation)
    await installation.stop()
    return wrong


async def _calm(installation: Installation) -> None:
    await installation.watched("a day like others", minutes=80)


async def _untried(installation: Installation) -> None:
    await installation.watched("nobody tried the backups for weeks", ["OlievlekBackupUntried"])
    await installation.minutes(30)
    await installation.tries()
    await installation.minutes(30)


async def _lost(installation: Installation) -> list[str]:
    """Returns what is not as it should be after the year, a line each."""
    wrong, application = [], installation.application
    async with application.database.reading() as session:
        members = list((await session.scalars(select(MemberRow.id))).all())
        unsent = await session.scalar(
            select(func.count()).select_from(NudgeRow).where(NudgeRow.sent_at.is_(None))
        )
        stored = await session.scalar(select(func.count()).select_from(ReflectionRow))
        readable = [
            each.words
            for member in members
            for each in await Diary(session, application.vault, member).since(BEGINS)
        ]
        if (await audit.verify(session)).broken is not None:
            wrong.append("the audit trail is broken")
    if unsent:
        wrong.append(f"{unsent} challenges were never sent")
    if not stored == len(readable) == installation.written:
        wrong.append(f"{installation.written} texts were written, {stored} are stored")
    if not all(words is not None and words.startswith(WORDS) for words in readable):
        wrong.append("a text cannot be read")
    if len(members) != PEOPLE - SILENT:
        wrong.append(f"{len(members)} people are left of {PEOPLE}, of whom {SILENT} fell silent")
    days = {day for days in installation.written_on.values() for day in days}
    if any(len(each) != len(days) for each in installation.written_on.values()):
        wrong.append("not everybody had a challenge on the same days")
    kinds = [each.kind for each in installation.backups.stored()]
    kept = {kind: kinds.count(kind) for kind in BackupKind}
    if not (18 <= kept[BackupKind.DATA] <= 23 and kept[BackupKind.KEYS] == 7):
        wrong.append(f"these backups are kept: {kept}")
    return wrong


async def _year(folder: Path, authority: Authority, disk: Path) -> tuple[Installation, list[str]]:
    place = folder / "place"
    place.mkdir()
    server = PostgreSQL(folder / "pg")
    try:
        async with BotApiServer(TOKEN) as platform:
            port = int(platform.url.rpartition(":")[2])
            async with tls_before(port, authority.issue(days=90)) as tls:
                installation = Installation(disk, place, platform, tls, BEGINS)
                return installation, await _lives(installation, authority, server)
    finally:
        server.stop()


def _report(folder: Path) -> int:
    """Lives the year, prints the table, and returns the exit code."""
    set_up_logs("CRITICAL", "console")
    os.environ["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    with small_disk(folder, DISK) as disk:
        year = _year(folder, Authority(folder, AUTHORITY), disk)
        installation, wrong = asyncio.run(year)
    print(f"texts written and read back: {installation.written}")
    print(f"trials with a backup: {installation.trials}")
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
