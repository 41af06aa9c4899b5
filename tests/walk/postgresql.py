"""What an administrator does to keep the data and their backups on PostgreSQL."""

import re

from tests.walk.machine import DATA, USER
from tests.walk.pages import (
    OPERATING,
    commands,
    lines_of_settings,
    said,
    statements,
)
from tests.walk.terminal import Answer
from tests.walk.walk import Table, Walk

PASSWORD = "Druppel7"
DATABASE_SERVER = "localhost"
WORDS = {"dbserver": DATABASE_SERVER}
BEGIN = "Meteen op PostgreSQL beginnen"
IDENTITY = "backup-key.txt"


async def moves(walk: Walk) -> None:
    """Moves the data to PostgreSQL, makes a backup there, and restores it."""
    await walk.types(said(OPERATING, BEGIN, "apt-get install"))
    await _types_sql(walk, *statements(OPERATING, BEGIN))
    password = _filled_in(said(OPERATING, "Verhuizen naar PostgreSQL", "dbserver:5432:"))
    await walk.types(f"echo '{password}' > ~/.pgpass", USER)
    await walk.types("chmod 0600 ~/.pgpass", USER)
    await walk.follow(commands(OPERATING, "Verhuizen naar PostgreSQL"), Table(words=WORDS))
    [line] = lines_of_settings(OPERATING, BEGIN)
    walk.notes(f"by hand: {_sets(walk, line)}")
    await walk.types("olievlek check", USER)
    yes = {"olievlek db restore maandag.dump": [Answer("[j/N]", "j")]}
    await walk.follow(commands(OPERATING, "Back-up en herstel op PostgreSQL"), Table(answers=yes))
    await walk.types("olievlek check", USER)


async def gives_keys_a_database(walk: Walk) -> None:
    """Moves the keys out of the database of the data, into one of their own."""
    heading = "De sleutels naar een eigen database op PostgreSQL"
    await _types_sql(walk, said(OPERATING, heading, "CREATE DATABASE"))
    *copy, drop = commands(OPERATING, heading)
    await walk.follow(copy, Table(words=WORDS))
    walk.notes(f"by hand: {_sets(walk, said(OPERATING, heading, 'OLIEVLEK_KEYS_URL='))}")
    await walk.types("olievlek check", USER)
    await walk.follow([drop], Table(words=WORDS))
    assert "tip: de sleutels staan" not in await walk.types("olievlek check", USER)


async def makes_encrypted_backups(walk: Walk) -> None:
    """Makes a pair of keys and encrypted backups, and tries them."""
    heading, trial = "Versleutelde back-ups die de bot zelf maakt", "Elke week op proef"
    key, folder, *rest = commands(OPERATING, heading)
    await walk.follow([key, folder], Table())
    public = re.search(r"age1\w+", (walk.machine.root / DATA[1:] / IDENTITY).read_text())
    assert public is not None
    for line in lines_of_settings(OPERATING, heading)[:2]:
        walk.notes(f"by hand: {_sets(walk, line.replace('age1…', public[0]))}")
    await walk.follow(rest, Table())
    await _types_sql(walk, said(OPERATING, trial, "CREATE DATABASE"))
    [line] = [each.line for each in commands(OPERATING, trial)]
    await walk.types(f"{line} {_filled_in(said(OPERATING, trial, '--database'))}", USER)
    assert "versleutelde back-ups: ok" in await walk.types("olievlek check", USER)


async def _types_sql(walk: Walk, *lines: str) -> None:
    """Types statements as the administrator of the server."""
    asked = [Answer("postgres=#", _filled_in(line)) for line in (*lines, r"\q")]
    await walk.types(said(OPERATING, BEGIN, "runuser"), answers=asked)


def _filled_in(line: str) -> str:
    """Returns a line of the page with what is their own."""
    line = line.replace("kies een wachtwoord", PASSWORD).replace("WACHTWOORD", PASSWORD)
    return line.replace("dbserver", DATABASE_SERVER)


def _sets(walk: Walk, line: str) -> str:
    """Writes a setting of the page to `.env`, and returns what was done."""
    name, _, value = _filled_in(line).partition("=")
    walk.machine.add(f"{DATA}/.env", {name: value})
    return f"{name} in .env"
