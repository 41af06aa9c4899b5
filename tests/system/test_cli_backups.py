"""Encrypted backups on the command line."""

import json
from pathlib import Path

from bot.store.keys.master_key import new_secret_key
from tests.support import s3
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


def test_a_trial_restores_the_newest_and_says_what_is_not_whole(tmp_path: Path) -> None:
    env = chats(tmp_path, STORY)
    name, _, public = olievlek(env, tmp_path, "backup", "key", "key.txt")[1].strip().partition("=")
    folder = tmp_path / "backups"
    folder.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env |= {name: public, "OLIEVLEK_BACKUP_DIR": str(folder), "TMPDIR": str(temporary)}
    trying = ("backup", "try", "--identity", "key.txt")
    code, _, err = olievlek(env, tmp_path, *trying)
    assert code == 1 and f"there is no backup in {folder}" in err
    assert olievlek(env, tmp_path, "backup", "now")[0] == 0
    before = {file: file.read_bytes() for file in folder.rglob("*.age")}
    code, out, err = olievlek(env, tmp_path, *trying)
    assert (code, out.count("\n"), err) == (0, 1, "") and "Members: 1." in out, (out, err)
    code, out, _ = olievlek(env, tmp_path, *trying, "--json")
    [found] = json.loads(out)
    assert (found["members"], found["reflections"]) == (1, 1)
    assert {file: file.read_bytes() for file in folder.rglob("*.age")} == before
    assert len([*folder.glob("olievlek-trial-*.txt")]) == 1
    assert [*temporary.iterdir()] == []
    # The keys of another database, another master key, and a file that is cut off.
    [data], [keys] = folder.glob("*-data-*"), folder.glob("keys/*-keys-*")
    other = {"OLIEVLEK_SECRET_KEY": new_secret_key()}
    code, _, err = olievlek(env | other, tmp_path, *trying)
    assert code == 1 and err.startswith("olievlek: "), err
    data.write_bytes(data.read_bytes()[:-100])
    code, _, err = olievlek(env, tmp_path, *trying)
    assert code == 1 and err.count("\n") == 1, err
    data.write_bytes(keys.read_bytes())
    code, _, err = olievlek(env, tmp_path, *trying)
    assert code == 1 and err.count("\n") == 1, err


def test_a_bucket_is_used_as_a_folder_is_and_its_credentials_are_shown_nowhere(
    tmp_path: Path,
) -> None:
    env = chats(tmp_path, STORY)
    name, _, public = olievlek(env, tmp_path, "backup", "key", "key.txt")[1].strip().partition("=")
    with s3.s3_service() as url:
        env |= {name: public, **s3.settings(url)}
        shown = []
        for words in (("now",), ("list", "--json"), ("try", "--identity", "key.txt")):
            code, out, err = olievlek(env, tmp_path, "backup", *words)
            shown += [out, err]
            assert code == 0, (words, out, err)
        places = [each["file"] for each in json.loads(shown[2]) if each["kind"] == "data"]
        assert places[0].startswith(f"s3://{s3.BUCKET}/bot/olievlek-data-")
        opening = ("backup", "open", places[0], "plain.db", "--identity", "key.txt")
        assert olievlek(env, tmp_path, *opening)[0] == 0 and (tmp_path / "plain.db").exists()
        code, out, _ = olievlek(env, tmp_path, "check")
        shown.append(out)
        assert "encrypted backups: ok" in out
    code, out, _ = olievlek(env, tmp_path, "check")
    shown.append(out)
    assert code == 1 and f"encrypted backups: s3://{s3.BUCKET}/bot cannot be used" in out
    code, out, err = olievlek(env, tmp_path, "backup", "now")
    shown += [out, err]
    assert code == 3 and err.count("\n") == 1
    assert not any(s3.SECRET_ACCESS_KEY in text or s3.ACCESS_KEY_ID in text for text in shown)
    code, _, err = olievlek(env | {"OLIEVLEK_BACKUP_DIR": "."}, tmp_path, "backup", "now")
    assert code == 2 and "OLIEVLEK_BACKUP_DIR and OLIEVLEK_S3_BUCKET are both set" in err
    del env["OLIEVLEK_S3_SECRET_ACCESS_KEY"]
    code, _, err = olievlek(env, tmp_path, "backup", "now")
    assert code == 2 and "OLIEVLEK_S3_SECRET_ACCESS_KEY is not set" in err
