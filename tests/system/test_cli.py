"""The commands, as a user types them."""

import json
import re
import sqlite3
import stat
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest

from bot.channels.push import is_push_key
from bot.cli.main import OlievlekCommands, SetsCommands
from bot.cli.shared.language import say
from bot.cli.shared.lazy import LazyCommand, LazyGroup
from bot.store.keys.master_key import key_bytes
from tests.support.command_line import olievlek
from tests.support.paths import PROJECT
from tests.support.processes import TOKEN, command, environment, on_telegram
from tests.support.telegram.bot_api import BotApiServer
from tests.system.demo_database import EXPORT

GOOD = """\
set: proef
title: {nl: Proef, en: Trial}
challenges:
  - id: een
    minutes: 5
    daring: 1
    nl: {task: "Stel een vraag aan een collega.", reflect: "Wat hoorde je daar?"}
    en: {task: "Ask a colleague a question.", reflect: "What did you hear?"}
"""


def test_every_command_explains_itself_with_an_example(tmp_path: Path) -> None:
    commands = (
        "demo,run,init,check,keys new,keys push,keys rotate,keys backup,keys reset-identity,"
        "db upgrade,db status,db backup,db restore,db copy,"
        "sets check,sets template,sets schema,sets push,sets rollback,sets list,sets show,"
        "sets programme list,sets programme start,sets programme stop,sets stats,"
        "member export,member erase,audit show,audit verify"
    )
    for words in commands.split(","):
        code, out, _ = olievlek(environment(tmp_path), tmp_path, *words.split(), "--help")
        assert code == 0 and "Example: olievlek" in " ".join(out.split()), words


async def test_a_fresh_key_is_one_line(tmp_path: Path) -> None:
    code, out, err = await command(environment(tmp_path), tmp_path, "keys", "new")
    assert (code, err) == (0, "")
    found = re.fullmatch(r"OLIEVLEK_SECRET_KEY=(\S+)\n", out)
    assert found and len(key_bytes(found[1])) == 32


async def test_a_fresh_key_for_push_is_one_line(tmp_path: Path) -> None:
    code, out, err = await command(environment(tmp_path), tmp_path, "keys", "push")
    assert (code, err) == (0, "")
    found = re.fullmatch(r"OLIEVLEK_PUSH_KEY=(\S+)\n", out)
    assert found and is_push_key(found[1])


def test_the_database_from_empty_to_up_to_date(tmp_path: Path) -> None:
    env = environment(tmp_path)
    code, out, _ = olievlek(env, tmp_path, "db", "status", "--json")
    assert (code, json.loads(out)[0]["up_to_date"]) == (1, False)
    assert (olievlek(env, tmp_path, "sets", "list"))[0] == 2
    assert (olievlek(env, tmp_path, "db", "upgrade"))[0] == 0
    code, out, _ = olievlek(env, tmp_path, "db", "status")
    assert code == 0 and "yes" in out


def test_faults_have_a_file_a_line_and_a_field(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("minutes: 5", "minutes: 500").replace("daring", "darring"))
    env = environment(tmp_path, LANGUAGE="en")
    code, out, err = olievlek(env, tmp_path, "sets", "check", str(good), str(bad), "none.yaml")
    assert code == 1 and out == f"{good}: ok (1)\n"
    assert err.splitlines() == [
        f"{bad}:4: challenges[0].daring: is missing",
        f"{bad}:5: challenges[0].minutes: must be at most 240",
        f"{bad}:6: challenges[0].darring: “darring” is not a field here; do you mean “daring”?",
        "none.yaml:1: file: cannot be read; does it exist, and may you read it?",
    ]


def test_a_template_of_each_kind_is_a_good_set_and_is_not_overwritten(tmp_path: Path) -> None:
    env = environment(tmp_path)
    names = [f"mijn.{kind}" for kind in ("xlsx", "ods", "csv", "yaml")]
    words = [word for name in names for word in (f"--{name.partition('.')[2]}", name)]
    code, out, err = olievlek(env, tmp_path, "sets", "template", *words)
    assert (code, err) == (0, "") and out.count("is written. Next: olievlek sets check") == 4
    code, out, err = olievlek(env, tmp_path, "sets", "check", *names)
    assert (code, err) == (0, "") and out.splitlines() == [f"{name}: ok (3)" for name in names]
    (tmp_path / "mijn.csv").write_text("van mij")
    code, _, err = olievlek(env, tmp_path, "sets", "template", "--csv", "mijn.csv")
    assert (code, err) == (1, "mijn.csv exists already; --overwrite replaces it\n")
    assert (tmp_path / "mijn.csv").read_text() == "van mij"
    again = ("sets", "template", "--overwrite", "--csv", "mijn.csv")
    assert (olievlek(env, tmp_path, *again))[0] == 0
    assert (tmp_path / "mijn.csv").read_bytes().startswith(b"\xef\xbb\xbf# set: mijn-set\r\n")
    code, _, err = olievlek(env, tmp_path, "sets", "template", "--xlsx", "no/where.xlsx")
    assert code == 1 and err.startswith("no/where.xlsx cannot be written (")
    code, _, err = olievlek(env, tmp_path, "sets", "template")
    assert code == 2 and "name a file" in err and "Traceback" not in err


