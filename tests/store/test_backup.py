"""Backups of a SQLite file, and PostgreSQL's own commands."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.store.admin.backup import back_up, dump_command, open_sqlite, restore_command
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from tests.support.databases import on_sqlite
from tests.support.fakes import FakeMember


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    """What a query finds in a SQLite file."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


@on_sqlite
async def test_a_copy_of_what_is_in_the_log_too_in_one_file(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    await member.round("Gedaan", "Dit staat nog in het WAL")
    copy = tmp_path / "copy" / "monday.db"
    copy.parent.mkdir()
    assert back_up(tmp_path / "test.db", copy) == copy.stat().st_size
    assert [file.name for file in copy.parent.iterdir()] == ["monday.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "SELECT count(*) FROM reflections") == [(1,)]
    assert rows(copy, "PRAGMA journal_mode") == [("delete",)]
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]


@on_sqlite
async def test_what_is_there_stays_there(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    source, copy = tmp_path / "test.db", tmp_path / "copy.db"
    copy.write_text("mijn huiswerk")
    with pytest.raises(
        OperationRefused, match="exists already; choose another name, or add --overwrite"
    ):
        back_up(source, copy)
    assert copy.read_text() == "mijn huiswerk"
    back_up(source, copy, overwrite=True)
    assert rows(copy, "SELECT count(*) FROM members") == [(1,)]
    with pytest.raises(OperationRefused, match="is the database itself"):
        back_up(source, source, overwrite=True)
    with pytest.raises(
        OperationRefused, match="cannot be written; name a file in a folder that exists"
    ):
        back_up(source, tmp_path / "no" / "where.db")
    with pytest.raises(OperationRefused, match="there is no database at"):
        back_up(tmp_path / "none.db", tmp_path / "new.db")
    assert not (tmp_path / "none.db").exists()


@on_sqlite
async def test_a_broken_copy_never_bears_the_name(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    await database.close()
    source, copy = tmp_path / "test.db", tmp_path / "copy.db"
    with closing(open_sqlite(source)) as connection:  # rows without their index: damage that copies
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
            " WHERE name = 'ix_processed_updates_processed_at')"
            " WHERE name = 'ix_addresses_member_id'"
        )
    with pytest.raises(
        OperationRefused, match=r"the copy is damaged \(.+\); .+copy.db is not written"
    ):
        back_up(source, copy)
    assert {file.name for file in tmp_path.iterdir()} == {"test.db", "test-keys.db"}
    source.write_bytes(b"geen database " * 999)
    with pytest.raises(sqlite3.DatabaseError):
        back_up(source, copy)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE iets (a)")
    with pytest.raises(OperationRefused, match="is not a database of olievlek"):
        back_up(tmp_path / "other.db", copy)
    assert {file.name for file in tmp_path.iterdir()} == {"test.db", "test-keys.db", "other.db"}


@on_sqlite
@pytest.mark.parametrize("pages", [1, 256])
async def test_a_copy_is_of_one_moment_however_much_is_written(
    member: FakeMember, database: Database, tmp_path: Path, pages: int
) -> None:
    source, stop, written = tmp_path / "test.db", threading.Event(), [0]

    def write() -> None:
        with closing(open_sqlite(source)) as connection:
            connection.execute("PRAGMA busy_timeout=1000")
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE one SET n = n + 1")
                connection.execute("UPDATE two SET n = n + 1")
                connection.execute("COMMIT")
                written[0] += 1

    with closing(open_sqlite(source)) as connection:
        connection.execute("CREATE TABLE one (n)")
        connection.execute("CREATE TABLE filling AS SELECT zeroblob(8000000) AS z")
        connection.execute("CREATE TABLE two (n)")
        connection.execute("INSERT INTO one VALUES (0)")
        connection.execute("INSERT INTO two VALUES (0)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        copied_beside_writes = 0
        for number in range(100):  # a busy machine may not let the writer write during a copy
            before = written[0]
            back_up(source, copy := tmp_path / f"{number}.db", pages=pages)
            assert rows(copy, "SELECT one.n - two.n FROM one, two") == [(0,)]
            copy.unlink()
            copied_beside_writes += written[0] > before
            if copied_beside_writes == 3:
                break
        assert copied_beside_writes == 3
    finally:
        stop.set()
        writer.join()


def test_on_postgresql_its_own_commands_without_the_password() -> None:
    url = make_url("postgresql+asyncpg://olie:geheim@db.example:5433/vlek")
    where = "--host=db.example --port=5433 --username=olie --dbname=vlek"
    assert dump_command(url, Path("ma 1.dump")) == (
        f"pg_dump --format=custom '--file=ma 1.dump' {where}"
    )
    assert restore_command(url, Path("ma.dump")) == (
        f"pg_restore --clean --if-exists --no-owner --single-transaction {where} ma.dump"
    )
    socket = make_url("postgresql+asyncpg://postgres@/vlek?host=/run/postgresql&port=6")
    assert "--host=/run/postgresql --port=6 --username=postgres --dbname=vlek" in dump_command(
        socket, Path("x")
    )
