"""The audit trail: one chain, that shows any change, and that nobody can change by accident."""

import asyncio
import json
from contextlib import suppress
from hashlib import sha256
from itertools import count

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.store.admin import audit
from bot.store.admin.audit import Action, Ending, NewEntry, Verification
from bot.store.db import migrate
from bot.store.db.column_types import follow_trail_with
from bot.store.db.engine import Database
from bot.store.keys.key_tables import AUDIT_HEAD
from bot.store.keys.rotation import rotate
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from tests.support.databases import SECRET_KEY
from tests.support.fakes import MONDAY

COLUMNS = [column.name for column in AuditEntryRow.__table__.columns]
DROP = {
    "sqlite": ("DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"),
    "postgresql": (
        "DROP TRIGGER audit_entries_no_update ON audit_entries",
        "DROP TRIGGER audit_entries_no_delete ON audit_entries",
    ),
}


@pytest.fixture
async def trail(database: Database) -> Database:
    """Five entries."""
    await migrate.upgrade(database)
    for number in range(1, 6):
        await records(database, number)
    return database


async def records(database: Database, number: int) -> None:
    """Somebody invites."""
    async with database.transaction() as session:
        act = NewEntry(audit.SYSTEM, Action.KEYS_ROTATED, "keys", f"é {number}")
        await audit.record(session, act, MONDAY)


async def verified(database: Database) -> Verification:
    """What following the chain says."""
    async with database.reading() as session:
        return await audit.verify(session)


async def test_a_trail_that_nobody_touched_is_whole(trail: Database) -> None:
    result = await verified(trail)
    assert (result.entries, result.broken) == (5, None)
    async with trail.reading() as session:
        rows = [row async for row in audit.entries(session)]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0].detail == "é 1" and rows[-1].hash == result.last_hash


async def test_an_empty_trail_is_whole(database: Database) -> None:
    await migrate.upgrade(database)
    assert await verified(database) == Verification(0, audit.FIRST_HASH, None)


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEntryRow).where(AuditEntryRow.number == 3).values(detail="x"),
        delete(AuditEntryRow).where(AuditEntryRow.number == 3),
    ],
)
async def test_both_databases_refuse_to_change_an_entry(trail: Database, change: object) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with trail.transaction() as session:
            await session.execute(change)  # type: ignore[call-overload]  # either statement
    assert (await verified(trail)).broken is None


@pytest.mark.parametrize("column", ["actor", "action", "subject", "detail", "hash"])
async def test_whatever_is_changed_is_named(trail: Database, column: str) -> None:
    await without_triggers(trail)
    async with trail.transaction() as session:
        await session.execute(
            update(AuditEntryRow).where(AuditEntryRow.number == 3).values({column: "x"})
        )
    assert (await verified(trail)).broken == 3


async def test_who_has_the_database_alone_cannot_write_the_chain_anew(trail: Database) -> None:
    await without_triggers(trail)
    async with trail.transaction() as session:
        rows = (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.number))).all()
        before = audit.FIRST_HASH
        for row in rows:  # as the program did, but without its key
            detail = "trainer" if row.number == 3 else row.detail
            at = row.at.isoformat(timespec="microseconds")
            values = [row.number, at, row.actor, row.action, row.subject, detail]
            canonical = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            before = sha256(f"{before}{canonical}".encode()).hexdigest()
            change = update(AuditEntryRow).where(AuditEntryRow.number == row.number)
            await session.execute(change.values(detail=detail, hash=before))
    assert (await verified(trail)).broken == 1


async def test_a_trail_is_whole_after_the_master_key_was_rotated(
    trail: Database, vault: Vault
) -> None:
    before = await verified(trail)
    new_key = await rotate(vault.store, vault.masters, lambda done, total: None)
    await Vault(new_key).unlock(trail)
    assert await verified(trail) == before
    await records(trail, 6)
    assert (await verified(trail)).broken is None


async def test_whatever_is_left_out_is_named(trail: Database) -> None:
    await without_triggers(trail)
    async with trail.transaction() as session:
        await session.execute(delete(AuditEntryRow).where(AuditEntryRow.number == 2))
    assert (await verified(trail)).broken == 2


async def test_whatever_is_slipped_in_is_named(trail: Database) -> None:
    async with trail.transaction() as session:
        last = await session.scalar(select(AuditEntryRow).where(AuditEntryRow.number == 5))
        assert last is not None
        values = {name: getattr(last, name) for name in COLUMNS}
        await session.execute(insert(AuditEntryRow).values(values | {"number": 6}))
    assert (await verified(trail)).broken == 6


