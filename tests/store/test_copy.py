"""A move from one database to another, in both directions."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.app import build
from bot.startup import open_database, prepare, unlock
from bot.store.admin.copy import copy_database
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow, ProcessedUpdateRow
from bot.store.schema.teams import ShownMenuRow
from tests.support.databases import SECRET_KEY, new_database, sqlite_url
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.support.migrations import INITIAL, with_later_migration
from tests.support.postgresql import PostgreSQL


@pytest.fixture
async def other(
    postgresql: PostgreSQL, database_kind: str, tmp_path: Path
) -> AsyncIterator[Database]:
    """An empty database of the other kind."""
    if database_kind == "sqlite":
        opening = new_database(postgresql)
    else:
        opening = open_database(sqlite_url(tmp_path / "other.db"))
    async with opening as opened:
        yield opened


def silent(done: int, total: int) -> None:
    """Tells nobody."""


async def history(member: FakeMember) -> None:
    """A month with all that a table can hold."""
    for answer, words in (
        ("Gedaan", "Er kwam meer achter vandaan 🙂"),
        ("Geprobeerd", "Het was vol"),
        (None, None),
        ("Gedaan", "Weer iets"),
    ):
        await member.round(answer, words)
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/nu")
    await member.presses("Andere")
    await member.presses("Later")


async def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is in it, opened."""
    await unlock(database, Vault(SECRET_KEY))
    async with database.reading() as session:
        return {
            table.name: [
                tuple(row)
                for row in await session.execute(select(table).order_by(*table.primary_key))
            ]
            for table in Base.metadata.sorted_tables
        }


async def test_everything_arrives_as_it_was(
    member: FakeMember, database: Database, other: Database
) -> None:
    await history(member)
    told: list[tuple[int, int]] = []
    counts = await copy_database(database, other, lambda done, total: told.append((done, total)))
    before, after = await rows_of(database), await rows_of(other)
    assert before == after
    assert counts == {name: len(rows) for name, rows in after.items()}
    assert {"members", "nudges", "reflections", "absences", "receipts"} <= {
        name for name, count in counts.items() if count
    }
    assert told[-1] == (sum(counts.values()), sum(counts.values()))


