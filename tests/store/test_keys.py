"""The key store: apart from the data, which opens with these keys and this master key alone."""

import asyncio
import shutil
import stat
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.startup import open_database, prepare
from bot.store.admin.backup import back_up
from bot.store.db.engine import Database
from bot.store.keys.key_store import KeyStore, KeysUnusable
from bot.store.keys.key_tables import DATA_KEYS, MEMBER_KEYS, SUCCESSORS
from bot.store.keys.master_key import MasterKey, WrongKey, new_secret_key
from bot.store.keys.master_keys import MasterKeys
from bot.store.keys.rotation import rotate
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from tests.support.databases import SECRET_KEY, keys_file, on_sqlite, sqlite_url
from tests.support.fakes import MONDAY, FakeMember, FixedClock

MEMBERS = 25


@pytest.fixture
async def sealed(database: Database, vault: Vault) -> dict[int, bytes]:
    """What each of some members wrote, by their number."""
    return {number: await vault.seal(number, "a", f"van {number}") for number in range(MEMBERS)}


async def opened_by(secret_key: str, database: Database) -> Vault:
    """The vault of a process that has this master key."""
    vault = Vault(secret_key)
    await vault.unlock(database)
    return vault


async def masters_of(store: KeyStore) -> set[str]:
    """The master keys by which keys are wrapped."""
    async with store.database.reading() as session:
        queries = (select(table.c.master) for table in (MEMBER_KEYS, DATA_KEYS))
        return {master for query in queries for master in (await session.scalars(query)).all()}


def silent(done: int, total: int) -> None:
    """Tells nobody."""


# -- apart from the data


