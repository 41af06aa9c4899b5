"""Who does the maintenance: one of several replicas, whatever channels each of them has."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.app import Application, Leads, build
from bot.channels.registry import find_channel
from bot.delivery.maintenance.backups import BackupJob
from bot.operation.maintenance import ELECTION_SECONDS, LEAD, Maintenance
from bot.startup import open_database, unlock
from bot.store.admin.backup_storage import FolderStorage
from bot.store.admin.encrypted_backups import BackupKind, Backups
from bot.store.admin.encrypted_files import make_identity
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.backups import of_small_files
from tests.support.databases import SECRET_KEY, on_sqlite
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.postgresql import PostgreSQL

SOON = 2 * ELECTION_SECONDS + 2


@dataclass
class FakeReplica:
    """One process with one channel, and a folder for backups that no other process sees.

    Attributes:
        database: as this process has it open.
        application: all its parts.
        channel: its only channel.
        maintenance: whether it leads.
        backups: its job.
        leading: runs while it takes part in the election.
    """

    database: Database
    application: Application
    channel: FakeChannel
    maintenance: Maintenance
    backups: BackupJob
    leading: asyncio.Task[None]

    async def ticks(self) -> None:
        """Everything of the maintenance is due."""
        await asyncio.gather(self.backups.tick(), self.application.retention.tick())

    async def stops(self) -> None:
        """Takes part no longer."""
        self.leading.cancel()
        await asyncio.wait([self.leading])


@asynccontextmanager
async def replica(
    url: str, name: str, clock: FixedClock, stored: Backups
) -> AsyncIterator[FakeReplica]:
    """A process on this database whose only channel has this name."""
    async with open_database(url) as database:
        vault, channel = Vault(SECRET_KEY), FakeChannel(name=name)
        await unlock(database, vault)
        maintenance = Maintenance(database)
        leads = Leads(maintenance=maintenance.is_leader)
        application = build(database, vault, [channel], clock, leads=leads)
        job = BackupJob(stored, clock, ZoneInfo("Europe/Amsterdam"), maintenance.is_leader)
        leading = asyncio.create_task(maintenance.run([application.retention, job]))
        started = FakeReplica(database, application, channel, maintenance, job, leading)
        yield started
        await started.stops()


async def until(holds: Callable[[], bool]) -> None:
    """Waits until it holds."""
    async with asyncio.timeout(SOON):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
async def url(postgresql: PostgreSQL, template: str) -> AsyncIterator[str]:
    """A database as the first start leaves it, on PostgreSQL."""
    async with postgresql.database(template) as found:
        yield found


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[str], Backups]:
    """Makes backups in a folder of this name."""
    public = make_identity(tmp_path / "identity.txt")

    def make(name: str) -> Backups:
        (tmp_path / name).mkdir()
        return of_small_files(tmp_path / name, public, tmp_path)

    return make


async def test_replicas_with_different_channels_do_it_once_and_take_over(
    url: str, clock: FixedClock, folder_of: Callable[[str], Backups]
) -> None:
    one_folder, other_folder = folder_of("one"), folder_of("other")
    async with (
        replica(url, "paper", clock, one_folder) as one,
        replica(url, "slate", clock, other_folder) as other,
    ):
        await until(lambda: one.maintenance.is_leader() or other.maintenance.is_leader())
        first, second = (one, other) if one.maintenance.is_leader() else (other, one)
        made, spare = (one_folder, other_folder) if first is one else (other_folder, one_folder)
        member = FakeMember(first.application, first.channel, clock, "sanne")
        await member.joins()
        clock.passes(days=190)
        await second.ticks()
        assert (await member.member()).notice_at is None and spare.stored() == []
        await first.ticks()
        assert (await member.member()).notice_at == clock()
        assert len(made.stored()) == len(BackupKind)
        # The server ends the connection, as it does when a machine is gone.
        with capture_logs() as lines:
            async with second.database.engine.connect() as administrator:
                await administrator.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database"
                        " ON pg_database.oid = pg_locks.database"
                        " WHERE locktype = 'advisory' AND datname = current_database()"
                    )
                )
            lost = {"event": "the lead is lost", "lead": LEAD}
            await until(lambda: any(lost.items() <= each.items() for each in lines))
            await first.stops()  # or it may be the first to ask again
            await until(second.maintenance.is_leader)
        clock.passes(days=31)
        await first.ticks()
        assert len(made.stored()) == len(BackupKind)
        await second.ticks()
        assert len(spare.stored()) == len(BackupKind)
        async with second.database.reading() as session:
            assert await session.scalar(text("SELECT count(*) FROM members")) == 0


class SlowFolder(FolderStorage):
    """A folder to which a backup takes until somebody says that it may end."""

    began, may_end = threading.Event(), threading.Event()

    def add(self, name: str, write: Callable[[Path], None], work: Path) -> int:
        """Adds a file once it may."""
        self.began.set()
        assert self.may_end.wait(20)
        return FolderStorage.add(self, name, write, work)


async def test_a_leader_that_stops_in_the_middle_of_a_backup_hands_over_when_that_is_made(
    url: str, clock: FixedClock, folder_of: Callable[[str], Backups]
) -> None:
    shared = folder_of("shared")
    folder = shared.storages[BackupKind.DATA]
    assert isinstance(folder, FolderStorage)
    slow = replace(shared, storages={**shared.storages, BackupKind.DATA: SlowFolder(folder.folder)})
    async with replica(url, "paper", clock, slow) as first:
        await until(first.maintenance.is_leader)
        async with replica(url, "slate", clock, shared) as second:
            making = asyncio.create_task(first.backups.tick())
            await asyncio.to_thread(SlowFolder.began.wait, 10)
            stopping = asyncio.create_task(first.stops())
            await asyncio.sleep(ELECTION_SECONDS + 1)
            assert not first.maintenance.is_leader() and not second.maintenance.is_leader()
            SlowFolder.may_end.set()
            await asyncio.wait([making, stopping])
            # It leads no longer, so it did not begin the other one.
            assert [each.kind for each in shared.stored()] == [BackupKind.DATA]
            await until(second.maintenance.is_leader)
            await second.ticks()
            assert sorted(each.kind for each in shared.stored()) == sorted(BackupKind)


@on_sqlite
async def test_one_process_on_sqlite_leads_at_once(database: Database) -> None:
    maintenance = Maintenance(database)
    assert not maintenance.is_leader()
    leading = asyncio.create_task(maintenance.run([]))
    await asyncio.sleep(0)
    assert maintenance.is_leader()
    assert len(asyncio.all_tasks()) == 2  # nothing of it wakes up by itself
    leading.cancel()
    await asyncio.wait([leading])
    assert not maintenance.is_leader()


def test_no_channel_has_its_name() -> None:
    assert find_channel(LEAD) is None
