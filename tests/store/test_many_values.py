"""Ids and new rows as one parameter each, and plans that are made for the tables as they are."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.core.rhythm.rhythm import WORKWEEK
from bot.startup import prepare
from bot.store.challenges import catalogue, history
from bot.store.db.engine import Database
from bot.store.db.many_values import insert_of, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.members import due_members, members
from bot.store.members.absences import absences_of
from bot.store.members.vault import Vault
from bot.store.nudges import nudges, round_counts, silences
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from tests.support.databases import on_sqlite, statements_of

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
TABLE = re.compile(r"SCAN (?!json_each|anon_|\(|CONSTANT)")
EXECUTIONS = 8  # PostgreSQL may keep a plan from the sixth on
MEMBERS = [{"id": number, "language": "nl"} for number in range(1, 201)]
SHARED = {
    "weekdays": WORKWEEK,
    "nudge_time": time(9, 30),
    "zone": "Europe/Amsterdam",
    "joined_at": AT,
    "seen_on": AT.date(),
}
ROWS_READ = text(
    "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    " WHERE relname = :table"
)
ABOUT_MEMBERS = ("members", "nudges", "challenge_histories", "round_counts")


async def insert_members(session: AsyncSession) -> None:
    connection = await session.connection()
    await connection.execute(*insert_of(connection.dialect.name, MemberRow, MEMBERS, SHARED))


async def insert_unanswered_nudges(session: AsyncSession, member_ids: range) -> None:
    challenge_id = await session.scalar(select(ChallengeRow.id).limit(1))
    rows = [{"member_id": member_id} for member_id in member_ids]
    shared = {
        "challenge_id": challenge_id,
        "round_at": AT,
        "day": AT.date(),
        "per_week": 5,
        "sent_at": AT,
    }
    connection = await session.connection()
    await connection.execute(*insert_of(connection.dialect.name, NudgeRow, rows, shared))


async def rows_read(session: AsyncSession, table: str) -> int:
    """Returns how many rows of a table PostgreSQL read on this connection, so far."""
    return int(await session.scalar(ROWS_READ, {"table": table}) or 0)


async def ask_for_histories(session: AsyncSession, member_ids: range) -> None:
    for _ in range(EXECUTIONS):
        await silences.recent_rounds(session, member_ids, AT)
        recipients = await history.recipients(session, member_ids, AT, planned=True)
        assert recipients.keys() == set(member_ids)


async def test_postgresql_reads_only_the_rows_of_the_members_it_is_asked_for(
    postgresql_url: str, vault: Vault
) -> None:
    """Neither with a plan kept from empty tables, nor because it believes them to be small."""
    database = Database(postgresql_url)
    await prepare(database, vault, now())
    async with database.transaction() as session:
        await insert_members(session)
        await session.execute(text("ANALYZE nudges, challenge_histories, round_counts"))
        await ask_for_histories(session, range(1, 201))
        await insert_unanswered_nudges(session, range(11, 201))
        await history.recipients(session, range(11, 201), AT, planned=True)  # are stored now
        before = {table: await rows_read(session, table) for table in ABOUT_MEMBERS}
        await ask_for_histories(session, range(1, 21))  # ten of them are new
        for table in ABOUT_MEMBERS:
            # Of each member one row, for each of at most three statements.
            assert await rows_read(session, table) - before[table] <= 20 * EXECUTIONS * 3, table
    async with database.transaction() as session:  # the next one goes on as PostgreSQL sees fit
        assert await session.scalar(text("SHOW enable_seqscan")) == "on"
    await database.close()


@pytest.mark.parametrize(
    ("table", "ask"),
    [
        ("addresses", lambda session, ids: members.addresses_of(session, dict.fromkeys(ids), [])),
        ("absences", absences_of),
        ("nudges", nudges.pending_of),
    ],
)
async def test_nor_of_what_else_a_claim_asks_for(
    postgresql_url: str,
    vault: Vault,
    table: str,
    ask: Callable[[AsyncSession, range], Awaitable[object]],
) -> None:
    database = Database(postgresql_url)
    await prepare(database, vault, now())
    async with database.transaction() as session:
        await insert_members(session)
        await session.execute(text("ANALYZE addresses, absences, nudges"))
        for _ in range(EXECUTIONS):
            await ask(session, range(1, 21))
        connection = await session.connection()
        ids = range(1, 201)
        addresses = [{"member_id": member_id, "address": str(member_id)} for member_id in ids]
        absences = [{"member_id": member_id, "first_day": AT.date()} for member_id in ids]
        dialect = connection.dialect.name
        telegram = {"channel": "telegram"}
        await connection.execute(*insert_of(dialect, AddressRow, addresses, telegram))
        await connection.execute(*insert_of(dialect, AbsenceRow, absences, {"planned": True}))
        await insert_unanswered_nudges(session, ids)
        await session.execute(update(NudgeRow).values(send_at=AT))
        before = await rows_read(session, table)
        for _ in range(EXECUTIONS):
            await ask(session, range(1, 21))
        read = await rows_read(session, table) - before
        assert 0 < read <= 20 * EXECUTIONS * 2  # an index may still have a row as it was
    await database.close()


async def test_a_savepoint_that_is_rolled_back_takes_no_index_from_what_follows(
    postgresql_url: str,
) -> None:
    database = Database(postgresql_url)
    async with database.transaction() as session:
        with pytest.raises(LookupError):
            async with session.begin_nested():
                await find_by_index(session)
                raise LookupError
        await find_by_index(session)
        assert await session.scalar(text("SHOW enable_seqscan")) == "off"
    await database.close()


@pytest.mark.parametrize("ids", [[], [2], [3, 1], [1, 2, 3, 999]])
async def test_one_parameter_holds_any_number_of_ids(database: Database, ids: list[int]) -> None:
    async with database.transaction() as session:
        await insert_members(session)
        found = await session.scalars(select(MemberRow).where(is_one_of(MemberRow.id, ids)))
        assert {member.id: member.weekdays for member in found} == {
            number: WORKWEEK for number in ids if number != 999
        }


IDS = [1, 2]


@on_sqlite
@pytest.mark.parametrize(
    "ask",
    [
        lambda session: absences_of(session, IDS),
        lambda session: members.addresses_of(session, dict.fromkeys(IDS), ["telegram"]),
        lambda session: nudges.pending_of(session, IDS),
        lambda session: silences.recent_rounds(session, IDS, AT),
        lambda session: silences.lease_question(session, IDS, AT),
        lambda session: catalogue.teams_of(session, IDS),
        lambda session: history.recipients(session, IDS, AT, planned=True),
        lambda session: history.discard(session, IDS),
        lambda session: round_counts.of_members(session, IDS),
        lambda session: due_members.reschedule(session, dict.fromkeys(IDS, AT), []),
        lambda session: due_members.fall_quiet(session, IDS, AT),
    ],
)
async def test_on_sqlite_ids_are_found_by_an_index(
    database: Database, ask: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    async with database.transaction() as session:
        await insert_members(session)
        with statements_of(database) as asked:
            await ask(session)
        connection = await session.connection()
        about_ids = [statement for statement in asked if "json_each" in statement]
        assert about_ids
        for statement in about_ids:
            unknown = (None,) * statement.count("?")
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", unknown)
            steps = [str(row.detail) for row in plan]
            assert [step for step in steps if step.startswith("SCAN") and TABLE.search(step)] == []
