"""Keys as an operator handles them: where they are, who can read them, how they are replaced."""

import asyncio
import shutil
import sqlite3
import stat
import subprocess
import sys
from asyncio import to_thread
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import now
from bot.startup import open_database, prepare
from bot.store.keys.labels import member_label
from bot.store.keys.master_key import MasterKey, new_secret_key
from bot.store.members.vault import Vault
from tests.support.command_line import olievlek
from tests.support.processes import TOKEN, command, environment, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer
from tests.system.demo_database import STORY, chats

KEY, KEY_FILE = "OLIEVLEK_SECRET_KEY", "OLIEVLEK_SECRET_KEY_FILE"
COMMANDS = (("run",), ("check",), ("db", "status"))


def mode(file: Path) -> int:
    """Who may do what with a file."""
    return stat.S_IMODE(file.stat().st_mode)


def add_keys(keys: Path, master: MasterKey, many: int) -> None:
    """Puts the keys of so many members in a key store."""
    rows = [
        (number, master.wrap(member_label(number), b"k" * 32), master.fingerprint)
        for number in range(1_000, 1_000 + many)
    ]
    with closing(sqlite3.connect(keys)) as connection:
        connection.executemany(
            "INSERT INTO member_keys (member_id, wrapped, master) VALUES (?, ?, ?)", rows
        )
        connection.commit()


def masters_in(keys: Path) -> dict[str, int]:
    """How many keys of members each master key wraps, by its fingerprint."""
    query = "SELECT master, count(*) FROM member_keys GROUP BY master"
    with closing(sqlite3.connect(keys, timeout=10)) as connection:
        return dict(connection.execute(query).fetchall())


def is_wrapped_by_one(keys: Path) -> bool:
    """Whether the first key of a member and the last one have the same master key."""
    query = "SELECT master FROM member_keys ORDER BY member_id"
    with closing(sqlite3.connect(keys, timeout=10)) as connection:
        [first] = connection.execute(f"{query} LIMIT 1").fetchone()
        [last] = connection.execute(f"{query} DESC LIMIT 1").fetchone()
    return bool(first == last)


@pytest.fixture
def used(tmp_path: Path) -> dict[str, str]:
    """The environment of a database in which a team has a name."""
    env = environment(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL="http://127.0.0.1:9")
    assert olievlek(env, tmp_path, "db", "upgrade")[0] == 0
    assert olievlek(env, tmp_path, "team", "create", "Griffie")[0] == 0
    return env


# -- making a key


def test_a_key_goes_to_a_new_file_of_its_owner(tmp_path: Path) -> None:
    env, file = environment(tmp_path), tmp_path / "key"
    code, out, err = olievlek(env, tmp_path, "keys", "new", "--file", str(file))
    assert (code, err, mode(file)) == (0, "", 0o600) and f"{KEY_FILE}={file}" in out
    assert MasterKey(file.read_text().strip()).fingerprint
    before = file.read_text()
    code, _, err = olievlek(env, tmp_path, "keys", "new", "--file", str(file))
    assert code == 1 and "exists already" in err and file.read_text() == before