async def test_the_bot_goes_on_where_it_was(
    member: FakeMember,
    database: Database,
    other: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    await history(member)
    questions = ("/reeks", "/terugblik", "/privacy")
    said_before, said_after = [], []
    for question in questions:
        await member.says(question)
        said_before.append(member.last.text)
    await copy_database(database, other, silent)
    await prepare(other, vault, clock())
    moved = FakeMember(
        build(other, vault, [fake_channel], clock),
        fake_channel,
        clock,
        "",
    )
    moved.address, moved.said = member.address, member.said
    for question in questions:
        await moved.says(question)
        said_after.append(moved.last.text)
    assert said_before == said_after and "Er kwam meer achter vandaan 🙂" in said_after[1]
    before = await moved.streak()
    await moved.waits_for_nudge()
    await moved.round("Gedaan", "En verder")
    assert await moved.streak() != before


async def test_no_number_is_given_out_again_on_the_other_side(
    member: FakeMember,
    database: Database,
    other: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    await member.round("Gedaan", "iets")
    row, [nudge] = await member.member(), await member.nudges()
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    await copy_database(database, other, silent)
    await prepare(other, vault, clock())
    application = build(other, vault, [fake_channel], clock)
    new = FakeMember(application, fake_channel, clock, "nieuw")
    await new.joins()
    await new.round("Gedaan", "iets anders")
    assert (await new.member()).id > row.id
    assert (await new.nudges())[0].id > nudge.id


async def test_a_database_that_is_in_use_is_no_target(
    member: FakeMember,
    database: Database,
    other: Database,
    vault: Vault,
    clock: FixedClock,
    tmp_path: Path,
) -> None:
    await prepare(other, vault, clock())
    async with other.transaction() as session:
        await members.add_member(session, "paper", "iemand", "nl", "Europe/Amsterdam", clock())
    before = await rows_of(other)
    with pytest.raises(OperationRefused, match="TO holds members or nudges already"):
        await copy_database(database, other, silent)
    assert await rows_of(other) == before
    other.migrations = with_later_migration(tmp_path)
    with pytest.raises(OperationRefused, match="TO holds members or nudges already"):
        await copy_database(database, other, silent)
    assert (await migrate.schema_state(other)).current == INITIAL


async def test_what_a_first_start_left_there_makes_way(
    member: FakeMember, database: Database, other: Database, vault: Vault, clock: FixedClock
) -> None:
    clock.passes(hours=1)
    await prepare(other, vault, clock())
    async with other.transaction() as session:
        session.add_all(
            [
                ProcessedUpdateRow(channel="paper", key="x", processed_at=clock()),
                ShownMenuRow(channel="paper", address="sanne", digest="x"),
            ]
        )
    await copy_database(database, other, silent)
    assert await rows_of(database) == await rows_of(other)


async def test_a_copy_that_breaks_off_leaves_nothing(
    member: FakeMember, database: Database, other: Database
) -> None:
    class PowerCut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done == total:
            raise PowerCut

    await history(member)
    with pytest.raises(PowerCut):
        await copy_database(database, other, cut)
    assert {name: len(rows) for name, rows in (await rows_of(other)).items() if rows} == {}
    await copy_database(database, other, silent)
    assert await rows_of(database) == await rows_of(other)


async def test_it_is_read_as_it_was_at_one_moment(
    member: FakeMember, database: Database, other: Database
) -> None:
    async def write() -> None:
        async with open_database(database.url.render_as_string(hide_password=False)) as second:
            async with second.transaction() as session:
                await session.execute(text("UPDATE members SET language = 'en'"))
                session.add(ProcessedUpdateRow(channel="late", key="1", processed_at=MONDAY))

    def meanwhile(done: int, total: int) -> None:
        with ThreadPoolExecutor() as pool:
            if not written:
                written.append(pool.submit(asyncio.run, write()).result())

    written: list[None] = []
    await history(member)
    before = await rows_of(database)
    await copy_database(database, other, meanwhile)
    assert await rows_of(other) == before != await rows_of(database)


async def test_only_a_database_of_ours_that_is_up_to_date_can_be_copied(
    empty_database: Database, other: Database
) -> None:
    with pytest.raises(OperationRefused, match="FROM is not a database of olievlek"):
        await copy_database(empty_database, other, silent)
    await migrate.upgrade(empty_database)
    await migrate.upgrade(other)
    async with other.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OperationRefused, match="TO was made by a newer version"):
        await copy_database(empty_database, other, silent)
    async with empty_database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(
        OperationRefused, match="FROM was made by a version of olievlek from before"
    ):
        await copy_database(empty_database, other, silent)


async def test_a_database_that_is_not_up_to_date_is_not_copied(
    empty_database: Database, other: Database, tmp_path: Path
) -> None:
    await migrate.upgrade(empty_database)
    empty_database.migrations = with_later_migration(tmp_path)
    with pytest.raises(OperationRefused, match="FROM is not up to date"):
        await copy_database(empty_database, other, silent)


async def test_an_empty_database_copies_as_well(empty_database: Database, other: Database) -> None:
    await migrate.upgrade(empty_database)
    assert set((await copy_database(empty_database, other, silent)).values()) == {0}
    await unlock(other, Vault(SECRET_KEY))
    async with other.transaction() as session:
        row = await members.add_member(session, "paper", "eerste", "nl", "Europe/Amsterdam", MONDAY)
        assert row.id == 1
    async with other.reading() as session:
        assert await session.scalar(select(func.count()).select_from(NudgeRow)) == 0
        assert await session.scalar(select(MemberRow.joined_at)) == MONDAY