@on_sqlite
async def test_a_copy_of_the_data_opens_nothing_even_with_the_master_key(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    await member.round("Gedaan", "Dit schreef ik")
    (tmp_path / "stolen").mkdir()
    back_up(tmp_path / "test.db", copy := tmp_path / "stolen" / "test.db")
    async with open_database(sqlite_url(copy)) as stolen:
        with pytest.raises(KeysUnusable, match=r"there are no keys in .*test-keys.db"):
            await Vault(SECRET_KEY).unlock(stolen)
    assert not keys_file(copy).exists()
    assert b"sanne" not in copy.read_bytes()


@on_sqlite
async def test_what_was_shredded_opens_in_no_older_copy_of_the_data(
    member: FakeMember, database: Database, vault: Vault, tmp_path: Path
) -> None:
    await member.round("Gedaan", "Dit schreef ik")
    number = (await member.member()).id
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.db")
    await vault.shred(number)
    keys = f"{database.keys_url}"
    async with open_database(sqlite_url(copy), keys_url=keys) as older:
        vault = await opened_by(SECRET_KEY, older)
        async with older.reading() as session:
            [reflection] = await Diary(session, vault, number).since(MONDAY)
    assert reflection.words is None


@on_sqlite
async def test_the_keys_of_another_database_are_refused(
    member: FakeMember, database: Database, prepared_file: Path, tmp_path: Path
) -> None:
    await database.close()
    other = tmp_path / "other.db"
    async with open_database(sqlite_url(other)) as opened:
        await prepare(opened, Vault(SECRET_KEY), MONDAY)
    shutil.copy(keys_file(other), keys_file(tmp_path / "test.db"))
    async with open_database(sqlite_url(tmp_path / "test.db")) as opened:
        with pytest.raises(KeysUnusable, match="belong to another database"):
            await Vault(SECRET_KEY).unlock(opened)


@on_sqlite
async def test_the_file_is_its_owners_alone_and_keeps_no_log(
    sealed: dict[int, bytes], database: Database, vault: Vault, tmp_path: Path
) -> None:
    keys = keys_file(tmp_path / "test.db")
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    stored = await vault.store.member_key(7)
    assert stored is not None and stored.wrapped in keys.read_bytes()
    await vault.shred(7)
    files = list(tmp_path.glob("test-keys*"))
    assert {file.name for file in files} == {"test-keys.db", "test-keys.db-journal"}
    assert not any(stored.wrapped in file.read_bytes() for file in files)


async def test_a_newer_key_store_is_refused(database: Database, vault: Vault) -> None:
    async with vault.store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE key_store SET version = 99")
    with pytest.raises(KeysUnusable, match="of a newer version"):
        await Vault(SECRET_KEY).unlock(database)


async def test_a_new_key_store_gets_keys_of_its_own(
    empty_database: Database, clock: FixedClock
) -> None:
    vault = Vault(new_secret_key())
    await prepare(empty_database, vault, clock())
    sealed = vault.seal_waiting("a", b"Zomaar")
    with pytest.raises(WrongKey):
        Vault(new_secret_key()).open_waiting("a", sealed)
    await prepare(empty_database, vault, clock())
    assert vault.open_waiting("a", sealed) == b"Zomaar"


# -- rotation


async def test_a_rotation_wraps_every_key_again(
    sealed: dict[int, bytes], database: Database, vault: Vault
) -> None:
    reports: list[tuple[int, int]] = []
    new = await rotate(
        vault.store, MasterKeys(SECRET_KEY), lambda *report: reports.append(report), batch=10
    )
    assert await masters_of(vault.store) == {MasterKey(new).fingerprint}
    assert reports[0][0] == 10 and reports[-1] == (MEMBERS + 3, MEMBERS + 3)
    renewed = await opened_by(new, database)
    for number, content in sealed.items():
        assert await renewed.open(number, "a", content) == f"van {number}"


async def test_who_runs_with_the_old_key_goes_on(
    sealed: dict[int, bytes], database: Database, vault: Vault
) -> None:
    running = await opened_by(SECRET_KEY, database)
    new = await rotate(vault.store, MasterKeys(SECRET_KEY), silent)
    assert await running.open(3, "a", sealed[3]) == "van 3"
    written = await running.seal(99, "a", "van een nieuw lid")
    assert await masters_of(vault.store) == {MasterKey(new).fingerprint}
    assert await (await opened_by(new, database)).open(99, "a", written) == "van een nieuw lid"
    assert await (await opened_by(SECRET_KEY, database)).open(99, "a", written)


async def test_the_first_start_with_the_new_key_ends_the_old_one(
    sealed: dict[int, bytes], database: Database, vault: Vault, clock: FixedClock
) -> None:
    new = await rotate(vault.store, MasterKeys(SECRET_KEY), silent)
    await prepare(database, Vault(SECRET_KEY), clock())  # a start with the old one changes nothing
    await opened_by(SECRET_KEY, database)
    await prepare(database, Vault(new), clock())
    with pytest.raises(KeysUnusable, match="is not the key this database was made with"):
        await opened_by(SECRET_KEY, database)


async def test_who_still_runs_with_the_old_key_makes_no_key_that_nobody_opens(
    sealed: dict[int, bytes], database: Database, vault: Vault, clock: FixedClock
) -> None:
    running = await opened_by(SECRET_KEY, database)
    new = await rotate(vault.store, MasterKeys(SECRET_KEY), silent)
    await prepare(database, Vault(new), clock())
    with pytest.raises(WrongKey, match="the master key was rotated"):
        await running.seal(99, "a", "van een nieuw lid")
    renewed = await opened_by(new, database)
    assert await renewed.store.member_key(99) is None
    assert await renewed.seal(99, "a", "van een nieuw lid")


async def test_a_rotation_revives_nobody_who_is_erased_meanwhile(
    sealed: dict[int, bytes], database: Database, vault: Vault
) -> None:
    running, erased = await opened_by(SECRET_KEY, database), set[int]()

    async def erases() -> None:
        for number in range(0, MEMBERS, 2):
            await running.shred(number)
            erased.add(number)

    rotating = rotate(vault.store, MasterKeys(SECRET_KEY), silent, batch=1)
    new, _ = await asyncio.gather(rotating, erases())
    assert await vault.store.member_ids() == sealed.keys() - erased
    assert await masters_of(vault.store) == {MasterKey(new).fingerprint}
    renewed = await opened_by(new, database)
    assert {number for number in sealed if await opens(renewed, number, sealed)} == {
        *range(1, MEMBERS, 2)
    }


async def opens(vault: Vault, number: int, sealed: dict[int, bytes]) -> bool:
    """Whether what a member wrote can be read."""
    with suppress(WrongKey):
        return await vault.open(number, "a", sealed[number]) == f"van {number}"
    return False


async def test_a_rotation_that_broke_off_goes_on_with_the_same_key(
    sealed: dict[int, bytes], database: Database, vault: Vault, clock: FixedClock
) -> None:
    class PowerCut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        await rotate(vault.store, MasterKeys(SECRET_KEY), cut, batch=10)
    half_way = await masters_of(vault.store)
    assert len(half_way) == 2
    [successor] = await vault.store.successors()
    written = await vault.seal(99, "a", "midden in de wissel")
    await prepare(database, Vault(SECRET_KEY), clock())
    assert await vault.store.successors() == [successor]
    new = await rotate(vault.store, MasterKeys(SECRET_KEY), silent, batch=10)
    assert await masters_of(vault.store) == {successor.fingerprint, MasterKey(new).fingerprint}
    assert await rotate(vault.store, MasterKeys(SECRET_KEY), silent) == new
    renewed = await opened_by(new, database)
    assert await renewed.open(99, "a", written) == "midden in de wissel"
    assert await renewed.open(24, "a", sealed[24]) == "van 24"


async def test_two_rotations_without_a_start_in_between(
    sealed: dict[int, bytes], database: Database, vault: Vault, clock: FixedClock
) -> None:
    second = await rotate(vault.store, MasterKeys(SECRET_KEY), silent)
    third = await rotate(vault.store, MasterKeys(second), silent)
    assert third != second
    assert await vault.open(5, "a", sealed[5]) == "van 5"  # runs with the first one still
    await prepare(database, Vault(third), clock())
    async with vault.store.database.reading() as session:
        assert (await session.execute(select(SUCCESSORS))).all() == []


async def test_a_stranger_cannot_rotate(
    sealed: dict[int, bytes], database: Database, vault: Vault
) -> None:
    with pytest.raises(WrongKey):
        await rotate(vault.store, MasterKeys(new_secret_key()), silent)
    assert await masters_of(vault.store) == {MasterKey(SECRET_KEY).fingerprint}


# -- weak keys


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        b"\x07" * 32,
        bytes(range(32)),
        bytes(range(64, 0, -2)),
        b"0123456789abcdef0123456789abcdef",
        b"een wachtwoord dat ik onthouden.",
        b"\x00\xff" * 16,
    ],
)
def test_what_is_plainly_no_random_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="not random"):
        MasterKey(urlsafe_b64encode(key).decode())


def test_a_new_key_is_never_weak() -> None:
    assert len({MasterKey(new_secret_key()).fingerprint for _ in range(500)}) == 500
