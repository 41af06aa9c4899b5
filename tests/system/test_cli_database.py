"""What an operator does with the database: backups, restoring, moving."""

import json
import sqlite3
from asyncio import to_thread
from contextlib import closing
from pathlib import Path

from bot.startup import open_database
from bot.store.admin import kept_history
from bot.store.db.migrate import expected_revision
from tests.support.command_line import olievlek
from tests.support.postgresql import PostgreSQL
from tests.support.processes import environment
from tests.system.demo_database import EXPORT, STORY, chats


def test_an_operator_makes_a_backup_and_puts_it_back(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    code, out, _ = olievlek(env, tmp_path, "db", "backup", "monday.db")
    assert (code, out) == (
        0,
        f"monday.db is written ({(tmp_path / 'monday.db').stat().st_size} bytes)\n",
    )
    code, _, err = olievlek(env, tmp_path, "db", "backup", "monday.db")
    assert code == 1 and err.startswith("olievlek: monday.db exists already")
    assert (olievlek(env, tmp_path, "db", "backup", "monday.db", "--overwrite"))[0] == 0
    chats(tmp_path, "/nu\n1\nNog iets\n")
    assert (olievlek(env, tmp_path, "db", "restore", "monday.db", given="n\n"))[0] == 1
    code, out, err = olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")
    place = tmp_path / "demo.db"
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{place} is now monday.db (which was at {expected_revision()})",
        f"what was there is kept as {place}.before-restore; delete it when all is well",
        "taken away again what was revoked or erased since the backup: 0 acts, 0 members erased",
    ]
    Path(f"{place}.before-restore").unlink()
    assert (olievlek(env, tmp_path, "member", "erase", "terminal:demo", "--yes"))[0] == 0
    code, out, _ = olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")
    assert code == 0 and "1 acts, 1 members erased\n" in out
    assert (olievlek(env, tmp_path, *EXPORT))[0] == 1
    Path(f"{place}.before-restore").unlink()
    place.write_text("kapot " * 999)
    code, out, err = olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")
    assert code == 0 and "it is not known what was erased or revoked since that backup" in err


