"""What an operator does with the database: backups, restoring, moving."""

import json
import os
import sqlite3
import stat
from asyncio import to_thread
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from bot.store.db.engine import Database
from bot.store.db.migrate import expected_revision
from bot.store.schema.teams import InvitationRow
from tests.support.command_line import olievlek
from tests.support.postgresql import PROGRAMS, PostgreSQL
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
        "taken away again what was revoked or erased since the backup. Acts: 0. Erased members: 0.",
    ]
    Path(f"{place}.before-restore").unlink()
    assert (olievlek(env, tmp_path, "member", "erase", "terminal:demo", "--yes"))[0] == 0
    code, out, _ = olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")
    assert code == 0 and "Acts: 1. Erased members: 1.\n" in out
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
        assert (
            code in ((3,) if "127.0.0.1:9" in target else (1, 2))
            and told in err
            and len(err.splitlines()) == 1
        ), err
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


def test_without_the_programs_of_postgresql_no_backup_is_claimed(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://olie:geheim@db.example:5433/vlek"
    env = environment(tmp_path, DATABASE_URL=url) | {"PATH": str(tmp_path)}
    for words in (("db", "backup", "monday.dump"), ("keys", "backup", "keys.dump")):
        code, out, err = olievlek(env, tmp_path, *words)
        assert (code, out) == (1, "") and len(err.splitlines()) == 1
        assert "pg_dump is not on the path" in err and f"--file={words[-1]}" in err
        assert "--host=db.example --port=5433 --username=olie --dbname=vlek" in err
        assert "geheim" not in err and not [*tmp_path.iterdir()]
    key = olievlek(env, tmp_path, "backup", "key", "key.txt")[1].strip().partition("=")[2]
    (tmp_path / "backups").mkdir()
    env |= {"OLIEVLEK_BACKUP_RECIPIENT": key, "OLIEVLEK_BACKUP_DIR": "backups"}
    code, _, err = olievlek(env, tmp_path, "backup", "now")
    assert code == 1 and "pg_dump is not found here" in err and "--file" not in err
    code, out, _ = olievlek(env, tmp_path, "check")
    assert code == 1 and "encrypted backups: pg_dump is not found here" in out


async def test_on_postgresql_a_backup_is_made_and_put_back_without_what_was_taken_away(
    postgresql_url: str, tmp_path: Path
) -> None:
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    env = environment(tmp_path, DATABASE_URL=postgresql_url) | {"PATH": path}

    async def run(*words: str) -> tuple[int, str, str]:
        return await to_thread(olievlek, env, tmp_path, *words)

    dump = tmp_path / "monday.dump"
    code, _, err = await run("db", "restore", "monday.dump", "--yes")
    assert code == 1 and "there is no file monday.dump" in err
    await run("db", "upgrade")
    await run("team", "create", "Griffie")
    await run("team", "invite", "Griffie")
    code, out, _ = await run("db", "backup", "monday.dump")
    assert (code, out) == (0, f"monday.dump is written ({dump.stat().st_size} bytes)\n")
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [dump]
    assert (await run("db", "backup", "monday.dump"))[0] == 1
    assert (await run("db", "backup", "monday.dump", "--overwrite"))[0] == 0
    code, _, err = await run("keys", "backup", "keys.dump")
    assert code == 0 and "30 days" in err
    await run("team", "invite", "Griffie", "--revoke")
    (tmp_path / "broken.dump").write_text("kapot")
    code, _, err = await run("db", "restore", "broken.dump", "--yes")
    assert code == 1 and "pg_restore did not succeed (pg_restore: error: " in err
    assert (await run("db", "restore", "monday.dump"))[0] == 1  # nobody answered the question
    code, out, err = await run("db", "restore", "monday.dump", "--yes")
    assert (code, err) == (0, "")
    replayed = "taken away again what was revoked or erased since the backup. Acts: 1."
    assert out.splitlines()[-1].startswith(replayed)
    database = Database(postgresql_url)
    async with database.reading() as session:
        [revoked_at] = (await session.scalars(select(InvitationRow.revoked_at))).all()
        assert revoked_at is not None
        code, _, err = await run("db", "restore", "monday.dump", "--yes")
        assert code == 1 and "another olievlek uses this database" in err
    await database.close()
    code, out, _ = await run("audit", "show", "--json")
    assert [entry["action"] for entry in json.loads(out)][-1] == "restored"
    assert (await run("role", "grant", "trainer", "telegram:7"))[0] == 0
    code, out, err = await run("db", "replay", "--yes")
    assert (code, out) == (1, "") and "no restore was begun" in err
    _, out, _ = await run("role", "list", "--json")
    assert [row["role"] for row in json.loads(out)] == ["trainer"]
    code, _, err = await run("db", "replay", "--yes", "--unknown")
    assert code == 0 and "1 roles, 0 shared reflections" in err
    assert (await run("check"))[0] == 1 and "rights on PostgreSQL: ok" in (await run("check"))[1]


async def test_a_restore_on_an_empty_server_has_to_be_finished_before_the_bot_runs(
    postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path
) -> None:
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    env = environment(tmp_path, DATABASE_URL=postgresql_url) | {"PATH": path}
    for words in ("db upgrade", "team create Griffie", "team invite Griffie", "db backup a.dump"):
        assert (await to_thread(olievlek, env, tmp_path, *words.split()))[0] == 0
    async with postgresql.database() as empty:
        keys = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
        there = env | {"OLIEVLEK_DATABASE_URL": empty, "OLIEVLEK_KEYS_URL": keys}
        restoring = ("db", "restore", "a.dump", "--yes")
        code, _, err = await to_thread(olievlek, there, tmp_path, *restoring)
        assert code == 2 and "there are no keys in" in err
        there["OLIEVLEK_KEYS_URL"] = postgresql_url
        there["OLIEVLEK_TELEGRAM_TOKEN"] = "1:x"
        code, _, err = await to_thread(olievlek, there, tmp_path, "run")
        assert code == 2 and "run `olievlek db replay` first" in err
        code, _, err = await to_thread(olievlek, there, tmp_path, "db", "replay", "--yes")
        assert code == 0 and "1 invitations" in err


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
