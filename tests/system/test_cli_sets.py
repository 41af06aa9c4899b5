"""The commands with which a trainer publishes sets, watches them and takes them back."""

import json
import shutil
from asyncio import to_thread
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store.challenges.catalogue import NO_TEAMS, live_catalogue
from tests.support.command_line import olievlek
from tests.support.databases import unlocked_by
from tests.support.processes import environment

SET = """\
set: proef
title: {nl: Proef, en: Trial}
challenges:
"""
CHALLENGE = """\
  - id: %s
    minutes: 5
    daring: 1
    nl: {task: "Stel een vraag over %s.", reflect: "Wat hoorde je daar?"}
    en: {task: "Ask a question about %s.", reflect: "What did you hear?"}
"""


def written(folder: Path, *about: str) -> str:
    """A file with a challenge about each of these."""
    ids = (f"over-{word.split()[0]}" for word in about)
    rows = (CHALLENGE % (slug, word, word) for slug, word in zip(ids, about, strict=True))
    (folder / "proef.yaml").write_text(SET + "".join(rows))
    return "proef.yaml"


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A database that is up to date, and the environment of its bot."""
    folder = tmp_path_factory.mktemp("trainer")
    found = environment(folder)
    assert olievlek(found, folder, "db", "upgrade")[0] == 0
    return folder / "olievlek.db", found


@pytest.fixture
def env(beginning: tuple[Path, dict[str, str]], tmp_path: Path) -> dict[str, str]:
    """The environment of a bot with a copy of it."""
    shutil.copy(beginning[0], tmp_path)
    place = f"sqlite+aiosqlite:///{tmp_path / 'olievlek.db'}"
    return beginning[1] | {"OLIEVLEK_DATABASE_URL": place}


def test_a_trainer_pushes_watches_and_takes_back(env: dict[str, str], tmp_path: Path) -> None:
    file = written(tmp_path, "brood", "kaas")
    code, out, _ = olievlek(env, tmp_path, "sets", "push", file)
    assert (code, out.splitlines()) == (
        0,
        [
            "proef: a new set",
            "new (2): over-brood, over-kaas",
            "changed (0)",
            "retired (0)",
            "version 1 is published for everybody",
        ],
    )
    code, out, _ = olievlek(env, tmp_path, "sets", "push", file)
    assert (code, out) == (0, "proef: version 1 says the same; nothing changes\n")
    file = written(tmp_path, "kaas en ham", "melk")
    code, out, _ = olievlek(env, tmp_path, "sets", "push", file, "--dry-run")
    assert code == 0 and "nothing is published" in out
    code, out, _ = olievlek(env, tmp_path, "sets", "push", file)
    assert out.splitlines() == [
        "proef: compared with version 1",
        "new (1): over-melk",
        "changed (1): over-kaas",
        "retired (1): over-brood",
        "version 2 is published for everybody",
    ]
    code, out, _ = olievlek(env, tmp_path, "sets", "show", "proef", "--json")
    assert [row["id"] for row in json.loads(out)] == ["over-kaas", "over-melk"]
    shown = ("sets", "show", "proef", "--version", "1", "--json")
    code, out, _ = olievlek(env, tmp_path, *shown)
    assert [row["id"] for row in json.loads(out)] == ["over-brood", "over-kaas"]
    code, out, _ = olievlek(env, tmp_path, "sets", "rollback", "proef")
    assert (code, out) == (0, "proef: version 1 is live for everybody (was version 2)\n")
    code, _, err = olievlek(env, tmp_path, "sets", "rollback", "proef")
    assert code == 1 and err == (
        "proef: there is no earlier version to go back to; `olievlek sets withdraw proef` takes it "
        "away\n"
    )
    code, out, _ = olievlek(env, tmp_path, "sets", "list", "--all", "--json")
    assert [(row["version"], row["live"]) for row in json.loads(out)] == [
        (1, False),
        (2, False),
        (1, True),
    ]


async def test_a_first_version_is_withdrawn_and_brought_back(
    env: dict[str, str], tmp_path: Path
) -> None:
    async def run(*words: str, given: str = "") -> tuple[int, str, str]:
        return await to_thread(olievlek, env, tmp_path, "sets", *words, given=given)

    async def themes() -> set[str]:
        async with unlocked_by(env) as database, database.reading() as session:
            live = await live_catalogue(session, datetime.now(UTC))
            return {theme.name for theme in live.available_for(NO_TEAMS).themes}

    assert (await run("withdraw", "proef"))[0] == 1
    await run("push", written(tmp_path, "brood"))
    assert "proef" in await themes()
    assert (await run("withdraw", "proef"))[0] == 1 and "proef" in await themes()
    assert (await run("withdraw", "proef", given="y\n"))[0] == 0
    assert "proef" not in await themes()
    code, _, err = await run("withdraw", "proef", "--yes")
    assert code == 1 and "is withdrawn already" in err
    code, out, _ = await run("rollback", "proef")
    assert (code, out) == (0, "proef: version 1 is live for everybody (was version 2)\n")
    assert "proef" in await themes()


def test_for_a_team_and_from_a_day(env: dict[str, str], tmp_path: Path) -> None:
    olievlek(env, tmp_path, "team", "create", "Griffie")
    olievlek(env, tmp_path, "sets", "push", written(tmp_path, "brood"))
    file = written(tmp_path, "kaas")
    push = ("sets", "push", file, "--team", "griffie")
    code, out, _ = olievlek(env, tmp_path, *push, "--from", "2099-01-31")
    assert code == 0 and "version 2 is published for Griffie\nit starts at 2099-01-3" in out
    code, out, _ = olievlek(env, tmp_path, "sets", "list", "--json")
    assert [(row["version"], row["for"]) for row in json.loads(out)] == [(1, "everybody")]
    assert "published for Griffie" in (olievlek(env, tmp_path, *push))[1]
    code, out, _ = olievlek(env, tmp_path, "sets", "list", "--json")
    assert [(row["version"], row["for"]) for row in json.loads(out)] == [
        (1, "everybody"),
        (2, "Griffie"),
    ]
    shown = ("sets", "show", "proef", "--json", "--team", "Griffie")
    assert "over-kaas" in (olievlek(env, tmp_path, *shown))[1]
    assert "over-brood" in (olievlek(env, tmp_path, *shown[:-2]))[1]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("push", "none.yaml"), 1, "none.yaml:1: file: "),
        (("push", "proef.yaml", "--team", "none"), 1, "there is no team 'none'"),
        (
            ("push", "proef.yaml", "--from", "maandag"),
            2,
            "--from is 'maandag', but",
        ),
        (("push", "proef.yaml", "--from", "2020-01-01"), 2, "which has passed"),
        (("rollback", "none"), 1, "there is no set 'none'; see `olievlek sets list --all`"),
        (("show", "none"), 1, "there is no set 'none'"),
        (("show", "proef", "--team", "none"), 1, "there is no team 'none'"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    env: dict[str, str], tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    written(tmp_path, "brood")
    found, _, err = olievlek(env, tmp_path, "sets", *words)
    assert found == code and told in err and len(err.splitlines()) == 1, err


def test_a_version_that_is_not_there(env: dict[str, str], tmp_path: Path) -> None:
    olievlek(env, tmp_path, "sets", "push", written(tmp_path, "brood"))
    code, _, err = olievlek(env, tmp_path, "sets", "show", "proef", "--version", "7")
    assert code == 1 and "there is no version 7 of 'proef'" in err


def test_a_team_begins_with_a_programme(env: dict[str, str], tmp_path: Path) -> None:
    olievlek(env, tmp_path, "team", "create", "Griffie")
    programme = ("sets", "programme")
    code, out, _ = olievlek(env, tmp_path, *programme, "list", "--json")
    assert code == 0 and [row["weeks"] for row in json.loads(out)] == [6, 8]
    start = (*programme, "start", "olievlek-in-6-weken", "--team", "griffie")
    code, out, _ = olievlek(env, tmp_path, *start, "--from", "2099-01-31")
    assert (code, out) == (0, "Griffie starts olievlek-in-6-weken on 2099-01-31\n")
    stop = (*programme, "stop", "--team", "Griffie")
    code, out, _ = olievlek(env, tmp_path, *stop)
    assert (code, out) == (0, "Griffie no longer has a programme\n")
    assert (olievlek(env, tmp_path, *stop))[0] == 1
    for words in (("start", "koffie", "--team", "Griffie"), (*start[2:4], "--team", "none")):
        code, _, err = olievlek(env, tmp_path, *programme, *words)
        assert code == 1 and "there is no" in err


def test_figures_on_the_command_line(env: dict[str, str], tmp_path: Path) -> None:
    olievlek(env, tmp_path, "sets", "push", written(tmp_path, "brood"))
    env["OLIEVLEK_LANGUAGE"] = "en"
    stats = ("sets", "stats")
    code, out, _ = olievlek(env, tmp_path, *stats, "--csv", "all.csv", "--png", "all.png")
    assert (code, out.splitlines()) == (
        0,
        [
            "There are no figures yet. You get them once 15 people have had the same challenge, "
            "a week after their week.",
        ],
    )
    assert (tmp_path / "all.csv").read_bytes().startswith(b"\xef\xbb\xbfset")
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")
    assert (olievlek(env, tmp_path, *stats, "proef", "--json"))[1] == "[]\n"
    assert "no figures yet" in (olievlek(env, tmp_path, *stats, "proef"))[1]
    assert (olievlek(env, tmp_path, *stats, "none"))[0] == 1