def test_an_operator_moves_to_another_database(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    here, there = env["OLIEVLEK_DATABASE_URL"], f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    code, out, err = olievlek(env, tmp_path, "db", "copy", here, there, "--json")
    rows = {row["table"]: row["rows"] for row in json.loads(out)}
    assert code == 0 and "copying" in err
    assert (rows["members"], rows["nudges"], rows["reflections"]) == (1, 1, 1)
    moved = env | {"OLIEVLEK_DATABASE_URL": there}
    assert (olievlek(moved, tmp_path, "db", "status"))[0] == 0
    assert (olievlek(moved, tmp_path, *EXPORT))[0] == 0
    code, out, err = olievlek(env, tmp_path, "db", "copy", here, there)
    assert (code, out) == (1, "")
    assert err == "olievlek: TO holds members or nudges already; give an empty database\n"
    empty = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    code, out, _ = olievlek(env, tmp_path, "db", "copy", here, empty)
    assert code == 0 and "members" in out
    memory = "sqlite+aiosqlite://"
    for source, target, told in (
        (here, here, "FROM and TO are the same database"),
        (here, "mysql://u:geheim@h/d", "TO should begin with sqlite+aiosqlite:/// or postgresql"),
        ("geheim", here, "FROM should be a database URL"),
        (f"{here}.not", empty, f"there is no database at {tmp_path / 'demo.db.not'}"),
        (memory, empty, "a database in memory has no file"),
        (here, "postgresql+asyncpg://u:geheim@127.0.0.1:9/d", "TO: the database cannot be opened"),
    ):
        code, _, err = olievlek(env, tmp_path, "db", "copy", source, target)
        assert code in (1, 2) and told in err and len(err.splitlines()) == 1, err
        assert "geheim" not in err


async def test_an_operator_moves_to_postgresql_and_back(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    env = await to_thread(chats, tmp_path, STORY)
    here, back = env["OLIEVLEK_DATABASE_URL"], f"sqlite+aiosqlite:///{tmp_path / 'back.db'}"
    async with postgresql.database() as there:
        moved = env | {"OLIEVLEK_DATABASE_URL": there}
        for settings, words, code in (
            (moved, ("db", "status"), 1),
            (env, ("db", "copy", here, there), 0),
            (moved, ("db", "status"), 0),
            (moved, ("db", "copy", there, back), 0),
            (moved, EXPORT, 0),
        ):
            assert (await to_thread(olievlek, settings, tmp_path, *words))[0] == code
    with closing(sqlite3.connect(tmp_path / "demo.db")) as before:
        with closing(sqlite3.connect(tmp_path / "back.db")) as after:
            assert sorted(before.iterdump()) == sorted(after.iterdump())


def test_on_postgresql_an_operator_is_told_what_to_run(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://olie:geheim@db.example:5433/vlek"
    env = environment(tmp_path, DATABASE_URL=url)
    code, out, err = olievlek(env, tmp_path, "db", "backup", "monday.dump")
    assert code == 0 and out.startswith("pg_dump ") and len(out.splitlines()) == 1
    assert "--host=db.example --port=5433 --username=olie --dbname=vlek" in out
    assert "geheim" not in out + err


async def test_on_postgresql_restoring_begins_by_keeping_what_was_taken_away(
    postgresql_url: str, tmp_path: Path
) -> None:
    env = environment(tmp_path, DATABASE_URL=postgresql_url)

    def run(*words: str) -> tuple[int, str, str]:
        return olievlek(env, tmp_path, "db", *words)

    code, out, err = await to_thread(run, "restore", "monday.dump")
    assert code == 0 and "there is no database of olievlek here yet" in err
    async with open_database(postgresql_url) as database, database.reading() as session:
        assert await kept_history.is_kept(await session.connection())  # so no bot starts on it yet
    assert (await to_thread(run, "upgrade"))[0] == 0
    code, out, err = await to_thread(run, "restore", "monday.dump")
    restoring, *then = out.splitlines()
    assert code == 0 and restoring.startswith("pg_restore ") and "yet" not in err
    assert then == ["olievlek db upgrade", "olievlek db replay"]
    code, out, _ = await to_thread(run, "replay", "--yes")
    assert (code, out) == (
        0,
        "taken away again what was revoked or erased since the backup: 0 acts, 0 members erased\n",
    )
    grant = ("role", "grant", "trainer", "telegram:7")
    assert (await to_thread(olievlek, env, tmp_path, *grant))[0] == 0
    code, out, err = await to_thread(run, "replay", "--yes")
    assert (code, out) == (1, "") and "no restore was begun" in err
    _, out, _ = await to_thread(olievlek, env, tmp_path, "role", "list", "--json")
    assert [row["role"] for row in json.loads(out)] == ["trainer"]
    code, _, err = await to_thread(run, "replay", "--yes", "--unknown")
    assert code == 0 and "1 roles, 0 shared reflections" in err
    code, out, _ = await to_thread(olievlek, env, tmp_path, "audit", "show", "--json")
    assert [entry["action"] for entry in json.loads(out)] == [*("restored", "granted", "restored")]


def test_no_backup_of_what_is_not_there(tmp_path: Path) -> None:
    for url, told in (
        (f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", f"no database at {tmp_path / 'none.db'}"),
        ("sqlite+aiosqlite://", "a database in memory has no file"),
    ):
        env = environment(tmp_path, DATABASE_URL=url)
        for words in (("backup", "new.db"), ("restore", "old.db", "--yes")):
            code, _, err = olievlek(env, tmp_path, "db", *words)
            assert code == 1 and len(err.splitlines()) == 1
            assert told in err or "there is no file old.db" in err
    assert {file.name for file in tmp_path.iterdir()} <= {"none.db.lock"}
