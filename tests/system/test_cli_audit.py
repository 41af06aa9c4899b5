"""The audit trail at the command line, and an export that leaves a trace and is told."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import build, now
from bot.startup import open_database, unlock
from bot.store.members.vault import Vault
from tests.support.command_line import olievlek
from tests.support.fakes import FakeChannel
from tests.system.demo_database import EXPORT, STORY, chats

ACTS = (
    ("team", "create", "Griffie"),
    ("role", "grant", "lead", "terminal:demo", "--team", "Griffie"),
    ("role", "grant", "trainer", "telegram:123456"),
    ("team", "invite", "Griffie"),
    ("team", "invite", "Griffie", "--revoke"),
    ("role", "revoke", "trainer", "telegram:123456"),
    EXPORT,
    ("member", "erase", "terminal:demo", "--yes"),
)


def shown(env: dict[str, str], folder: Path) -> list[dict[str, str]]:
    """What `audit show` says."""
    code, out, _ = olievlek(env, folder, "audit", "show", "--json")
    assert code == 0
    rows: list[dict[str, str]] = json.loads(out)
    return rows


def test_what_an_operator_does_is_in_the_trail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "beheer")
    env = chats(tmp_path, STORY)
    for words in ACTS:
        assert olievlek(env, tmp_path, *words)[0] == 0, words
    rows = shown(env, tmp_path)
    assert [row["action"] for row in rows] == [
        *("team_created", "granted", "granted", "invited", "invitation_revoked", "revoked"),
        *("exported", "erased"),
    ]
    assert {row["actor"] for row in rows} == {"operator:beheer"}
    assert rows[1]["subject"] == "member:1" and rows[1]["detail"] == "lead,team:1"
    assert rows[2]["subject"] == rows[5]["subject"] and rows[2]["subject"].startswith("address:")
    assert rows[6]["detail"] == "access request"
    everything = json.dumps(rows)
    for content in ("123456", "Griffie", "Iets bijzonders", "demo"):
        assert content not in everything
    code, out, err = olievlek(env, tmp_path, "audit", "verify")
    assert (code, err) == (0, "") and "all entries fit: 8" in out and rows[-1]["hash"] in out
    code, out, _ = olievlek(env, tmp_path, "audit", "show")
    assert code == 0 and "granted" in out


def test_a_changed_entry_is_found(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    for words in ACTS[:4]:
        olievlek(env, tmp_path, *words)
    with closing(sqlite3.connect(tmp_path / "demo.db")) as database, database:
        database.execute("DROP TRIGGER audit_entries_no_update")
        database.execute("UPDATE audit_entries SET detail = 'trainer' WHERE number = 2")
    code, out, err = olievlek(env, tmp_path, "audit", "verify")
    assert (code, out) == (1, "") and err.startswith("entry 2 does not fit")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ((), "say with --reason"),
        (("--reason", "  "), "say with --reason"),
        (("--reason", "x" * 201), "at most 200 characters"),
        (("--reason", "because demo asked"), "leave out their name and address"),
    ],
)
def test_an_export_needs_a_reason(tmp_path: Path, reason: tuple[str, ...], told: str) -> None:
    env = chats(tmp_path, STORY)
    code, out, err = olievlek(env, tmp_path, *EXPORT[:3], *reason)
    assert (code, out) == (2, "") and told in err and len(err.splitlines()) == 1
    assert shown(env, tmp_path) == [] and not list(tmp_path.glob("*.zip"))


def test_whoever_is_exported_is_told_and_only_the_operator_reads_the_file(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    file = tmp_path / "olievlek-terminal-demo.zip"
    file.write_bytes(b"an old one")
    file.chmod(0o644)
    assert olievlek(env, tmp_path, *EXPORT)[0] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = asyncio.run(arrived(env))
    assert "een kopie gemaakt van al je gegevens" in told and "Reden: access request" in told


async def arrived(env: dict[str, str]) -> str:
    """What the bot sends in the terminal when it runs again."""
    fake_channel = FakeChannel(name="terminal")
    async with open_database(env["OLIEVLEK_DATABASE_URL"]) as database:
        vault = Vault(env["OLIEVLEK_SECRET_KEY"])
        await unlock(database, vault)
        await build(database, vault, [fake_channel], now).outbox_sender.tick()
    return "\n".join(sent.text for sent in fake_channel.messages["demo"])


def test_a_restore_is_in_the_trail_of_what_is_restored(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    olievlek(env, tmp_path, *ACTS[0])
    assert olievlek(env, tmp_path, "db", "backup", "monday.db")[0] == 0
    assert olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")[0] == 0
    rows = shown(env, tmp_path)
    assert [row["action"] for row in rows] == ["team_created", "restored"]
    assert rows[1]["detail"].startswith("head:1,")
    assert olievlek(env, tmp_path, "audit", "verify")[0] == 0
    (tmp_path / "demo.db").unlink()  # the trail as well: what is in the backup is all there is
    (tmp_path / "demo.db.before-restore").unlink()
    assert olievlek(env, tmp_path, "db", "restore", "monday.db", "--yes")[0] == 0
    assert shown(env, tmp_path)[1]["detail"].startswith("head:2,")
    code, out, err = olievlek(env, tmp_path, "audit", "verify")
    assert (code, err) == (0, "") and "all entries fit: 2" in out
    with closing(sqlite3.connect(tmp_path / "demo.db")) as database, database:
        database.execute("DROP TRIGGER audit_entries_no_delete")
        database.execute("DELETE FROM audit_entries WHERE number = 2")
    code, out, err = olievlek(env, tmp_path, "audit", "verify")
    assert (code, out) == (1, "") and "it has 1, and entry 2 was seen" in err
    assert "it has 1, and entry 2 was seen" in olievlek(env, tmp_path, "check")[1]
