"""Encrypted backups: made, opened, expired, and what goes wrong."""

import os
import resource
import signal
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from bot.delivery.maintenance.backups import BackupJob
from bot.operation.monitoring import Monitor
from bot.store.admin import server_programs
from bot.store.admin.backup_storage import FolderStorage
from bot.store.admin.backup_trial import try_newest
from bot.store.admin.encrypted_backups import BackupKind, Backups
from bot.store.admin.encrypted_files import make_identity, open_backup
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.members.vault import Vault
from tests.support.backups import in_folder, of_small_files, recipient
from tests.support.databases import SECRET_KEY, on_sqlite
from tests.support.fakes import FakeMember, FixedClock
from tests.support.postgresql import PROGRAMS, PostgreSQL

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """The file of a private key."""
    file = tmp_path / "backup-key.txt"
    make_identity(file)
    return file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the backups go."""
    place = tmp_path / "backups"
    place.mkdir()
    return place


@pytest.fixture
def folder(
    database: Database,
    identity: Path,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Backups:
    """The backups of the database; PostgreSQL's programs are on the path."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    return in_folder(place, recipient(identity), tmp_path, database.url, database.keys_url)


@pytest.fixture
def small(identity: Path, place: Path, tmp_path: Path) -> Backups:
    """The backups of two files with hardly anything in them."""
    return of_small_files(place, recipient(identity), tmp_path)


def job_of(folder: Backups, clock: FixedClock, *, leads: bool = True) -> BackupJob:
    """The job of one process."""
    return BackupJob(folder, clock, AMSTERDAM, lambda: leads)


def names(place: Path) -> list[str]:
    """All files below a folder."""
    return sorted(file.name for file in place.rglob("*") if file.is_file())


async def test_both_are_made_and_open_with_the_private_key_alone(
    member: FakeMember, folder: Backups, identity: Path, place: Path, tmp_path: Path
) -> None:
    await member.round("Gedaan", "Dit schreef ik")
    await job_of(folder, member.clock).tick()
    assert Counter(each.kind for each in folder.stored()) == {
        BackupKind.DATA: 1,
        BackupKind.KEYS: 1,
    }
    for each in folder.stored():
        file = Path(each.place)
        assert file.read_bytes().startswith(b"age-encryption.org/v1")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        plain = tmp_path / f"plain-{each.kind}"
        assert open_backup(file, identity, plain) == plain.stat().st_size
        assert stat.S_IMODE(plain.stat().st_mode) == 0o600
        if folder.data.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(plain)) as connection:
                table = "reflections" if each.kind is BackupKind.DATA else "member_keys"
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
        else:
            server_programs.check_dump(folder.data, plain)
    assert not list(tmp_path.glob(".olievlek-backup-*"))