def test_the_schema_is_printed(tmp_path: Path) -> None:
    code, out, err = olievlek(environment(tmp_path), tmp_path, "sets", "schema")
    assert (code, err) == (0, "") and json.loads(out)["required"] == ["set", "title", "challenges"]


def test_a_file_full_of_faults_does_not_fill_the_screen(tmp_path: Path) -> None:
    faults = "".join(f"sets{n}: a\n" for n in range(1000))
    (tmp_path / "bad.yaml").write_text(GOOD + faults)
    env = environment(tmp_path, LANGUAGE="nl")
    code, _, err = olievlek(env, tmp_path, "sets", "check", "bad.yaml")
    lines = err.splitlines()
    assert code == 1 and len(lines) == 201
    assert lines[-1] == "bad.yaml:208: file: en nog 800 fouten"


def test_the_sets_that_come_along_are_valid(tmp_path: Path) -> None:
    folder = PROJECT / "prompts"
    files = [str(file) for file in sorted(folder.glob("*.yaml"))]
    code, out, err = olievlek(environment(tmp_path), tmp_path, "sets", "check", *files)
    assert (code, err) == (0, "") and len(out.splitlines()) == len(files) >= 3


async def test_init_writes_settings_that_only_their_owner_can_read(tmp_path: Path) -> None:
    env = {k: v for k, v in environment(tmp_path).items() if not k.startswith("OLIEVLEK_")}
    answers = "123:abc\nen\nEurope/Amsterdam\n"
    code, _, _ = await command(env, tmp_path, "init", given=answers)
    written = (tmp_path / ".env").read_text()
    assert code == 0 and stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert "OLIEVLEK_TELEGRAM_TOKEN=123:abc\nOLIEVLEK_LANGUAGE=en\n" in written
    assert (await command(env, tmp_path, "init", given="n\n"))[0] == 1
    assert (tmp_path / ".env").read_text() == written


def without_room(out: str) -> list[str]:
    """The lines of `olievlek check`, without the one that differs by machine and moment."""
    lines = out.splitlines()
    [room] = [line for line in lines if re.fullmatch(r"free disk space: ok \(\d+ MB\)", line)]
    return [line for line in lines if line != room]