def test_a_key_that_is_redirected_stays_private(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(mode=0o644)
    with file.open("a") as target:
        words = [sys.executable, "-m", "bot", "keys", "new"]
        done = subprocess.run(
            words, env=environment(tmp_path), stdout=target, stderr=subprocess.PIPE, check=True
        )
    assert (done.stderr, mode(file)) == (b"", 0o600)
    assert file.read_text().startswith(f"{KEY}=")


def test_a_key_out_of_a_file_is_as_good(tmp_path: Path, used: dict[str, str]) -> None:
    file = tmp_path / "elsewhere" / "key"
    file.parent.mkdir()
    for text in (used[KEY], f"{KEY}={used[KEY]}\n"):
        file.write_text(text)
        file.chmod(0o600)
        env = {**used, KEY_FILE: str(file)}
        code, _, err = olievlek(env, tmp_path, "team", "list")
        assert code == 2 and f"{KEY} and {KEY_FILE} are both set" in err
        del env[KEY]
        code, out, _ = olievlek(env, tmp_path, "team", "list")
        assert code == 0 and "Griffie" in out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"\xff\xfe", "cannot be read (UnicodeDecodeError)"),
        (b"geheim", "should be the output of `olievlek keys new`"),
        (urlsafe_b64encode(bytes(32)), "is no random key"),
    ],
)
def test_a_file_without_a_good_key_is_one_line(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    env = environment(tmp_path) | {KEY_FILE: str(file)}
    del env[KEY]
    code, _, err = olievlek(env, tmp_path, "check")
    [line] = err.splitlines()
    assert code == 2 and line.startswith(f"olievlek: {KEY_FILE}") and complaint in line
    assert "geheim" not in line


def test_a_weak_key_is_refused(tmp_path: Path) -> None:
    for key in (bytes(32), bytes(range(32)), b"0123456789abcdef" * 2):
        env = environment(tmp_path, SECRET_KEY=urlsafe_b64encode(key).decode())
        code, _, err = olievlek(env, tmp_path, "check")
        [line] = err.splitlines()
        assert code == 2 and line.startswith(f"olievlek: {KEY}") and "is no random key" in line


# -- keys that do not fit


def lines_of(env: Mapping[str, str], folder: Path, *words: str) -> list[str]:
    """What a command that goes wrong says about the keys."""
    code, out, err = olievlek(env, folder, *words)
    assert code in (1, 2) and "Traceback" not in err
    return [line for line in (out + err).splitlines() if "OLIEVLEK_" in line and "KEY" in line]


@pytest.mark.parametrize("words", COMMANDS)
def test_another_secret_key_is_one_line(
    tmp_path: Path, used: dict[str, str], words: tuple[str, ...]
) -> None:
    [line] = lines_of(used | {KEY: new_secret_key()}, tmp_path, *words)
    assert f"{KEY} is not the key this database was made with" in line


@pytest.mark.parametrize("words", COMMANDS)
def test_a_missing_key_store_is_one_line_and_no_new_one(
    tmp_path: Path, used: dict[str, str], words: tuple[str, ...]
) -> None:
    (tmp_path / "olievlek-keys.db").rename(tmp_path / "away.db")
    [line] = lines_of(used, tmp_path, *words)
    assert f"OLIEVLEK_KEYS_URL: there are no keys in {tmp_path / 'olievlek-keys.db'}" in line
    assert not (tmp_path / "olievlek-keys.db").exists()


@pytest.mark.parametrize("words", COMMANDS)
def test_the_key_store_of_another_database_is_one_line(
    tmp_path: Path, used: dict[str, str], words: tuple[str, ...]
) -> None:
    other = used | {"OLIEVLEK_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"}
    olievlek(other, tmp_path, "db", "upgrade")
    olievlek(other, tmp_path, "team", "create", "Anders")
    shutil.copy(tmp_path / "other-keys.db", tmp_path / "olievlek-keys.db")
    [line] = lines_of(used, tmp_path, *words)
    assert f"the keys in {tmp_path / 'olievlek-keys.db'} belong to another database" in line


def test_keys_and_data_in_one_file_are_refused(tmp_path: Path, used: dict[str, str]) -> None:
    env = used | {"OLIEVLEK_KEYS_URL": used["OLIEVLEK_DATABASE_URL"]}
    code, _, err = olievlek(env, tmp_path, "check")
    assert code == 2 and "OLIEVLEK_KEYS_URL names the file of OLIEVLEK_DATABASE_URL" in err


# -- what `check` says of where keys are


def test_check_names_files_that_others_can_read(tmp_path: Path, used: dict[str, str]) -> None:
    env = used | {KEY_FILE: str(tmp_path / "key")}
    (tmp_path / "key").write_text(env.pop(KEY))
    (tmp_path / ".env").write_text("")
    files = [tmp_path / "key", tmp_path / ".env", tmp_path / "olievlek-keys.db"]
    for file in (tmp_path / "key", tmp_path / ".env", tmp_path / "olievlek-keys.db"):
        file.chmod(0o640)
    _, out, _ = olievlek(env, tmp_path, "check")
    for file in files:
        assert f"privacy of {file}: others on this machine can open this file" in out
        (tmp_path / file).chmod(0o600)
    _, out, _ = olievlek(env, tmp_path, "check")
    assert "others on this machine" not in out
    assert "place of the secret key: tip: the key is in the same folder as the database" in out


async def test_a_tip_is_no_fault(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(server, tmp_path)
        (tmp_path / ".env").write_text(f"{KEY}={env.pop(KEY)}\n")
        (tmp_path / ".env").chmod(0o600)
        await to_thread(olievlek, env, tmp_path, "db", "upgrade")
        code, out, _ = await to_thread(olievlek, env, tmp_path, "check")
    assert code == 0 and "place of the secret key: tip" in out


# -- copies


def test_an_old_copy_of_the_keys_revives_nobody(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    keys, old = tmp_path / "demo-keys.db", tmp_path / "old-keys.db"
    shutil.copy(keys, old)
    assert olievlek(env, tmp_path, "member", "erase", "terminal:demo", "--yes")[0] == 0
    shutil.copy(old, keys)
    code, out, _ = olievlek(env, tmp_path, "check")
    assert code == 1 and "keys of 1 erased people" in out and "old copy" in out
    asyncio.run(starts(env))
    assert masters_in(keys) == {}
    assert "erased people" not in olievlek(env, tmp_path, "check")[1]


async def starts(env: Mapping[str, str]) -> None:
    """What a start of the bot does with its database."""
    async with open_database(env["OLIEVLEK_DATABASE_URL"]) as database:
        await prepare(database, Vault(env[KEY]), now())


def test_keys_that_an_old_copy_lacks_are_told(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    with closing(sqlite3.connect(tmp_path / "demo-keys.db")) as connection, connection:
        connection.execute("DELETE FROM member_keys")
    code, out, _ = olievlek(env, tmp_path, "check")
    assert code == 1 and "the keys to what 1 people wrote are gone" in out


def test_a_copy_of_the_keys_is_private_and_says_how_long_to_keep_it(
    tmp_path: Path, used: dict[str, str]
) -> None:
    copy = tmp_path / "copy.db"
    code, out, err = olievlek(used, tmp_path, "keys", "backup", str(copy))
    assert (code, mode(copy)) == (0, 0o600) and "copy.db is written" in out
    assert "for 30 days at most" in err
    (tmp_path / "olievlek-keys.db").unlink()
    copy.rename(tmp_path / "olievlek-keys.db")
    code, out, _ = olievlek(used, tmp_path, "team", "list")
    assert code == 0 and "Griffie" in out
    code, _, err = olievlek(used, tmp_path, "db", "backup", str(tmp_path / "data.db"))
    assert b"Griffie" not in (tmp_path / "data.db").read_bytes()
    data = used | {"OLIEVLEK_KEYS_URL": f"sqlite+aiosqlite:///{tmp_path / 'data.db'}"}
    code, _, err = olievlek(data, tmp_path, "keys", "backup", str(tmp_path / "no.db"))
    assert code == 1 and "is not a database of olievlek" in err


def test_a_dump_of_the_data_leaves_the_keys_out(tmp_path: Path) -> None:
    # Without PostgreSQL's programs, so that what would run is shown.
    env = environment(tmp_path, DATABASE_URL="postgresql+asyncpg://u@h/d") | {"PATH": str(tmp_path)}
    code, _, err = olievlek(env, tmp_path, "db", "backup", "data.dump")
    assert code == 1
    assert "--exclude-table=member_keys" in err and "--exclude-table=data_keys" in err
    code, _, err = olievlek(env, tmp_path, "keys", "backup", "keys.dump")
    assert code == 1 and " --table=member_keys" in err
    env |= {"OLIEVLEK_KEYS_URL": f"sqlite+aiosqlite:///{tmp_path / 'keys.db'}"}
    code, _, err = olievlek(env, tmp_path, "db", "backup", "data.dump")
    assert code == 1 and "--dbname=d" in err and "table=" not in err


# -- rotation


def test_rotating_prints_the_line_for_env(tmp_path: Path, used: dict[str, str]) -> None:
    code, out, err = olievlek(used, tmp_path, "keys", "rotate")
    name, _, new = out.strip().partition("=")
    assert (code, name) == (0, KEY) and "restart the bot" in err
    assert out == f"{KEY}={new}\n" and len(new) == 44  # a key, and nothing else
    for key in (used[KEY], new):
        code, listed, _ = olievlek(used | {KEY: key}, tmp_path, "team", "list")
        assert code == 0 and "Griffie" in listed


def test_rotating_replaces_the_key_in_its_file(tmp_path: Path, used: dict[str, str]) -> None:
    file = tmp_path / "key"
    file.write_text(old := used.pop(KEY))
    env = used | {KEY_FILE: str(file)}
    code, out, _ = olievlek(env, tmp_path, "keys", "rotate")
    assert code == 0 and str(file) in out and mode(file) == 0o600
    assert file.read_text().strip() != old and old not in out
    code, out, _ = olievlek(env, tmp_path, "team", "list")
    assert code == 0 and "Griffie" in out


async def test_killed_while_rotating_it_goes_on(tmp_path: Path) -> None:
    env, keys = environment(tmp_path), tmp_path / "olievlek-keys.db"
    await to_thread(olievlek, env, tmp_path, "db", "upgrade")
    await to_thread(olievlek, env, tmp_path, "team", "create", "Griffie")
    old = MasterKey(env[KEY])
    add_keys(keys, old, 8_000)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "keys", "rotate", cwd=tmp_path, env=env
    )
    async with asyncio.timeout(60):
        while await to_thread(is_wrapped_by_one, keys):
            assert process.returncode is None, "it was over before it could be killed"
            await asyncio.sleep(0.002)
    process.kill()
    await process.wait()
    half_way = masters_in(keys)
    assert 0 < half_way[old.fingerprint] < 8_000
    code, out, _ = await command(env, tmp_path, "keys", "rotate")
    new = MasterKey(out.strip().partition("=")[2])
    assert code == 0 and masters_in(keys) == {new.fingerprint: 8_000}
    assert new.fingerprint in half_way


async def test_the_bot_answers_while_its_keys_are_rotated(tmp_path: Path) -> None:
    await is_rotated_while_it_runs(tmp_path)


async def test_the_bot_answers_while_its_keys_are_rotated_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    await is_rotated_while_it_runs(tmp_path, DATABASE_URL=postgresql_url)


async def is_rotated_while_it_runs(tmp_path: Path, **settings: str) -> None:
    """Two people talk with a bot of which the master key is replaced."""
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(server, tmp_path, **settings)
        sanne, joep = server.person(7, "Sanne"), server.person(8, "Joep")
        async with program(env, tmp_path):
            for person in (sanne, joep):
                person.types("/start")
                await person.receives("In welke taal", timeout=20)
                person.presses("Nederlands")
                await person.receives("Wanneer mag ik")
                person.types("/ritme ma-zo 8:00")
                await person.receives("Je volgende uitdaging komt")
                person.types("/nu")
                await person.receives("Lef:")
            sanne.presses("Gedaan")
            await sanne.receives("gedaan is gedaan")
            sanne.types("Voor de wissel")
            await sanne.receives("Je reeks: 1 ronde.")
            code, out, err = await command(env, tmp_path, "keys", "rotate")
            assert code == 0, err
            new = out.strip().partition("=")[2]
            joep.presses("Gedaan")
            await joep.receives("gedaan is gedaan")
            joep.types("Na de wissel")  # with a key that is made now
            await joep.receives("Je reeks: 1 ronde.")
            sanne.types("/terugblik")
            await sanne.receives("“Voor de wissel”")
        async with program(env | {KEY: new}, tmp_path):
            joep.types("/terugblik")
            await joep.receives("“Na de wissel”", timeout=20)
        code, _, err = await command(env | {"OLIEVLEK_LANGUAGE": "en"}, tmp_path, "run")
        [line] = [line for line in err.splitlines() if line.startswith("olievlek:")]
        assert code == 2 and f"{KEY} is not the key this database was made with" in line