async def test_a_trial_restores_the_newest_and_leaves_no_trace_but_its_moment(
    member: FakeMember,
    folder: Backups,
    identity: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    await member.round("Gedaan", "Dit schreef ik")
    await job_of(folder, member.clock).tick()
    vault, now, work = Vault(SECRET_KEY), member.clock(), tmp_path / "work"
    work.mkdir()
    if folder.data.get_backend_name() == "sqlite":
        trial = await try_newest(folder, identity, vault, now, work, None)
    else:
        with pytest.raises(OperationRefused, match="name an empty database"):
            await try_newest(folder, identity, vault, now, work, None)
        (work / "data").unlink()
        (work / "keys").unlink()
        server: PostgreSQL = request.getfixturevalue("postgresql")
        async with server.database() as url:
            scratch = make_url(url)
            trial = await try_newest(folder, identity, vault, now, work, scratch)
            database = Database(scratch)
            async with database.engine.connect() as connection:
                left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            await database.close()
            assert left == []
        with pytest.raises(OperationRefused, match="is not empty"):
            await try_newest(folder, identity, vault, now, _empty(work), folder.data)
    assert (trial.counts["members"], trial.counts["reflections"]) == (1, 1)
    assert trial.data.made_at == now and folder.tried_at() is None
    folder.note_trial(now)
    assert folder.tried_at() == now and len(folder.stored()) == 2


def _empty(folder: Path) -> Path:
    for file in folder.iterdir():
        file.unlink()
    return folder


@on_sqlite
async def test_a_year_of_nights_leaves_fewer_the_older_they_are(
    database: Database, small: Backups, place: Path
) -> None:
    clock = FixedClock(datetime(2026, 1, 1, 2, 20, tzinfo=UTC))
    await job_of(small, clock).tick()
    # Making one waits for the disk, so of the other nights there is only the name.
    for _ in range(398):
        clock.passes(hours=24)
        (place / f"olievlek-data-{clock():%Y%m%dT%H%M%SZ}.age").touch()
        (place / f"keys/olievlek-keys-{clock():%Y%m%dT%H%M%SZ}.age").touch()
        small.expire(clock())
    clock.passes(hours=24)
    await job_of(small, clock).tick()
    made = {
        kind: [each.made_at for each in small.stored() if each.kind is kind] for kind in BackupKind
    }
    last = datetime(2026, 1, 1, tzinfo=UTC).date() + timedelta(days=399)
    days = [at.date() for at in made[BackupKind.DATA]]
    assert days[:7] == [last - timedelta(days=back) for back in range(7)]
    assert len(days) == 7 + 2 + 10  # two weeks and two months end within the last seven days
    assert days[-1].month == 3 and days[-1].day == 31
    assert [at.date() for at in made[BackupKind.KEYS]] == days[:7]


@on_sqlite
async def test_two_replicas_make_one_a_night(database: Database, small: Backups) -> None:
    clock = FixedClock()
    await job_of(small, clock, leads=False).tick()
    assert small.stored() == []
    for _ in range(2):  # the lead moves to another process within the night
        await job_of(small, clock).tick()
        clock.passes(minutes=10)
    assert len(small.stored()) == 2
    clock.passes(hours=24)
    await job_of(small, clock).tick()
    assert len(small.stored()) == 4


@on_sqlite
async def test_what_fails_is_one_line_and_tried_again_in_an_hour(
    database: Database, small: Backups, place: Path
) -> None:
    clock = FixedClock()
    job = job_of(small, clock)
    place.rmdir()  # a disk that is not mounted
    with capture_logs() as lines:
        for _ in range(5):
            await job.tick()
            clock.passes(minutes=10)
    [line] = lines
    assert line["event"] == "no backup made; tried again in an hour"
    place.mkdir()
    clock.passes(minutes=5)
    await job.tick()
    assert names(place) == []
    clock.passes(minutes=10)
    await job.tick()
    assert len(names(place)) == 2


@on_sqlite
async def test_a_clock_that_was_a_year_ahead_keeps_no_backup_from_being_made(
    database: Database, small: Backups, place: Path
) -> None:
    clock = FixedClock()
    job, (present, ahead) = job_of(small, clock), (clock(), clock() + timedelta(days=365))
    clock.moment = ahead
    await job.tick()
    (place / "keys").rename(place / "elsewhere")
    (place / "keys").touch()  # which fails in that year
    clock.moment = ahead + timedelta(days=1)
    await job.tick()
    (place / "keys").unlink()
    clock.moment = present
    for _ in range(2):
        await job.tick()
        await Monitor(database, [], clock, list, "0", small).refresh()
        age = REGISTRY.get_sample_value("olievlek_backup_age_seconds", {"kind": "data"})
        assert age == (clock() - present).total_seconds()
        clock.passes(minutes=10)
    made = [each.made_at for each in small.stored() if each.made_at <= clock()]
    assert made == [present, present]


@on_sqlite
async def test_a_damaged_database_leaves_the_backups_as_they_were(
    database: Database, small: Backups, place: Path
) -> None:
    clock = FixedClock()
    await job_of(small, clock).tick()
    before = names(place)
    Path(str(small.data.database)).write_bytes(b"rubbish" * 1000)
    clock.passes(hours=24)
    with capture_logs() as lines:
        await job_of(small, clock).tick()
    assert [line["log_level"] for line in lines] == ["error"]
    assert names(place) == before


@on_sqlite
async def test_a_full_disk_leaves_no_half_backup(
    database: Database, small: Backups, place: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with capture_logs() as lines:
            await job_of(small, FixedClock()).tick()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [line["event"] for line in lines] == ["no backup made; tried again in an hour"]
    assert names(place) == []


@on_sqlite
async def test_another_key_opens_nothing(
    database: Database, small: Backups, tmp_path: Path
) -> None:
    made = Path(small.make(BackupKind.DATA, FixedClock()()).place)
    other, plain = tmp_path / "other.txt", tmp_path / "plain.db"
    make_identity(other)
    with pytest.raises(OperationRefused, match="cannot be opened with the key in"):
        open_backup(made, other, plain)
    with pytest.raises(OperationRefused, match="there is no private key in"):
        open_backup(made, made, plain)
    assert not plain.exists()
    assert not list(tmp_path.glob("*.part"))


@on_sqlite
async def test_what_a_crash_left_goes_a_day_later(
    database: Database, small: Backups, place: Path, tmp_path: Path
) -> None:
    left = tmp_path / ".olievlek-backup-x"
    left.mkdir()
    (left / "data").write_text("in plain text")
    half = place / ".olievlek-data-20260101T000000Z.age.x.part"
    half.write_text("half")
    small.expire(datetime.now(UTC))
    assert left.exists() and half.exists()  # somebody may be busy with it
    small.expire(datetime.now(UTC) + timedelta(days=2))
    assert not left.exists() and not half.exists()


@on_sqlite
async def test_the_age_is_measured(database: Database, small: Backups) -> None:
    clock = FixedClock()
    monitor = Monitor(database, [], clock, list, "0", small)
    await monitor.refresh()
    assert REGISTRY.get_sample_value("olievlek_backup_age_seconds", {"kind": "data"}) == inf
    await job_of(small, clock).tick()
    clock.passes(hours=2)
    await monitor.refresh()
    assert REGISTRY.get_sample_value("olievlek_backup_age_seconds", {"kind": "data"}) == 7200


def test_keys_go_to_a_place_of_their_own(small: Backups, place: Path, tmp_path: Path) -> None:
    night, elsewhere = datetime(2026, 1, 1, 2, 20, tzinfo=UTC), tmp_path / "elsewhere"
    storages = {**small.storages, BackupKind.KEYS: FolderStorage(elsewhere)}
    apart = replace(small, storages=storages)
    with pytest.raises(OperationRefused):  # it is not mounted
        apart.make(BackupKind.KEYS, night)
    elsewhere.mkdir()
    assert Path(apart.make(BackupKind.KEYS, night).place).parent == elsewhere
    assert Path(apart.make(BackupKind.DATA, night).place).parent == place
    assert Counter(each.kind for each in apart.stored()) == {BackupKind.KEYS: 1, BackupKind.DATA: 1}
    assert not (place / "keys").exists()
