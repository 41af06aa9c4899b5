"""Where the settings and the database are, the first settings, and which exit code says what."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import olievlek
from tests.support.paths import PROJECT
from tests.support.processes import TOKEN, environment

ANSWERS = f"{TOKEN}\nen\nEurope/Amsterdam\n"
KEY = "OLIEVLEK_SECRET_KEY="


def settings_in(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a bot that was set up."""
    folder = tmp_path / "o'lie vlek"
    folder.mkdir()
    assert olievlek({}, folder, "init", given=ANSWERS)[0] == 0
    return folder


def test_from_elsewhere_no_empty_database_is_made(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for words in (("run",), ("db", "upgrade"), ("team", "list"), ("sets", "list")):
        code, _, err = olievlek({}, elsewhere, *words)
        assert code == 2 and f"there are no settings in {elsewhere}/.env" in err, words
    assert not [*elsewhere.iterdir()]
    ways: list[tuple[dict[str, str], tuple[str, ...]]] = [
        ({"OLIEVLEK_ENV_FILE": str(home / ".env")}, ("db", "upgrade")),
        ({}, ("--env-file", str(home / ".env"), "db", "status")),
        ({}, ("--env-file", os.path.relpath(home / ".env", elsewhere), "team", "list")),
    ]
    for env, typed in ways:
        assert olievlek(env, elsewhere, *typed)[0] == 0, typed
    assert (home / "olievlek.db").is_file() and not [*elsewhere.iterdir()]
    code, out, _ = olievlek({}, elsewhere, "--env-file", str(home / ".env"), "check")
    assert f"settings: ok ({home}/.env)" in out
    assert f"place of the database: ok ({home}/olievlek.db)" in out


def test_a_settings_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, _, err = olievlek({}, tmp_path, "--env-file", "none", "run")
    assert code == 2 and err.startswith(f"olievlek: OLIEVLEK_ENV_FILE names {tmp_path}/none, which")


def test_init_asks_again_what_cannot_be_and_writes_nothing_without_an_answer(
    tmp_path: Path,
) -> None:
    code, _, err = olievlek({}, tmp_path, "init", given="x\nen\nde\n")
    assert code == 1 and not [*tmp_path.iterdir()]
    assert "OLIEVLEK_TELEGRAM_TOKEN should be a token of @BotFather" in err
    given = f"x\n{TOKEN}\nfr\nnl\nde\nEurope/Brussels\n"
    code, _, err = olievlek({}, tmp_path, "init", given=given)
    assert code == 0 and len(err.splitlines()) == 3
    written = settings_in(tmp_path / ".env")
    assert written["OLIEVLEK_LANGUAGE"] == "nl"
    assert written["OLIEVLEK_TIME_ZONE"] == "Europe/Brussels"


def test_init_keeps_the_key_the_other_settings_and_a_copy(home: Path) -> None:
    file = home / ".env"
    with file.open("a") as settings:
        settings.write("OLIEVLEK_HTTP_PORT=0\n")
    before = settings_in(file)
    code, out, _ = olievlek({}, home, "init", given="y\n\nnl\n\n")
    assert code == 0 and f"what was there is kept as {file}.before-init" in out
    assert settings_in(file) == before | {"OLIEVLEK_LANGUAGE": "nl"}
    copy = home / ".env.before-init"
    assert settings_in(copy) == before and stat.S_IMODE(copy.stat().st_mode) == 0o600
    code, _, err = olievlek({}, home, "init", "--new-key", given="y\n\nnl\n\n")
    assert code == 0 and f"can be read with the key in {copy}-2 only" in err
    assert settings_in(file)["OLIEVLEK_SECRET_KEY"] != before["OLIEVLEK_SECRET_KEY"]
    assert settings_in(home / ".env.before-init-2")["OLIEVLEK_SECRET_KEY"] in before.values()


def test_without_its_key_a_database_asks_for_that_one_and_never_for_a_new_one(home: Path) -> None:
    url = f"sqlite+aiosqlite:///{home}/olievlek.db"
    olievlek({}, home, "db", "upgrade")
    assert olievlek({}, home, "team", "list")[0] == 0
    (home / ".env").rename(home / "vault")
    for words in (("run",), ("team", "list"), ("check",)):
        code, out, err = olievlek({"OLIEVLEK_DATABASE_URL": url}, home, *words)
        assert code in (1, 2) and "put that key back, the one with fingerprint " in out + err
        assert "keys new" not in out + err
    code, _, err = olievlek({}, home, "init", given=ANSWERS)
    assert code == 1 and "was made with a key that is not here" in err
    assert not (home / ".env").exists()


def test_a_server_that_is_not_there_and_a_file_that_cannot_be_opened_exit_with_three(
    tmp_path: Path,
) -> None:
    env = environment(tmp_path, TELEGRAM_TOKEN=TOKEN)
    folder = tmp_path / "no-file"
    folder.mkdir()
    for url in ("postgresql+asyncpg://u@127.0.0.1:9/d", f"sqlite+aiosqlite:///{folder}"):
        for words in (("run",), ("team", "list"), ("db", "upgrade")):
            code, _, err = olievlek(env | {"OLIEVLEK_DATABASE_URL": url}, tmp_path, *words)
            assert code == 3 and "the database cannot be opened" in err, (url, words)


def test_the_version_is_told_with_the_commit_of_a_checkout(tmp_path: Path) -> None:
    code, out, _ = olievlek({}, tmp_path, "--version")
    assert code == 0 and out.startswith("olievlek 0.")


def test_a_file_that_cannot_be_made_is_named_with_what_to_look_at(tmp_path: Path) -> None:
    for words in (("keys", "new", "--file", "none/key"), ("backup", "key", "none/key")):
        code, _, err = olievlek({}, tmp_path, *words)
        assert code == 1 and err.startswith("olievlek: none/key cannot be used (No such file"), err
        assert "check that the folder exists" in err and "Errno" not in err


def test_who_reads_the_start_of_what_a_command_prints_sees_no_error(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "bot", "check"]
    env = {"PATH": os.defpath, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        command, cwd=home, env=env, stdout=writing, stderr=subprocess.PIPE, timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
