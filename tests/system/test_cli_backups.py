"""Encrypted backups on the command line."""

import json
from pathlib import Path

from tests.support.command_line import olievlek
from tests.system.demo_database import EXPORT, STORY, chats


def test_an_operator_restores_an_encrypted_backup(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    code, _, err = olievlek(env, tmp_path, "backup", "now")
    assert code == 1 and "no encrypted backups are set up" in err
    code, out, err = olievlek(env, tmp_path, "backup", "key", "key.txt")
    private = (tmp_path / "key.txt").read_text().split()[-1]
    assert code == 0 and private.startswith("AGE-SECRET-KEY-1")
    name, _, public = out.strip().partition("=")
    folder = tmp_path / "backups"
    code, _, err = olievlek(env | {name: private}, tmp_path, "backup", "list")
    assert code == 2 and "a public key of age" in err and private not in err
    env |= {name: public, "OLIEVLEK_BACKUP_DIR": str(folder)}
    code, _, err = olievlek(env, tmp_path, "backup", "now")
    assert code == 1 and f"{folder} is no folder" in err
    code, _, err = olievlek(env, tmp_path, "backup", "list")
    assert code == 1 and f"{folder} is no folder" in err
    code, out, _ = olievlek(env, tmp_path, "check")
    assert code == 1 and f"encrypted backups: {folder} is no folder" in out
    folder.mkdir()
    assert olievlek(env, tmp_path, "backup", "now")[0] == 0
    listed = json.loads(olievlek(env, tmp_path, "backup", "list", "--json")[1])
    assert {each["kind"] for each in listed} == {"data", "keys"}
    [data] = [each["file"] for each in listed if each["kind"] == "data"]
    opening = ("backup", "open", data, "plain.db", "--identity", "key.txt")
    code, _, err = olievlek(env, tmp_path, *opening[:-1], "none.txt")
    assert code == 1 and "there is no file none.txt" in err
    assert olievlek(env, tmp_path, *opening)[0] == 0
    code, _, err = olievlek(env, tmp_path, *opening)
    assert code == 1 and "plain.db exists already" in err
    (tmp_path / "demo.db").unlink()
    assert olievlek(env, tmp_path, "db", "restore", "plain.db", "--yes")[0] == 0
    assert olievlek(env, tmp_path, *EXPORT)[0] == 0
