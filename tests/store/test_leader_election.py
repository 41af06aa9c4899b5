"""Who leads: one replica at a time, and another as soon as that one is gone."""

import asyncio

from sqlalchemy import select, text

from bot.startup import prepare
from bot.store.db.engine import Database
from bot.store.db.locks.leader_election import leadership
from bot.store.members.vault import Vault
from bot.store.schema.challenges import SetVersionRow
from tests.support.fakes import FixedClock


async def held(database: Database, name: str, held_by: list[str], who: str) -> None:
    """Leads as soon as it may, until cancelled or until the lead is lost."""
    async with leadership(database, name) as lost:
        held_by.append(who)
        await lost.wait()


async def seen(held_by: list[str], count: int) -> None:
    """Waits until so many have led."""
    async with asyncio.timeout(20):
        while len(held_by) < count:
            await asyncio.sleep(0.02)


async def test_one_process_leads_at_once(database: Database) -> None:
    held_by: list[str] = []
    leads = asyncio.create_task(held(database, "telegram", held_by, "a"))
    await seen(held_by, 1)
    leads.cancel()
    await asyncio.wait([leads])


async def test_one_replica_leads_and_the_next_takes_over(postgresql_url: str) -> None:
    first, second = Database(postgresql_url), Database(postgresql_url)
    held_by: list[str] = []
    one = asyncio.create_task(held(first, "telegram", held_by, "first"))
    await seen(held_by, 1)
    two = asyncio.create_task(held(second, "telegram", held_by, "second"))
    other = asyncio.create_task(held(second, "matrix", held_by, "second, elsewhere"))
    await seen(held_by, 2)
    await asyncio.sleep(1.5)
    assert held_by == ["first", "second, elsewhere"]
    one.cancel()
    await seen(held_by, 3)
    assert held_by[-1] == "second"
    for task in (two, other):
        task.cancel()
    await asyncio.wait([one, two, other])
    await first.close()
    await second.close()


async def test_a_lost_connection_is_a_lost_lead(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    held_by: list[str] = []
    one = asyncio.create_task(held(database, "telegram", held_by, "a"))
    await seen(held_by, 1)
    async with database.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database"
                " ON pg_database.oid = pg_locks.database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
        )
    async with asyncio.timeout(20):
        await one
    two = asyncio.create_task(held(database, "telegram", held_by, "b"))
    await seen(held_by, 2)
    two.cancel()
    await asyncio.wait([two])
    await database.close()


async def test_replicas_that_start_at_once_do_not_trip_over_each_other(
    postgresql_url: str, vault: Vault, clock: FixedClock
) -> None:
    replicas = [Database(postgresql_url) for _ in range(4)]
    await asyncio.gather(*(prepare(replica, vault, clock()) for replica in replicas))
    async with replicas[0].reading() as session:
        versions = (await session.scalars(select(SetVersionRow.number))).all()
    assert set(versions) == {1}
    for replica in replicas:
        await replica.close()
