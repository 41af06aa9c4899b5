"""`kill -9` between what people type and what they are answered: each is handled and confirmed.

`--kills` says how often, `--seed` when. What each test prints is a line of a table: kills, typed,
handled, lost, doubled, in flight at the kills, waiting at the kills.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.delivery.outbox.stored_messages import label, load_message
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.inbox import InboxRow
from bot.store.schema.nudges import ProcessedUpdateRow
from bot.store.schema.outbox import OutboxRow
from tests.support.population import enrol
from tests.support.postgresql import PostgreSQL
from tests.support.processes import Program, full_speed, on_telegram, program, zone_at_noon
from tests.support.telegram.process import ServerProcess, server_process
from tests.system.wishes import confirmed, wish

pytestmark = pytest.mark.timeout(0)  # as long as the number of kills asks for

PEOPLE = range(2001, 2021)
REPLICAS = 3
ON_ITS_WAY = 0.03  # seconds that a message takes
DONE_WITHIN = 120.0
LULL = 10  # of so many lives one is not cut short: a chat gets an answer a second at most


@dataclass
class Talk:
    """People who each ask for another rhythm again and again, and read what they are answered.

    Each message asks for a minute of its own, so that its confirmation can be recognized.
    """

    database: Database
    vault: Vault
    server: ServerProcess
    dice: random.Random
    kills: int = 0
    waited: int = 0
    in_flight: int = 0
    answered: int = 0
    typed: dict[int, list[str]] = field(default_factory=lambda: {who: [] for who in PEOPLE})

    async def enrol(self) -> None:
        """Everyone takes part."""
        rhythm = Rhythm(frozenset(Weekday), time(9, 30), ZoneInfo(zone_at_noon()))
        await enrol(self.database, dict.fromkeys(PEOPLE, rhythm), datetime.now(UTC))
        await self.server.people(PEOPLE)

    async def everyone_types(self) -> None:
        """Each asks for the next minute."""
        for who, asked in self.typed.items():
            at = wish(len(asked))
            asked.append(at)
            await self.server.types(who, f"/ritme ma-zo {at}")

    async def kill(self, killed: Program) -> None:
        """The power goes, after a random number of answers; notes what was not known to arrive."""
        answers = self.answered + self.dice.randint(0, len(PEOPLE))
        async with asyncio.timeout(DONE_WITHIN):
            while (await self.server.counters()).sent < answers:
                await asyncio.sleep(0.002)
        await asyncio.sleep(self.dice.uniform(0, ON_ITS_WAY))
        await killed.is_killed()
        self.answered = (await self.server.counters()).sent
        self.kills += 1
        await asyncio.sleep(2 * ON_ITS_WAY)  # what the server had then arrives
        await self._look_what_waits()

    async def lull(self) -> None:
        """Waits until everything is answered."""
        try:
            async with asyncio.timeout(DONE_WITHIN):
                assert await self.server.until_processed()
                # In this order: what is handled is in the outbox before it leaves the inbox.
                while await self._count(InboxRow) or await self._count(OutboxRow):
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            came_in, goes_out = await self._count(InboxRow), await self._count(OutboxRow)
            left = f"{came_in} in the inbox and {goes_out} in the outbox"
            raise AssertionError(f"after {self.kills} kills there are still {left}") from error
        self.answered = (await self.server.counters()).sent

    async def ends(self) -> str:
        """Waits until everything is answered; returns a line of the table, and checks it."""
        await self.lull()
        confirmed = {who: await self._confirmations(who) for who in PEOPLE}
        lost = [at for who, asked in self.typed.items() for at in asked if not confirmed[who][at]]
        doubled = sum(times - 1 for found in confirmed.values() for times in found.values())
        handled = await self._count(ProcessedUpdateRow)
        typed = sum(map(len, self.typed.values()))
        assert not lost
        assert handled == typed
        assert doubled <= self.in_flight
        counts = (self.kills, typed, handled, len(lost), doubled, self.in_flight, self.waited)
        return f"| {' | '.join(map(str, counts))} |"

    async def _look_what_waits(self) -> None:
        """Counts what waits at a kill, and what of that was in flight: it arrived all the same."""
        async with self.database.reading() as session:
            rows = (await session.scalars(select(OutboxRow))).all()
        self.waited += len(rows)
        for row in rows:
            content = self.vault.open_waiting(label(row.channel, row.key), row.sealed)
            text = load_message(content).text
            inbox = await self.server.inbox(int(row.address))
            self.in_flight += any(seen.words == text for seen in inbox)

    async def _confirmations(self, who: int) -> Counter[str]:
        """Counts what confirms each wish, and checks that they came in order."""
        inbox = await self.server.inbox(who)
        found = [at for seen in inbox if (at := confirmed(seen.words)) is not None]
        first_seen = list(dict.fromkeys(found))
        assert first_seen == self.typed[who][: len(first_seen)]
        return Counter(found)

    async def _count(self, table: type[InboxRow | OutboxRow | ProcessedUpdateRow]) -> int:
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the program is killed."""
    return int(request.config.getoption("--kills"))


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """When it is killed."""
    return random.Random(int(request.config.getoption("--seed")))


@pytest.fixture
async def server() -> AsyncIterator[ServerProcess]:
    """The Bot API."""
    async with server_process() as started:
        await started.delay("sendMessage", ON_ITS_WAY)
        yield started


async def _ready(
    env: dict[str, str], opened: AsyncExitStack, server: ServerProcess, dice: random.Random
) -> Talk:
    """Returns a talk with everyone enrolled, on the database of this program."""
    vault = Vault(env["OLIEVLEK_SECRET_KEY"])
    database = await opened.enter_async_context(open_database(env["OLIEVLEK_DATABASE_URL"]))
    await prepare(database, vault, datetime.now(UTC))
    talk = Talk(database, vault, server, dice)
    await talk.enrol()
    return talk


async def test_whoever_types_is_answered_across_kills(
    tmp_path: Path, server: ServerProcess, kills: int, dice: random.Random
) -> None:
    env = on_telegram(server, tmp_path, **full_speed())
    async with AsyncExitStack() as opened:
        talk = await _ready(env, opened, server, dice)
        for number in range(kills):
            if number and number % LULL == 0:
                async with program(env, tmp_path):
                    await talk.lull()
                assert await server.until_deserted()
            async with program(env, tmp_path) as victim:
                await victim.says("leading")
                await talk.everyone_types()
                await talk.kill(victim)
            assert await server.until_deserted()
        async with program(env, tmp_path):
            print(f"\nSQLite {await talk.ends()}")


@pytest.mark.replicas
async def test_whoever_types_is_answered_while_replicas_are_killed(
    tmp_path: Path, server: ServerProcess, postgresql: PostgreSQL, kills: int, dice: random.Random
) -> None:
    async with postgresql.database() as url, AsyncExitStack() as opened:
        env = on_telegram(server, tmp_path, DATABASE_URL=url, **full_speed())
        talk = await _ready(env, opened, server, dice)
        replicas = [
            await opened.enter_async_context(program(env, tmp_path)) for _ in range(REPLICAS)
        ]
        for replica in replicas:
            await replica.says("running", within=60)
        for _ in range(kills):
            await talk.everyone_types()
            await talk.kill(replicas.pop(dice.randrange(REPLICAS)))
            replicas.append(await opened.enter_async_context(program(env, tmp_path)))
            await replicas[-1].says("running", within=60)
        print(f"\nPostgreSQL, three replicas {await talk.ends()}")
