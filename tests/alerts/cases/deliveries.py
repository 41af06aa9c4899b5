"""What comes in is not handled, or what goes out does not arrive."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select, update

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.store.schema.inbox import InboxRow
from bot.store.schema.outbox import OutboxRow
from tests.alerts.watch import Watch, provokes
from tests.support.databases import unlocked_by
from tests.support.full_disk import full_disk
from tests.support.population import all_are_due, enrol
from tests.support.processes import TOKEN, program, zone_at_noon
from tests.support.runbook_queries import connected, queries
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.faults import FaultKind
from tests.system.telegram_person import joins

RHYTHM = Rhythm(frozenset(Weekday), time(9, 30), ZoneInfo(zone_at_noon()))
# A platform's limit, and how often another program asks for more than that.
PER_SECOND, OTHERS_PAUSE = 3, 0.1


@provokes("OlievlekNudgesLate")
async def a_disk_is_full(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, someone = watch.env(server), server.person()
        async with unlocked_by(env) as database:
            now = datetime.now(UTC)
            await enrol(database, {someone.id: RHYTHM}, now)
            await all_are_due(database, now + timedelta(seconds=15))
            async with program(env, watch.folder) as started:
                await watch.is_calm()
                with full_disk(started.process.pid):
                    # It is full since six minutes ago.
                    await all_are_due(database, datetime.now(UTC) - timedelta(minutes=6))
                    await watch.fires("OlievlekDatabaseDown")
                await someone.receives("Lef:", timeout=60)
                await watch.ends()


@provokes("OlievlekNudgesFail")
async def another_program_uses_the_token(watch: Watch) -> None:
    async with BotApiServer(TOKEN, per_second=PER_SECOND) as server:
        env = watch.env(server)
        people = [server.person(number, f"Lid {number}") for number in range(100, 130)]
        async with unlocked_by(env) as database:
            now = datetime.now(UTC)
            await enrol(database, dict.fromkeys((each.id for each in people), RHYTHM), now)
        async with program(env, watch.folder) as started, unlocked_by(env) as database:
            await watch.is_calm()
            await all_are_due(database, datetime.now(UTC))  # which is seen within half a minute
            async with httpx.AsyncClient(base_url=f"{server.url}/bot{TOKEN}") as client:
                stranger = server.person(5, "Iemand anders")

                async def advertises() -> None:
                    text = {"chat_id": stranger.id, "text": "Reclame"}
                    await client.post("/sendMessage", json=text)
                    await asyncio.sleep(OTHERS_PAUSE)

                async with _goes_on(advertises):
                    await watch.fires()
            for words in ("nudge not sent", "Flood control"):
                await watch.logs(started, words)
            for person in people:
                await person.receives("Lef:", timeout=60)
            await watch.ends()


@provokes("OlievlekRepliesSlow")
async def a_platform_is_slow(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        numbers = count(1_000)

        async def writes() -> None:
            server.person(next(numbers)).types("/start")
            await asyncio.sleep(0.5)

        async with program(watch.env(server), watch.folder) as started:
            await watch.is_calm()
            server.delay("sendMessage", 6)
            async with _goes_on(writes):
                await watch.fires()
                await watch.logs(started, "message not sent")
                assert await watch.prometheus.query("olievlek_outbox_waiting > 10")
                server.delay("sendMessage", 0)
                await watch.ends()


@provokes("OlievlekInboxStuck")
async def a_transaction_is_left_open(watch: Watch) -> None:
    databases = watch.databases
    async with BotApiServer(TOKEN) as server, databases.server.database(databases.template) as url:
        env, someone = watch.env(server, DATABASE_URL=url), server.person()
        administrator, forgotten = await connected(url, "psql"), await connected(url, "psql")
        _, who_holds = queries("runbook.md")
        async with program(env, watch.folder) as started, unlocked_by(env) as database:
            await joins(someone)
            await watch.is_calm()
            await forgotten.execute("BEGIN; SELECT * FROM members FOR UPDATE")
            someone.types("/ritme ma-zo 9:00")
            await watch.logs(started, "what came in waits for the database")
            async with database.transaction() as session:  # it came in three minutes ago
                earlier = datetime.now(UTC) - timedelta(minutes=3)
                await session.execute(update(InboxRow).values(received_at=earlier))
            await watch.fires()
            await watch.logs(started, "lock timeout")
            [holder] = await administrator.fetch(who_holds)
            await administrator.execute("SELECT pg_terminate_backend($1)", holder["pid"])
            await someone.receives("Je volgende uitdaging komt", timeout=60)
            await watch.ends()
        await administrator.close()


@provokes("OlievlekOutboxStuck")
async def a_chat_is_refused(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, someone = watch.env(server), server.person()
        async with program(env, watch.folder) as started, unlocked_by(env) as database:
            await joins(someone)
            await watch.is_calm()
            server.random_faults(1, {FaultKind.INTERNAL: 1.0})
            someone.types("/ritme ma-zo 9:00")
            await started.says("message not sent", within=60)
            earlier = timedelta(minutes=16)
            async with database.transaction() as session:  # it was decided so long ago
                row = (await session.scalars(select(OutboxRow))).one()
                row.created_at, row.expires_at = row.created_at - earlier, row.expires_at - earlier
            await watch.fires()
            server.random_faults(1, {})
            await someone.receives("Je volgende uitdaging komt", timeout=60)
            await watch.ends()


@provokes("OlievlekSetAside")
async def a_release_has_a_fault(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, someone = watch.env(server), server.person()
        file = watch.folder / "olievlek.db"
        async with program(env, watch.folder) as started:
            await watch.is_calm()
            _execute(
                file,
                "CREATE TRIGGER fault BEFORE INSERT ON members BEGIN"
                " SELECT RAISE(ABORT, 'a fault'); END",
            )
            someone.types("/start")
            await watch.fires()
            await watch.logs(started, "set aside")
        code, out = await watch.command(env, "inbox", "list", "--json")
        [item] = json.loads(out)
        assert code == 0 and item["fault"] == "IntegrityError"
        _execute(file, "DROP TRIGGER fault")  # as the newer release does
        async with program(env, watch.folder):
            assert (await watch.command(env, "inbox", "retry"))[0] == 0
            await someone.receives("In welke taal", timeout=60)
            await watch.ends()


def _execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


@asynccontextmanager
async def _goes_on(happens: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Lets something happen again and again, until the end of the block."""

    async def again() -> None:
        while True:
            await happens()

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
