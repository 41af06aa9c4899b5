"""A database from before the first release: one clear line, and the exit code of the command."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.processes import command, environment


@pytest.mark.parametrize(
    ("words", "exit_code"), [("db upgrade", 1), ("check", 1), ("run", 2), ("sets list", 2)]
)
async def test_a_database_from_before_the_first_release_is_one_clear_line(
    tmp_path: Path, words: str, exit_code: int
) -> None:
    with closing(sqlite3.connect(tmp_path / "olievlek.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('0006')")
        connection.execute("CREATE TABLE members (id INTEGER PRIMARY KEY)")
        connection.commit()
    # No log-in is tried before the database is looked at.
    env = environment(
        tmp_path, LANGUAGE="en", TELEGRAM_TOKEN="7:abc", TELEGRAM_API_URL="http://127.0.0.1:9"
    )
    code, out, err = await command(env, tmp_path, *words.split())
    assert code == exit_code
    line = (
        "OLIEVLEK_DATABASE_URL: the database was made by a version of olievlek from "
        "before its first release, which is not supported; begin with an empty database"
    )
    if words == "check":
        assert f"database: {line}" in out.splitlines() and not err
    else:
        assert err.splitlines() == [f"olievlek: {line}"]
