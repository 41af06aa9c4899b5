"""Waves: at Telegram's own pace, and with `kill -9` in the middle.

Nobody is lost, and a copy is only what was in flight. `--kills` says how often, `--seed` when.
"""

import asyncio
import random
import tempfile
import time as clock
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.streaks.rounds import Answer
from bot.startup import open_database, prepare
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.databases import unlocked_by
from tests.support.population import (
    all_are_due,
    all_have_answered,
    enrol,
    nudges_per_member,
    recorded,
)
from tests.support.postgresql import Gateway, PostgreSQL
from tests.support.processes import Program, full_speed, on_telegram, program, zone_at_noon
from tests.support.telegram.process import ServerProcess, server_process

pytestmark = pytest.mark.timeout(0)  # as long as the number of kills asks for

PEOPLE = range(1001, 1501)
REPLICAS = 3
# A kill comes after at most so many messages of a life.
LONGEST_LIFE = 120
GOES_ON_WITHIN = 30.0
DONE_WITHIN = 120.0


class Waves:
    """Waves of nudges to 500 members, what was seen of them, and what must hold.

    Args:
        database: the one of the program.
        server: what the program sends to.
        seed: of the dice.
    """

    def __init__(self, database: Database, server: ServerProcess, seed: int) -> None:
        self.dice = random.Random(seed)
        self.kills = 0
        self.in_flight: list[int] = []
        self.resumed_after: list[float] = []
        self._database, self._server = database, server
        self._waves = 0
        self._read = 0
        self._arrived: Counter[int] = Counter()
        self._in_flight: Counter[int] = Counter()
        self._since_kill: list[int] = []
        self._checked: set[int] = set()

    async def enrol(self) -> None:
        """Everyone takes part, and it is about noon where they are."""
        rhythm = Rhythm(frozenset(Weekday), time(9, 30), ZoneInfo(zone_at_noon()))
        await enrol(self._database, dict.fromkeys(PEOPLE, rhythm), datetime.now(UTC))
        await self._server.people(PEOPLE)

    async def begin(self) -> None:
        """The moment of everyone has come."""
        self._waves += 1
        now = datetime.now(UTC)
        await all_have_answered(self._database, now, Answer.SKIPPED)  # which makes no streak longer
        await all_are_due(self._database, now)

    async def left(self) -> int:
        """How many have not got the nudge of this wave."""
        await self._look()
        return self._waves * len(PEOPLE) - len(self._arrived)

    async def reaches_a_random_moment(self) -> bool:
        """Waits for the moment of a kill; False if this wave is over."""
        here = (await self._server.counters()).nudges  # before what is left, as that shrinks
        left = await self.left()
        if left == 0:
            return False
        if self.dice.random() < 0.2:  # while it claims, or sends its first
            await asyncio.sleep(self.dice.uniform(0, 0.5))
        else:
            more = self.dice.randint(1, min(left, LONGEST_LIFE))
            assert await self._server.until_accepted(here + more, DONE_WITHIN), "It stands still."
            await asyncio.sleep(self.dice.uniform(0, 0.02))
        return True

    async def kill(self, killed: Program) -> None:
        """The power goes, and we look what was in flight: accepted, and not recorded."""
        await killed.is_killed()
        self.kills += 1
        known = await recorded(self._database)
        await self._look()
        # What was accepted before the last kill was counted at that one.
        unrecorded = [nudge for nudge in self._since_kill if nudge not in known]
        self._since_kill.clear()
        self.in_flight.append(len(unrecorded))
        self._in_flight.update(unrecorded)

    async def goes_on(self) -> None:
        """After a kill, the next message comes in time."""
        began = clock.monotonic()
        here = (await self._server.counters()).nudges
        if await self.left():
            assert await self._server.until_accepted(here + 1, GOES_ON_WITHIN), "It stands still."
            self.resumed_after.append(clock.monotonic() - began)

    async def ends(self) -> None:
        """Waits until everyone has the nudge of this wave and that is recorded, and checks."""
        async with asyncio.timeout(DONE_WITHIN):
            while len(await recorded(self._database)) < self._waves * len(PEOPLE):
                await asyncio.sleep(0.1)
        assert await self.left() == 0
        per_member = await nudges_per_member(self._database)
        assert {member: len(found) for member, found in per_member.items()} == dict.fromkeys(
            PEOPLE, self._waves
        )
        assert set(self._arrived) == {one for found in per_member.values() for one in found}
        for nudge, times in self._arrived.items():
            assert times - 1 <= self._in_flight[nudge], f"nudge {nudge} came {times} times"
        await self._answers_count_once({member: found[-1] for member, found in per_member.items()})

    async def _look(self) -> None:
        """Reads what the server accepted since the last look."""
        log = await self._server.sent(since=self._read)
        self._read += len(log)
        fresh = [one.nudge for one in log if one.nudge is not None and one.accepted is not None]
        self._arrived.update(fresh)
        self._since_kill += fresh

    async def _answers_count_once(self, newest: dict[int, int]) -> None:
        """Some people who got copies, and one who did not, press done on all they got."""
        fresh = [member for member in newest if member not in self._checked]
        copied = [member for member in fresh if self._arrived[newest[member]] > 1]
        chosen = [*copied[:5], next(member for member in fresh if member not in copied)]
        self._checked.update(chosen)
        await asyncio.gather(*(self._answers(member, newest[member]) for member in chosen))

    async def _answers(self, member: int, nudge: int) -> None:
        copies = (await self._server.inbox(member))[-self._arrived[nudge] :]
        for copy in copies:
            assert await self._server.presses(member, "Gedaan", on=copy.id) or copy != copies[0]
        question = await self._server.receives(member, "gedaan is gedaan", after=copies[-1].id)
        await self._server.types(member, "/reeks")
        await self._server.receives(member, "Je reeks: 1 ronde.", after=question.id)

    def told(self) -> str:
        """What was seen, for a person who reads it."""
        copies = sum(times - 1 for times in self._arrived.values())
        told = (
            f"{self.kills} kills in {self._waves} waves of {len(PEOPLE)}: lost 0, copies {copies};"
            f" in flight at the kills {sum(self.in_flight)}, at most {max(self.in_flight)} at one"
        )
        if self.resumed_after:
            told += f"; went on within {max(self.resumed_after):.1f} s"
        return told