async def test_check_tells_what_to_do(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(server, tmp_path)
        code, out, _ = await to_thread(olievlek, env, tmp_path, "check")
        assert code == 1 and not [*tmp_path.glob("*.db")]
        database = tmp_path / "olievlek.db"
        before, after = (
            [
                f"settings: ok (of the environment alone; {tmp_path}/.env is not there)",
                "secret key: ok",
                f"data folder: ok ({tmp_path})",
                "lock file: ok",
                "encrypted backups: tip: none are made; make a key pair with olievlek backup"
                " key backup-key.txt, and set OLIEVLEK_BACKUP_DIR and OLIEVLEK_BACKUP_RECIPIENT",
            ],
            [
                "telegram: ok",
                "pages: tip: set OLIEVLEK_PUBLIC_URL; the link of /web works on this machine alone"
                " now",
                "controller: tip: set OLIEVLEK_CONTROLLER_NAME and OLIEVLEK_CONTROLLER_CONTACT;"
                " /privacy names nobody now",
            ],
        )
        assert without_room(out) == [
            *before,
            f"database: there is no database at {database}; `olievlek db upgrade` makes it",
            *after,
        ]
        await to_thread(olievlek, env, tmp_path, "db", "upgrade")
        code, out, _ = await to_thread(olievlek, env, tmp_path, "check")
        versions = next(line for line in out.splitlines() if line.startswith("versions: ok ("))
        assert "olievlek 0." in versions and ", Python 3." in versions and ", SQLite 3." in versions
        assert code == 0 and without_room(out) == [
            *before,
            "database: ok",
            f"place of the database: ok ({database})",
            "migrations: ok",
            versions,
            "writing: ok",
            "clock: ok",
            "keys of the database: ok",
            "the audit trail: ok",
            *after,
        ]
        code, out, _ = await to_thread(
            olievlek, env | {"OLIEVLEK_TELEGRAM_TOKEN": "9:no"}, tmp_path, "check"
        )
        assert code == 1 and "telegram: OLIEVLEK_TELEGRAM_TOKEN is refused" in out
    code, out, _ = await to_thread(olievlek, env, tmp_path, "check")
    assert code == 1 and "telegram: the platform cannot be reached now" in out


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LANGUAGE", "fr", "OLIEVLEK_LANGUAGE is 'fr'; moet 'nl' of 'en' zijn"),
        ("TIME_ZONE", "Mars/Olympus", "OLIEVLEK_TIME_ZONE is 'Mars/Olympus'; should be an IANA"),
        ("TIME_ZONE", "Europe", "OLIEVLEK_TIME_ZONE is 'Europe'; should be an IANA"),
        ("TIME_ZONE", "../UTC", "OLIEVLEK_TIME_ZONE is '../UTC'; should be an IANA"),
        ("TIME_ZONE", "right/UTC", "OLIEVLEK_TIME_ZONE is 'right/UTC'; should be an IANA"),
        ("HTTP_PORT", "many", "OLIEVLEK_HTTP_PORT is 'many'; should be a whole number"),
        ("SECRET_KEY", "geheim", "OLIEVLEK_SECRET_KEY has a value that is not shown here; should"),
        ("DATABASE_URL", "mysql://u:geheim@h/d", "OLIEVLEK_DATABASE_URL has a value that is not"),
        ("DATABASE_URL", "geheim", "OLIEVLEK_DATABASE_URL has a value that is not shown"),
        ("DATABASE_URL", "postgresql+asyncpg://u:Se@geheim:x@h:5432/d", "write @ as %40"),
        ("DATABASE_URL", "postgresql+asyncpg://u:geheim@h/d?sslmode=require", "ssl=require"),
        ("DATABASE_URL", "sqlite+aiosqlite:////no/where.db", "the database cannot be opened"),
        ("TELEGRAM_TOKN", "1", "OLIEVLEK_TELEGRAM_TOKN is not a setting; do you mean OLIEVLEK_TEL"),
        ("XYZZY", "1", "OLIEVLEK_XYZZY is not a setting; the settings are in .env.example"),
        ("TELEGRAM_API_URL", "telegram.org", "OLIEVLEK_TELEGRAM_API_URL is 'telegram.org'; should"),
        ("TELEGRAM_WEBHOOK_URL", "https://o.nl", "OLIEVLEK_TELEGRAM_WEBHOOK_SECRET is not set"),
        ("TELEGRAM_WEBHOOK_URL", "o.nl", "should begin with http:// or https://"),
        ("TELEGRAM_WEBHOOK_SECRET", "te kort", "should be 16 to 256 letters, digits, _ or -"),
        ("MATRIX_HOMESERVER", "http://m", "OLIEVLEK_MATRIX_USER is not set"),
        ("MATRIX_HOMESERVER", "matrix.org", "should begin with http:// or https://"),
        ("MATRIX_USER", "olie vlek", "should be a user id, such as @olievlek:example.org"),
        ("MATRIX_ALLOWED_SERVERS", "https://example.org", "should be names such as example.org"),
        ("MATRIX_ALLOW_UNENCRYPTED", "misschien", "should be true or false"),
        ("TELEGRAM_TOKEN", "", "no channel is configured: set OLIEVLEK_TELEGRAM_TOKEN"),
        ("SECRET_KEY", "", "OLIEVLEK_SECRET_KEY is not set; make one with `olievlek keys new`"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    env = environment(tmp_path, **{"TELEGRAM_TOKEN": TOKEN, name: value})
    code, _, err = olievlek(env, tmp_path, "run")
    lines = [line for line in err.splitlines() if line.startswith("olievlek: ")]
    assert code == 2 and len(lines) == 1 and told in lines[0]
    assert "geheim" not in err and "Traceback" not in err


@pytest.mark.parametrize("name", ["HTTP_PORT", "METRICS_PORT"])
def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path, name: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = environment(tmp_path, **{"TELEGRAM_TOKEN": TOKEN, name: port})
        code, _, err = olievlek(env, tmp_path, "run")
    assert code == 2 and f"OLIEVLEK_{name} {port} cannot be opened" in err


def test_trouble_around_a_command_is_one_clear_line(tmp_path: Path) -> None:
    database = tmp_path / "demo.db"
    story = "/start\n1\n/ritme ma-vr 9:30\n/spring\n1\nIets bijzonders\n"
    kept = ("demo", "--database", str(database))
    olievlek(environment(tmp_path), tmp_path, *kept, given=story)
    key = (tmp_path / "demo.db.key").read_text()
    url = f"sqlite+aiosqlite:///{database}"
    env = environment(tmp_path, DATABASE_URL=url, SECRET_KEY=key)
    other = environment(tmp_path, DATABASE_URL=url)
    for settings, words, told in (
        (other, EXPORT, "OLIEVLEK_SECRET_KEY is not the key this database was made with"),
        (env, (*EXPORT, "--file", "no/where.zip"), "No such file or directory"),
    ):
        code, _, err = olievlek(settings, tmp_path, *words)
        assert code in (1, 2) and told in err and len(err.splitlines()) == 1, err
    code, out, _ = olievlek(other, tmp_path, "check")
    assert code == 1 and "database: OLIEVLEK_SECRET_KEY is not the key" in out
    with sqlite3.connect(database, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert (olievlek(env, tmp_path, "db", "status"))[0] == 0
        assert (olievlek(env, tmp_path, "sets", "list"))[0] == 0
        code, _, err = olievlek(env, tmp_path, "member", "erase", "terminal:demo", "--yes")
        assert (code, len(err.splitlines())) == (1, 1) and "database is locked" in err
        holder.execute("ROLLBACK")
    holder.close()
    (tmp_path / ".env").write_bytes(b"OLIEVLEK_LANGUAGE=\xff")
    code, _, err = olievlek(env, tmp_path, "check")
    assert (code, err) == (
        2,
        f"olievlek: {tmp_path}/.env is not UTF-8 text; save it as UTF-8, or move it away and run "
        "`olievlek init`\n",
    )
    (tmp_path / "demo.db.key").write_text("")
    code, _, err = olievlek(environment(tmp_path), tmp_path, *kept)
    assert code == 2 and "holds no key" in err


async def test_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    env = environment(tmp_path, SECRET_KEY="geheim", LANGUAGE="en")
    for words, expected, line in (
        (("sets", "check", "none.yaml"), 1, "none.yaml:1: file: "),
        (("run",), 2, "olievlek: OLIEVLEK_SECRET_KEY has a value that is not shown here"),
    ):
        code, out, err = await command(env, tmp_path, *words)
        assert (code, out) == (expected, "") and len(err.splitlines()) == 1
        assert err.startswith(line) and "geheim" not in err


@pytest.mark.parametrize("group", [OlievlekCommands, SetsCommands])
def test_an_overview_has_the_first_sentence_of_each_command(group: type[LazyGroup]) -> None:
    for name, (target, help_key) in group.registry.items():
        command = LazyCommand(name, help_key, target)
        first_sentence = command.get_short_help_str(limit=100)
        assert first_sentence == command.load().get_short_help_str(limit=100), name
        assert say(help_key).startswith(first_sentence) and "Voorbeeld" not in first_sentence, name


def test_a_bot_on_telegram_and_sqlite_loads_nothing_of_what_it_does_not_use(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from bot.cli.shared.unloaded import UNUSED, leave_out_unused\n"
        "leave_out_unused()\n"
        "import bot.cli.service, bot.channels.telegram.channel\n"
        "from bot.app import now\n"
        "from bot.startup import open_database, prepare\n"
        "from bot.store.keys.master_key import new_secret_key\n"
        "from bot.store.members.vault import Vault\n"
        "async def start():\n"
        "    async with open_database(sys.argv[1]) as database:\n"
        "        await prepare(database, Vault(new_secret_key()), now())\n"
        "asyncio.run(start())\n"
        "unused = ['alembic', 'asyncpg', 'dateparser', 'holidays',"
        " 'httpx', 'nio', 'openpyxl', 'PIL', 'pyrage', 'segno',"
        " 'sqlalchemy.dialects.postgresql', *UNUSED]\n"
        "print([name for name in unused if sys.modules.get(name)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite+aiosqlite:///{tmp_path}/new.db"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_a_running_bot_loads_later_needs_nothing_that_was_left_out() -> None:
    script = """
import ast, importlib, pathlib
from bot.cli.shared.unloaded import leave_out_unused
leave_out_unused()
import bot
from bot.channels import registry
for channel in registry.channels():
    channel.service and channel.service()
package = pathlib.Path(bot.__file__).parent
for file in package.rglob("*.py"):
    parts = file.relative_to(package.parent).with_suffix("").parts
    if "cli" in parts or "terminal" in parts or parts[-1].startswith("__"):
        continue
    importlib.import_module(".".join(parts))
    for function in ast.walk(ast.parse(file.read_text())):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                for name in node.names:
                    importlib.import_module(name.name)
            elif isinstance(node, ast.ImportFrom):
                importlib.import_module(node.module)
from datetime import date
from bot.conversation.parsing.dates import read_date
print(read_date("3 januari", date(2026, 11, 27)))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2027-01-03" in done.stdout


def test_help_loads_nothing_that_takes_long() -> None:
    script = (
        "import sys, contextlib, io\nsys.argv = ['olievlek', '--help']\n"
        "from bot.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()\n"
        "slow = {'telegram', 'sqlalchemy', 'pydantic', 'alembic', 'PIL', 'rich', 'holidays'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
