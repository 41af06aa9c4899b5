"""Nobody is told that all is erased before it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, type_coerce

from bot.app import Application
from bot.messages import Content, Typed
from bot.store.db.engine import Database
from bot.store.keys.key_store import KeyStore
from bot.store.keys.key_tables import MEMBER_KEYS
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import ReflectionRow
from tests.delivery.outages import waiting
from tests.support.databases import on_sqlite
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

NAME, ADDRESS = "Zeldzaamnaam", "zeldzaamadres"


class Unmarked(FakeMember):
    """Somebody whose address is in no id of the platform's."""

    async def does(self, content: Content, key: str | None = None) -> None:
        """Hands something of theirs over under a number."""
        if isinstance(content, Typed):
            content = Typed(content.text, f"m{self.said}")
        await super().does(content, key or f"u{self.said}")


@pytest.fixture
async def person(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> FakeMember:
    """Somebody who wrote a reflection, and is asked whether all is to be erased."""
    someone = Unmarked(application, fake_channel, clock, ADDRESS, called=NAME)
    await someone.joins()
    await someone.round("Gedaan", "Wat ik schreef")
    await someone.says("/vergeetmij")
    return someone


async def canaries(database: Database) -> list[bytes]:
    """What stands on the disk of somebody: their key, and their name, address and words, sealed."""
    async with database.reading() as session:
        stored = [
            (await session.scalars(select(type_coerce(column, LargeBinary)))).one()
            for column in (MemberRow.name, AddressRow.address, ReflectionRow.sealed)
        ]
    keys = KeyStore(database.keys_url)
    async with keys.database.reading() as session:
        key = (await session.scalars(select(MEMBER_KEYS.c.wrapped))).one()
    await keys.close()
    return [key, *stored]


def on_disk(tmp_path: Path) -> bytes:
    """The database and all files beside it."""
    return b"".join(file.read_bytes() for file in tmp_path.glob("test*"))


@contextmanager
def somebody_reads(file: Path) -> Iterator[None]:
    """Another program reads the database, as a backup does."""
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM members").fetchone()
        yield


@on_sqlite
async def test_nothing_of_them_is_on_the_disk_when_they_are_told(
    person: FakeMember, database: Database, tmp_path: Path
) -> None:
    birds = await canaries(database)
    assert all(bird in on_disk(tmp_path) for bird in birds)
    await person.presses("Ja, wis alles")
    assert "Alles is gewist" in person.last.text
    assert [bird for bird in birds if bird in on_disk(tmp_path)] == []
    assert await waiting(person.application) == []


@on_sqlite
async def test_while_somebody_reads_the_database_they_hear_that_traces_are_left(
    person: FakeMember, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    birds = await canaries(database)
    with somebody_reads(tmp_path / "test.db"):
        await person.presses("Ja, wis alles")
        assert "Op de schijf staan nog resten" in person.last.text
        assert not any("Alles is gewist" in message.text for message in person.messages)
        assert person.notice is None
        assert any(bird in on_disk(tmp_path) for bird in birds)
        clock.passes(minutes=1)
        edits = person.last.edits
        await person.application.outbox_sender.tick()
        assert person.last.edits == edits  # they are told once
    clock.passes(minutes=1)
    await person.application.outbox_sender.tick()
    assert "Alles is gewist" in person.last.text
    assert [bird for bird in birds if bird in on_disk(tmp_path)] == []
    assert await waiting(person.application) == []


@on_sqlite
async def test_a_checkpoint_says_whether_the_log_is_empty(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    with somebody_reads(tmp_path / "test.db"):
        await member.says("/nu")
        assert not await database.checkpoint_wal()
    assert await database.checkpoint_wal()
    assert (tmp_path / "test.db-wal").stat().st_size == 0


async def test_every_chat_of_theirs_hears_it_and_gets_nothing_else(
    person: FakeMember, application: Application, fake_channel: FakeChannel
) -> None:
    async with application.database.transaction() as session:
        row = await session.merge(await person.member())
        chat = AddressRow(member_id=row.id, channel=fake_channel.name, address="other-chat")
        session.add(chat)
    await person.presses("Ja, wis alles")
    [other] = fake_channel.messages["other-chat"]
    assert "Alles is gewist" in other.text and "Alles is gewist" in person.last.text