async def ready(url: str, env: dict[str, str]) -> None:
    """Makes the tables, as the program's first start would."""
    async with open_database(url) as database:
        await prepare(database, Vault(env["OLIEVLEK_SECRET_KEY"]), datetime.now(UTC))


async def test_a_wave_at_telegrams_pace_is_never_refused(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    people = range(1, int(request.config.getoption("--wave")) + 1)
    async with server_process(per_second=30, per_chat_per_second=1) as server:
        env = on_telegram(server, tmp_path)
        await ready(env["OLIEVLEK_DATABASE_URL"], env)
        async with unlocked_by(env) as database:
            rhythm = Rhythm(frozenset(Weekday), time(9, 30), ZoneInfo(zone_at_noon()))
            await enrol(database, dict.fromkeys(people, rhythm), datetime.now(UTC))
            await server.people(people)
            await all_are_due(database, datetime.now(UTC))
        async with program(env, tmp_path) as started:
            await started.says("leading")
            began = clock.monotonic()
            assert await server.until_accepted(len(people), DONE_WITHIN)
            took = clock.monotonic() - began
        assert (await server.counters()).refused_for_pace == 0
        log = [one.accepted for one in await server.sent() if one.accepted is not None]
        print(f"{len(people)} nudges in {took:.1f} s, {log[-1] - log[0]:.1f} s from first to last")


async def test_killed_in_the_middle_of_a_wave(tmp_path: Path, kills: int, seed: int) -> None:
    async with server_process() as server, AsyncExitStack() as opened:
        env = on_telegram(server, tmp_path, **full_speed())
        await ready(env["OLIEVLEK_DATABASE_URL"], env)
        database = await opened.enter_async_context(unlocked_by(env))
        waves = Waves(database, server, seed)
        await waves.enrol()
        while waves.kills < kills:
            await waves.begin()
            while waves.kills < kills and await waves.left():
                async with program(env, tmp_path) as victim:
                    await victim.says("running")
                    await waves.reaches_a_random_moment()
                    await waves.kill(victim)
                    assert await server.until_deserted()
            async with program(env, tmp_path):
                await waves.ends()
        print(waves.told())


@pytest.mark.replicas
async def test_a_lead_that_is_lost_while_its_holder_lives(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    async with (
        server_process(per_second=30) as server,
        postgresql.database() as url,
        AsyncExitStack() as up,
    ):
        env = on_telegram(server, tmp_path, DATABASE_URL=url)
        await ready(url, env)
        database = await up.enter_async_context(unlocked_by(env | {"OLIEVLEK_DATABASE_URL": url}))
        waves = Waves(database, server, 1)
        await waves.enrol()
        await server.delay("sendMessage", 0.05)
        for words in ("leading", "stands by"):
            replica = await up.enter_async_context(program(env, tmp_path))
            await replica.says(words)
        await waves.begin()
        assert await server.until_accepted(60, DONE_WITHIN)
        async with database.engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database"
                    " ON pg_database.oid = pg_locks.database"
                    " WHERE locktype = 'advisory' AND datname = current_database()"
                )
            )
        assert await server.until_accepted(240, DONE_WITHIN)
        log = [one.nudge for one in await server.sent() if one.accepted is not None]
        # At 30 a second and a twentieth of a second there, two or three are on their way.
        assert len(log) - len(set(log)) <= 4
        assert (await server.counters()).refused_for_pace == 0


