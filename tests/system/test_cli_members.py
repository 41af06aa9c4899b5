"""What an operator does with what is kept about one person."""

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bot.startup import unlock
from bot.store.lifecycle.linking import links
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.outbox import OutboxRow
from tests.support.command_line import olievlek
from tests.support.databases import unlocked_by
from tests.support.processes import environment
from tests.system.demo_database import EXPORT, STORY, chats, moves_to_telegram


def test_an_operator_exports_and_erases(tmp_path: Path) -> None:
    database = tmp_path / "demo.db"
    story = "/start\n1\n/ritme ma-vr 9:30\n/spring\n1\nIets bijzonders\n"
    olievlek(environment(tmp_path), tmp_path, "demo", "--database", str(database), given=story)
    env = environment(
        tmp_path,
        DATABASE_URL=f"sqlite+aiosqlite:///{database}",
        SECRET_KEY=(tmp_path / "demo.db.key").read_text(),
    )
    code, out, _ = olievlek(env, tmp_path, *EXPORT)
    assert code == 0 and "olievlek-terminal-demo.zip is written" in out
    with zipfile.ZipFile(tmp_path / "olievlek-terminal-demo.zip") as archive:
        assert "Iets bijzonders" in archive.read("reflections.csv").decode()
    with closing(sqlite3.connect(tmp_path / "demo-keys.db")) as keys, keys:
        keys.execute("DELETE FROM member_keys")
    code, out, err = olievlek(env, tmp_path, *EXPORT)
    assert code == 0 and "is written" in out and "1 note in the file has no text" in err
    assert "the keys to what 1 people wrote are gone" in olievlek(env, tmp_path, "check")[1]
    assert (olievlek(env, tmp_path, "member", "erase", "terminal:demo", given="n\n"))[0] == 1
    assert (olievlek(env, tmp_path, "member", "erase", "terminal:demo", "--yes"))[0] == 0
    code, _, err = olievlek(env, tmp_path, *EXPORT)
    assert (code, err) == (1, "nobody takes part as terminal:demo\n")
    assert (olievlek(env, tmp_path, "member", "erase", "terminal:x", "--yes"))[0] == 1
    assert (olievlek(env, tmp_path, "member", "export", "sanne"))[0] == 2
    code, out, _ = olievlek(env, tmp_path, "sets", "list", "--json")
    names = [row["set"] for row in json.loads(out)]
    assert code == 0 and "nieuwsgierig" in names
    assert (olievlek(env, tmp_path, "sets", "show", names[0]))[0] == 0
    assert (olievlek(env, tmp_path, "sets", "show", "none"))[0] == 1


def test_erasing_is_not_done_while_somebody_reads_what_the_log_still_holds(tmp_path: Path) -> None:
    env, place = chats(tmp_path, STORY), tmp_path / "demo.db"
    asyncio.run(moves_to_telegram(env))  # a chat that a bot which runs can clear
    erase = ("member", "erase", "telegram:7", "--yes")
    with closing(sqlite3.connect(place, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM members").fetchone()
        code, out, err = olievlek(env, tmp_path, *erase)
        assert (code, out) == (1, "") and "the log beside it still holds traces" in err
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT count(*) FROM members").fetchone() == (0,)
        assert connection.execute("SELECT channel FROM outbox").fetchall() == [("telegram",)]


def test_erasing_a_chat_in_the_week_of_its_link_leaves_the_other_and_tells_it(
    tmp_path: Path,
) -> None:
    env = chats(tmp_path, STORY)
    asyncio.run(moves_to_telegram(env))
    asyncio.run(links_a_chat(env))
    assert (olievlek(env, tmp_path, "member", "erase", "matrix:@sanne:olie.test", "--yes"))[0] == 0
    code, _, err = olievlek(env, tmp_path, "member", "erase", "matrix:@sanne:olie.test", "--yes")
    assert code == 1 and "nobody takes part as matrix" in err
    waiting = asyncio.run(waiting_for(env, "telegram"))
    assert any(key.startswith("unlinked-") for key in waiting)
    assert (olievlek(env, tmp_path, "member", "erase", "telegram:7", "--yes"))[0] == 0


async def links_a_chat(env: Mapping[str, str]) -> None:
    """Somebody on Matrix with a diary of their own links it with the one on Telegram."""
    async with unlocked_by(env) as database, database.transaction() as session:
        vault, at = Vault(env["OLIEVLEK_SECRET_KEY"]), datetime.now(UTC)
        await unlock(database, vault)
        owner = await members.find_member(session, "telegram", "7")
        zone = "Europe/Amsterdam"
        other = await members.add_member(session, "matrix", "@sanne:olie.test", "nl", zone, at)
        assert owner is not None
        await session.flush()
        await links.link_members(session, owner, other, at, is_new=False)


async def waiting_for(env: Mapping[str, str], channel: str) -> list[str]:
    """The keys of what waits to be sent there."""
    async with unlocked_by(env) as database, database.reading() as session:
        query = select(OutboxRow.key).where(OutboxRow.channel == channel)
        return list((await session.scalars(query)).all())
