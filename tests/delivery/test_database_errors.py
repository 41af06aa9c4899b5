"""An unusable database: logged once, retried after a while, and then sending continues."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from structlog.testing import capture_logs

from bot.app import Application, build
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm
from bot.store.db.engine import Database
from bot.store.db.migrate import schema_state
from bot.store.members.members import FIRST_TIME
from bot.store.members.vault import Vault
from tests.support.databases import copied
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.population import all_are_due, enrol

PEOPLE = 300
CANNOT_SEND = "nothing can be sent: the database cannot be used"


@pytest.fixture
def database_kind() -> str:
    """SQLite alone: the tests are about its file."""
    return "sqlite"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The database's file."""
    return tmp_path / "test.db"


@pytest.fixture
async def populated(
    prepared_file: Path, vault: Vault, fake_channel: FakeChannel, clock: FixedClock, file: Path
) -> AsyncIterator[Application]:
    """An application with 300 members who are all due, on a database that does not wait long."""
    database = Database(copied(prepared_file, file), busy_milliseconds=50)
    await vault.unlock(database)
    rhythm = Rhythm(WORKWEEK, FIRST_TIME, ZoneInfo("Europe/Amsterdam"))
    await enrol(database, dict.fromkeys(range(1, PEOPLE + 1), rhythm), clock())
    clock.goes_to(24, 11, 9, 30)
    await all_are_due(database, clock())
    fake_channel.name = "telegram"
    yield build(database, vault, [fake_channel], clock)
    await database.close()


async def logged_in_a_minute(application: Application, clock: FixedClock) -> list[str]:
    """What is logged while nothing can be sent, tick after tick."""
    with capture_logs() as logs:
        for _ in range(60):
            assert await application.nudge_sender.tick() == 0
            clock.passes(seconds=1)
    return [line["event"] for line in logs]


async def recovers(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> None:
    """Once the trouble is over everybody gets their nudge, without a restart."""
    clock.passes(seconds=31)
    assert await application.nudge_sender.tick() == PEOPLE
    assert await application.nudge_sender.trouble() is None
    assert {len(chat) for chat in fake_channel.messages.values()} == {1}
    assert len(fake_channel.messages) == PEOPLE


async def test_a_full_disk(
    populated: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    most = 1  # which SQLite takes to mean: as many pages as there are

    @event.listens_for(populated.database.engine.sync_engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    assert await logged_in_a_minute(populated, clock) == [CANNOT_SEND]
    assert await populated.nudge_sender.trouble() == "database or disk is full"
    assert fake_channel.messages == {}
    most = 1_000_000
    await recovers(populated, fake_channel, clock)


async def test_a_disk_that_is_read_only(
    populated: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    is_read_only = "ON"

    @event.listens_for(populated.database.engine.sync_engine, "checkout")
    def forbid(connection: DBAPIConnection, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA query_only = {is_read_only}")

    assert await logged_in_a_minute(populated, clock) == [CANNOT_SEND]
    assert await populated.nudge_sender.trouble() == "attempt to write a readonly database"
    assert await populated.database.write_trouble() == "attempt to write a readonly database"
    is_read_only = "OFF"
    await recovers(populated, fake_channel, clock)


async def test_nothing_due_and_a_disk_that_has_room_again(
    populated: Application, clock: FixedClock
) -> None:
    await populated.nudge_sender.tick()
    with capture_logs() as logs:
        populated.database.outage.began("database or disk is full")
        populated.database.outage.began("database or disk is full")
        assert await populated.nudge_sender.next_due() is not None
        assert await populated.nudge_sender.trouble() is None
    assert [line["event"] for line in logs] == [CANNOT_SEND, "the database works again"]


async def test_a_probe_leaves_everything_as_it_was(populated: Application) -> None:
    before = await schema_state(populated.database)
    assert await populated.database.write_trouble() is None
    assert await schema_state(populated.database) == before
    assert populated.database.file is not None
    assert {file.name for file in populated.database.file.parent.iterdir()} <= {
        "test.db",
        "test.db-wal",
        "test.db-shm",
        "test-keys.db",
    }


async def test_a_lock_that_another_program_holds(
    populated: Application, fake_channel: FakeChannel, clock: FixedClock, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await logged_in_a_minute(populated, clock) == [CANNOT_SEND]
        assert await populated.nudge_sender.trouble() == "database is locked"
    await recovers(populated, fake_channel, clock)


async def test_a_file_that_is_damaged_and_mended(
    populated: Application, fake_channel: FakeChannel, clock: FixedClock, file: Path
) -> None:
    await populated.database.close()
    sound = file.read_bytes()
    file.write_bytes(sound[:4096] + b"\x00damage\xff" * ((len(sound) - 4096) // 8))
    assert await logged_in_a_minute(populated, clock) == [CANNOT_SEND]
    assert await populated.nudge_sender.trouble() == "database disk image is malformed"
    file.write_bytes(sound)
    await recovers(populated, fake_channel, clock)