@pytest.mark.replicas
async def test_a_database_that_falls_silent_without_a_word(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    with tempfile.TemporaryDirectory(prefix="olie-") as folder:
        gateway = Gateway(postgresql.socket, Path(folder))
        async with server_process() as server, postgresql.database() as url, gateway.opened():
            through = make_url(url).set(query={"host": folder})
            env = on_telegram(server, tmp_path, **full_speed())
            env["OLIEVLEK_DATABASE_URL"] = through.render_as_string(hide_password=False)
            await ready(url, env)
            async with unlocked_by(env | {"OLIEVLEK_DATABASE_URL": url}) as database:
                waves = Waves(database, server, 1)
                await waves.enrol()
                async with program(env, tmp_path) as started:
                    await started.says("leading")
                    await waves.begin()
                    assert await server.until_accepted(100, DONE_WITHIN)
                    gateway.falls_silent()
                    assert await server.until_accepted(len(PEOPLE), DONE_WITHIN), started.log
                    assert started.process.returncode is None
                    async with asyncio.timeout(DONE_WITHIN):
                        while await waves.left():
                            await asyncio.sleep(0.1)


@pytest.mark.replicas
async def test_one_of_three_replicas_is_killed(
    tmp_path: Path, postgresql: PostgreSQL, kills: int, seed: int
) -> None:
    async with server_process() as server, postgresql.database() as url, AsyncExitStack() as opened:
        env = on_telegram(server, tmp_path, DATABASE_URL=url, **full_speed())
        await ready(url, env)
        database = await opened.enter_async_context(
            unlocked_by(env | {"OLIEVLEK_DATABASE_URL": url})
        )
        waves = Waves(database, server, seed)
        await waves.enrol()

        async def another() -> Program:
            return await opened.enter_async_context(program(env, tmp_path))

        replicas = [await another() for _ in range(REPLICAS)]
        for replica in replicas:
            await replica.says("running")
        while waves.kills < kills:
            await waves.begin()
            while waves.kills < kills and await waves.reaches_a_random_moment():
                await waves.kill(replicas.pop(waves.dice.randrange(REPLICAS)))
                replicas.append(await another())
                await waves.goes_on()
            await waves.ends()
        print(waves.told())