async def test_an_act_that_is_rolled_back_leaves_no_entry(trail: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with trail.transaction() as session:
            act = NewEntry(audit.SYSTEM, Action.ERASED, audit.member(7))
            await audit.record(session, act, MONDAY)
            raise ZeroDivisionError
    await records(trail, 6)
    assert await verified(trail) != Verification(5, audit.FIRST_HASH, None)
    assert (await verified(trail)).entries == 6


async def test_the_chain_does_not_fork_when_many_write_at_once(
    trail: Database, vault: Vault
) -> None:
    others = [Database(trail.url, keys_url=vault.store.database.url) for _ in range(3)]  # replicas
    numbers = count(10)
    try:
        for other in others:
            await Vault(SECRET_KEY).unlock(other)
        await asyncio.gather(
            *(records(other, next(numbers)) for _ in range(5) for other in (trail, *others))
        )
    finally:
        for other in others:
            await other.close()
    result = await verified(trail)
    assert (result.entries, result.broken) == (25, None)
    assert await ended(trail, vault) is Ending.WHOLE


async def without_triggers(database: Database) -> None:
    """What somebody with all rights on the database can do."""
    async with database.transaction() as session:
        for statement in DROP[database.engine.dialect.name]:
            await session.execute(text(statement))


async def test_the_entries_of_a_team_newest_first(trail: Database) -> None:
    acts = [
        NewEntry("member:1", Action.INVITED, "team:7", "uses:5,until:2026-12-01"),
        NewEntry("member:1", Action.INVITED, "team:71"),
        NewEntry("member:1", Action.GRANTED, "member:2", "lead,team:7"),
        NewEntry("member:1", Action.PUBLISHED, "set:lef", "version:3,team:5,team:7,team:71"),
        NewEntry("member:1", Action.PUBLISHED, "set:lef", "version:3,team:71,team:17"),
    ]
    async with trail.transaction() as session:
        for act in acts:
            await audit.record(session, act, MONDAY)
    async with trail.reading() as session:
        newest = await audit.entries_of_team(session, 7, None, 2)
        assert [row.number for row in newest] == [9, 8]
        earlier = await audit.entries_of_team(session, 7, 8, 2)
        assert [row.number for row in earlier] == [6]


# -- the head, in the key store


async def ended(database: Database, vault: Vault) -> Ending:
    """How the end of the trail compares with its head."""
    head = await vault.audit_heads.read()
    async with database.reading() as session:
        return await audit.ending(session, head)


async def cut(database: Database, after: int) -> None:
    """Somebody who has the data, and not the keys, takes entries off the end."""
    with suppress(DBAPIError):
        await without_triggers(database)
    async with database.transaction() as session:
        await session.execute(delete(AuditEntryRow).where(AuditEntryRow.number > after))


async def test_an_end_that_is_cut_off_is_seen_whatever_is_written_after_it(
    trail: Database, vault: Vault
) -> None:
    assert await ended(trail, vault) is Ending.WHOLE
    await cut(trail, 3)
    assert (await verified(trail)).broken is None
    assert await ended(trail, vault) is Ending.CUT_OFF
    for number in range(14, 19):  # as many as were there, and more
        await records(trail, number)
        assert (await ended(trail, vault)).is_trouble
    assert (await verified(trail)).broken is None
    await cut(trail, 0)
    assert await ended(trail, vault) is Ending.CUT_OFF


async def test_a_crash_between_the_two_databases_is_no_alarm(trail: Database, vault: Vault) -> None:
    follow_trail_with(trail.engine.dialect, None)
    await records(trail, 6)
    await records(trail, 7)
    await vault.unlock(trail)  # as the next start does
    assert await ended(trail, vault) is Ending.BEHIND
    await records(trail, 8)
    assert await ended(trail, vault) is Ending.WHOLE


async def test_a_head_that_was_written_by_hand_is_none(trail: Database, vault: Vault) -> None:
    async with trail.reading() as session:
        rows = [row async for row in audit.entries(session)]
    await cut(trail, 3)
    async with vault.store.database.writing() as connection:
        values = {"number": 3, "hash": rows[2].hash}
        await connection.execute(update(AUDIT_HEAD).values(values))
    assert await ended(trail, vault) is Ending.NO_HEAD
    async with vault.store.database.writing() as connection:
        await connection.execute(delete(AUDIT_HEAD))
    await vault.unlock(trail)
    await records(trail, 4)
    assert await ended(trail, vault) is Ending.NO_HEAD


async def test_a_restore_shortens_it_rightly_also_when_it_is_cut_short_itself(
    trail: Database, vault: Vault
) -> None:
    head = await vault.audit_heads.read()
    await cut(trail, 3)
    act = NewEntry("operator:beheer", Action.RESTORED, "database", audit.seen(head))
    follow_trail_with(trail.engine.dialect, None)
    async with trail.transaction() as session:
        await audit.record(session, act, MONDAY)
    assert await ended(trail, vault) is Ending.BEHIND
    await vault.unlock(trail)
    async with trail.transaction() as session:
        await audit.record(session, act, MONDAY)
    assert await ended(trail, vault) is Ending.WHOLE
    await records(trail, 6)
    await cut(trail, 5)  # that entry names an older head
    assert await ended(trail, vault) is Ending.CUT_OFF


async def test_an_entry_stands_although_its_head_cannot_be_kept(
    trail: Database, vault: Vault
) -> None:
    async with vault.store.database.writing() as connection:
        await connection.execute(text("ALTER TABLE audit_head RENAME TO audit_head_away"))
    await records(trail, 6)
    assert (await verified(trail)).entries == 6
    async with vault.store.database.writing() as connection:
        await connection.execute(text("ALTER TABLE audit_head_away RENAME TO audit_head"))
    await records(trail, 7)
    assert await ended(trail, vault) is Ending.WHOLE
