"""Encrypted backups in a bucket: made, kept fewer the older they are, measured, and what fails."""

from asyncio import sleep, timeout, to_thread
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from bot.delivery.maintenance.backups import BackupJob
from bot.operation.monitoring import Monitor
from bot.store.admin.encrypted_backups import BackupKind, Backups
from bot.store.admin.encrypted_files import make_identity, open_backup
from bot.store.admin.s3_storage import Bucket, S3Storage
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from tests.support.backups import small_files
from tests.support.databases import on_sqlite
from tests.support.fakes import FixedClock
from tests.support.s3 import ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY, s3_service


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3_service() as url:
        yield Bucket(BUCKET, "bot", url, "us-east-1", ACCESS_KEY_ID, SECRET_ACCESS_KEY)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    make_identity(tmp_path / "backup-key.txt")
    return tmp_path / "backup-key.txt"


@pytest.fixture
def backups(bucket: Bucket, identity: Path, tmp_path: Path) -> Backups:
    storages = {BackupKind.DATA: S3Storage(bucket), BackupKind.KEYS: S3Storage(bucket, "keys")}
    return Backups(storages, identity.read_text().split()[1], tmp_path, *small_files(tmp_path))


def measured(name: str, kind: str = "data") -> float | None:
    return REGISTRY.get_sample_value(name, {"kind": kind})


@on_sqlite
async def test_a_bucket_keeps_what_a_folder_keeps_and_what_fails_is_one_line(
    database: Database, backups: Backups, bucket: Bucket, identity: Path, tmp_path: Path
) -> None:
    clock = FixedClock(datetime(2026, 1, 1, 2, 20, tzinfo=UTC))
    job = BackupJob(backups, clock, ZoneInfo("Europe/Amsterdam"), lambda: True)
    await job.tick()
    assert Counter(each.kind for each in backups.stored()) == dict.fromkeys(BackupKind, 1)
    for each in backups.stored():
        folder = tmp_path / each.kind
        folder.mkdir()
        file = backups.storages[each.kind].fetch(each.name, folder)
        assert file.read_bytes().startswith(b"age-encryption.org/v1")
        assert open_backup(file, identity, tmp_path / f"plain-{each.kind}") > 0
    assert f"s3://{BUCKET}/bot/olievlek-data-20260101T022000Z.age" in {
        each.place for each in backups.stored()
    }
    assert not list(tmp_path.glob(".olievlek-backup-*"))
    # Thirty nights of names, of which the rules of a folder keep the same.
    for night in range(1, 31):
        at = clock() + timedelta(days=night)
        for kind in BackupKind:
            name = f"olievlek-{kind}-{at:%Y%m%dT%H%M%SZ}.age"
            backups.storages[kind].add(name, Path.touch, tmp_path)
            (tmp_path / name).unlink()
    await to_thread(backups.expire, clock() + timedelta(days=30))
    kept = Counter(each.kind for each in backups.stored())
    assert kept == {BackupKind.DATA: 7 + 2, BackupKind.KEYS: 7}
    clock.passes(days=30, hours=1)
    monitor = Monitor(database, [], clock, list, "0", backups)
    await monitor.refresh()
    await _until_measured("olievlek_backup_age_seconds", 3600.0, monitor, clock)
    assert measured("olievlek_backup_trial_age_seconds") is None
    backups.note_trial(clock() - timedelta(days=1))
    backups.note_trial(clock())
    assert sum("trial" in name for name, _ in backups.storages[BackupKind.DATA].names()) == 1
    clock.passes(minutes=30)
    await _until_measured("olievlek_backup_trial_age_seconds", 1800.0, monitor, clock)
    # A service that is away, and a bucket that is not there.
    away = replace(bucket, endpoint="http://127.0.0.1:9")
    gone = replace(bucket, name="nobodys-bucket")
    for wrong, words in ((away, "cannot be used"), (gone, "NoSuchBucket")):
        broken = replace(backups, storages=dict.fromkeys(BackupKind, S3Storage(wrong)))
        with capture_logs() as lines:
            job = BackupJob(broken, clock, ZoneInfo("Europe/Amsterdam"), lambda: True)
            await job.tick()
            await job.tick()
            await Monitor(database, [], clock, list, "0", broken).refresh()
        [line] = [each for each in lines if "no backup made" in each["event"]]
        assert words in line["error"] and SECRET_ACCESS_KEY not in str(lines)
        assert SECRET_ACCESS_KEY not in repr(broken)
    with pytest.raises(OperationRefused) as refused:
        broken.make(BackupKind.DATA, clock())
    assert "NoSuchBucket" in str(refused.value)


async def _until_measured(name: str, value: float, monitor: Monitor, clock: FixedClock) -> None:
    """Measures until that value is seen; a bucket is asked beside what waits."""
    async with timeout(10):
        while measured(name) != value:
            await monitor.refresh()
            await sleep(0.01)
