"""`make soak`: weeks of nudges with everything going wrong at random, and what must hold then.

400 people with rhythms and zones of their own, on a clock that jumps from moment to moment; the
real client before the Bot API test server, which is a process of its own and lets calls go wrong;
people who answer, write, block the bot and come back. Afterwards `kill -9`, on both databases.

    make soak                                  # seed 1, 20,000 messages
    .venv/bin/python -m tests.system.soak --seed 7 --sends 50000
"""

import argparse
import asyncio
import gc
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from datetime import time as local_time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.app import Application, BuildOptions, build
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import is_quiet, next_round
from bot.core.streaks.silences import SILENCES
from bot.operation.logs import set_up_logs
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS
from tests.support.population import enrol
from tests.support.processes import TOKEN
from tests.support.telegram.faults import ACCEPTED, GONE, FaultKind
from tests.support.telegram.process import ServerProcess, server_process

START = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
PEOPLE = 400
ZONES = ("Europe/Amsterdam", "America/Curacao", "Europe/Athens", "Asia/Tokyo", "Pacific/Auckland")
RATES = {
    FaultKind.BLOCKED: 0.001,
    FaultKind.DEACTIVATED: 0.0005,
    FaultKind.NOT_FOUND: 0.0005,
    FaultKind.TOO_MANY: 0.002,
    FaultKind.INTERNAL: 0.02,
    FaultKind.BAD_GATEWAY: 0.02,
    FaultKind.GATEWAY_TIMEOUT: 0.02,
    FaultKind.DROPPED_BEFORE: 0.02,
    FaultKind.DROPPED_AFTER: 0.02,
    FaultKind.TOO_LATE: 0.0005,
    FaultKind.PAGE: 0.02,
}
SEND_RATES = {**RATES, FaultKind.UPGRADED: 0.001}
OTHERS = ("editMessageText", "answerCallbackQuery")
# A poll that fails waits for real, and one that is answered too late for half a minute.
POLL_RATES = {
    **{trouble: 0.002 for trouble in RATES if trouble not in GONE},
    FaultKind.TOO_LATE: 0.0001,
}
DONE, LATER, IN_AN_HOUR = "Gedaan", "Later", "Over een uur"
ANSWERS = (DONE, "Geprobeerd", "Niet nu", LATER)
HEARD_EVERY = 10
MOST_UNANSWERED = SILENCES - 1
MAX_MORE_MB = 25.0


class Soak:
    """People, a house, and a server that lets things go wrong.

    Args:
        application: the one under test.
        server: the Bot API, in a process of its own.
        clock: what the house takes for the present.
        seed: of the dice.
    """

    def __init__(
        self, application: Application, server: ServerProcess, clock: FixedClock, seed: int
    ) -> None:
        self.application, self.server, self.clock = application, server, clock
        self.dice = random.Random(seed)
        self.copies: Counter[int] = Counter()  # by nudge
        self.excused: Counter[int] = Counter()  # calls that were done and not answered, by nudge
        self.troubles: Counter[FaultKind] = Counter()
        self.sends = 0
        self.struck: set[int] = set()  # nudges that were told that their member is gone
        self.wrong: list[str] = []
        # When the bot could not know how to reach somebody, from and until.
        self.away: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.rhythms: dict[int, Rhythm] = {}
        self._read = 0
        self._moments = 0
        self._unanswered: Counter[int] = Counter()  # nudges in a row, by chat
        self.put_off = 0  # how often
        self._choosing: set[int] = set()  # chats that said later, and not yet when
        self._blocking: dict[int, datetime] = {}
        self._gone_since: dict[int, datetime] = {}

    async def enrol(self) -> None:
        """Everybody takes part."""
        for chat in range(1, PEOPLE + 1):
            days = frozenset(self.dice.sample(list(Weekday), self.dice.randint(3, 7)))
            at = local_time(self.dice.randint(7, 19), self.dice.choice((0, 15, 30, 45)))
            self.rhythms[chat] = Rhythm(days, at, ZoneInfo(self.dice.choice(ZONES)))
        await enrol(self.application.database, self.rhythms, START)
        await self.server.people(self.rhythms)

    async def goes_on_until(self, sends: int) -> None:
        """Time jumps from moment to moment until so many messages were tried."""
        while self.sends < sends:
            moment = await self._next_moment()
            self.clock.moment = max(moment, self.clock.moment)
            await self.application.nudge_sender.tick()
            fresh = await self._look()
            await self._people_do_something(fresh)

    async def settles(self) -> None:
        """The weather clears, and what still waits goes out."""
        await self.server.random_faults(0, {}, "sendMessage", *OTHERS, "getUpdates")
        assert await self.server.until_processed(), "The bot does not listen any more."
        for _ in range(60):
            await asyncio.sleep(0.05)
            self.clock.passes(seconds=20)
            await self.application.nudge_sender.tick()
            await self._look()

    async def _next_moment(self) -> datetime:
        async with self.application.database.reading() as session:
            planned = await session.scalar(
                select(func.min(MemberRow.next_nudge_at)).where(MemberRow.left_at.is_(None))
            )
            query = select(NudgeRow.send_at, NudgeRow.leased_until).where(
                NudgeRow.send_at.is_not(None)
            )
            waiting = [
                max(send_at, leased or send_at)
                for send_at, leased in (await session.execute(query)).all()
                if send_at is not None
            ]
        assert planned is not None, "Nobody gets nudges any more."
        return min([planned, *waiting])

    async def _look(self) -> list[int]:
        """Reads what the server saw; returns the chats of nudges that arrived."""
        log = await self.server.sent(since=self._read)
        self._read += len(log)
        self.sends += len(log)
        arrived = []
        for one in log:
            if one.trouble is not None:
                self.troubles[one.trouble] += 1
                if one.trouble in GONE and one.nudge is not None:
                    self.struck.add(one.nudge)
            if one.nudge is not None and one.accepted is not None:
                assert isinstance(one.chat, int)
                self.copies[one.nudge] += 1
                self.excused[one.nudge] += one.trouble in ACCEPTED
                arrived.append(one.chat)
                zone = self.rhythms[one.chat].zone
                if is_quiet(self.clock(), zone):
                    at = self.clock().astimezone(zone)
                    self.wrong.append(f"nudge {one.nudge} arrived at {at}")
        return arrived

    async def _people_do_something(self, fresh: list[int]) -> None:
        # Answers may cross the nudges of a few moments; who is gone or back must be known at once.
        self._moments += 1
        wait = self._moments % HEARD_EVERY == 0
        for chat in fresh:
            thrown = self.dice.random()
            self._unanswered[chat] += 1
            if thrown < 0.10 or self._unanswered[chat] == MOST_UNANSWERED:
                # After a third silence they would get no more, and there would be less to go wrong.
                self._unanswered[chat] = 0
                answer = self.dice.choice(ANSWERS)
                await self.server.presses(chat, answer)
                if answer == LATER:
                    self._choosing.add(chat)
                    wait = True  # for what there is to choose is over in an hour
            elif thrown < 0.12:
                await self.server.types(chat, "Ik hoorde iets nieuws vandaag")
            elif thrown < 0.123 and chat not in self._blocking:
                await self.server.blocks(chat)
                self._gone_since.setdefault(chat, self.clock())
                self._blocking[chat] = self.clock() + timedelta(days=self.dice.randint(1, 9))
                wait = True
        for chat, until in list(self._blocking.items()):
            if until <= self.clock():
                del self._blocking[chat]
                await self.server.unblocks(chat)
                await self.server.types(chat, "/help")
                wait = True
        for chat in await self._gone() - self._blocking.keys():
            # The weather said so; they know nothing of it, and speak.
            self._gone_since.setdefault(chat, self.clock())
            await self.server.types(chat, "/help")
            wait = True
        if wait:
            assert await self.server.until_processed(), "The bot does not listen any more."
            await self._choose_moments()
        if back := self._gone_since.keys() - self._blocking.keys():
            for chat in back - await self._gone():
                self.away[chat].append((self._gone_since.pop(chat), self.clock()))

    async def _choose_moments(self) -> None:
        """Whoever said later says when; some were not asked in this weather, and did it anyway."""
        for chat in self._choosing - self._blocking.keys():
            # What they look at may change while they press.
            while not await self._says_when(chat):
                await asyncio.sleep(0.01)
        self._choosing.clear()

    async def _says_when(self, chat: int) -> bool:
        """Returns whether there was a button; True as well if there is no nudge to press one on."""
        for message in reversed(await self.server.inbox(chat)):
            when = next((label for label in message.labels if label.startswith(IN_AN_HOUR)), None)
            if when is not None or DONE in message.labels:
                pressed = await self.server.presses(chat, when or DONE, on=message.id)
                self.put_off += pressed and when is not None
                return pressed
        return True

    async def _gone(self) -> set[int]:
        async with self.application.database.reading() as session:
            query = select(MemberRow.id).where(MemberRow.left_at.is_not(None))
            return set((await session.scalars(query)).all())

    async def faults(self) -> list[str]:
        """What does not hold, a line each."""
        wrong = list(self.wrong)
        if self.put_off == 0:
            wrong.append("nobody could say when, after Later")
        for chat, since in self._gone_since.items():
            self.away[chat].append((since, self.clock()))
        async with self.application.database.reading() as session:
            rows = (await session.scalars(select(NudgeRow).order_by(NudgeRow.id))).all()
        rounds: defaultdict[int, list[datetime]] = defaultdict(list)
        for row in rows:
            chat, times = row.member_id, self.copies[row.id]
            if times == 0 and row.sent_at is not None:
                wrong.append(f"nudge {row.id} is said to be sent and never arrived")
            if times - 1 - row.postponed > self.excused[row.id]:
                wrong.append(f"nudge {row.id} came {times} times")
            if self._could_be_reached(chat, row.round_at):
                rounds[chat].append(row.round_at)
                if times == 0 and row.id not in self.struck:
                    wrong.append(f"nudge {row.id} of {row.round_at} never arrived")
        for chat in self.rhythms:
            expected = self._expected(chat)
            lost = sorted((Counter(expected) - Counter(rounds[chat])).elements())
            extra = sorted((Counter(rounds[chat]) - Counter(expected)).elements())
            if lost or extra:
                wrong.append(f"{chat} missed rounds {lost[:3]} and had too many {extra[:3]}")
        return wrong

    def _could_be_reached(self, chat: int, moment: datetime) -> bool:
        return not any(since < moment <= until for since, until in self.away[chat])

    def _expected(self, chat: int) -> list[datetime]:
        """All rounds of somebody in which they could be reached."""
        expected: list[datetime] = []
        moment = next_round(self.rhythms[chat], START, [])
        while moment is not None and moment <= self.clock():
            if self._could_be_reached(chat, moment):
                expected.append(moment)
            moment = next_round(self.rhythms[chat], moment, [])
        return expected


def memory() -> float:
    """What this process holds now, in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def weeks(seed: int, sends: int) -> bool:
    """The weeks of bad weather; whether all holds."""
    began = time.monotonic()
    clock = FixedClock(START)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'soak.db'}"
        async with server_process() as server, open_database(url) as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, clock())
            limits = RateLimits(per_second=None, chat_seconds=0, group_seconds=0)
            tasks = len(asyncio.all_tasks())
            channel = Telegram(Login(server.url, TOKEN), clock, limits)
            application = build(
                database, vault, [channel], clock, BuildOptions(inbox_limits=NO_LIMITS)
            )
            soak = Soak(application, server, clock, seed)
            await soak.enrol()
            listening = asyncio.create_task(application.listen(channel))
            await server.random_faults(seed, SEND_RATES)
            await server.random_faults(seed, RATES, *OTHERS)
            await server.random_faults(seed, POLL_RATES, "getUpdates")
            await soak.goes_on_until(sends // 4)
            at_first = memory()
            await soak.goes_on_until(sends)
            more = memory() - at_first
            await soak.settles()
            listening.cancel()
            await asyncio.wait([listening])
            await channel.close()
            await asyncio.sleep(0.1)
            leaked = len(asyncio.all_tasks()) - tasks
            wrong = await soak.faults()
    troubles = ", ".join(f"{name} {count}" for name, count in sorted(soak.troubles.items()))
    copies = sum(count - 1 for count in soak.copies.values())
    weeks_passed = (clock() - START).days / 7
    print(
        f"seed {seed}: {soak.sends} messages tried in {weeks_passed:.1f} weeks of {PEOPLE} people"
    )
    print(f"  in {time.monotonic() - began:.0f} s; faults: {troubles}")
    print(f"  nudges {len(soak.copies)}, copies {copies}, of which excused {soak.excused.total()}")
    gone = sum(len(times) for times in soak.away.values())
    print(f"  gone for a while: {gone} times; tasks leaked: {leaked}; memory: {more:+.1f} MB")
    for line in wrong[:20]:
        print(f"  WRONG: {line}")
    holds = not wrong and leaked == 0 and more <= MAX_MORE_MB
    print("  all holds" if holds else f"  DOES NOT HOLD ({len(wrong)} wrong)")
    return holds


def kills(seed: int) -> bool:
    """`kill -9`, 60 times with one process on SQLite and 20 times with three on PostgreSQL."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "tests/system/test_waves.py",
        "--seed",
        str(seed),
    ]
    held = True
    for name, times in (("in_the_middle", 60), ("replicas", 20), ("pace", 0)):
        options = ["-k", name, "--kills", str(times), "--wave", "1500"]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        told = [
            line for line in done.stdout.splitlines() if "kills in" in line or "nudges in" in line
        ]
        print("\n".join(told) if done.returncode == 0 else done.stdout[-3000:], flush=True)
        held = held and done.returncode == 0
    return web_kills(seed) and held


def web_kills(seed: int) -> bool:
    """`kill -9`, 60 times while 200 people talk in browsers."""
    options = ["--kills", "60", "--browsers", "200", "--seed", str(seed), "-n", "0"]
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/system/test_web_kills.py"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if "kills, " in line]
    print("\n".join(told) if done.returncode == 0 else done.stdout[-3000:], flush=True)
    return done.returncode == 0


def main() -> int:
    """All of it; 1 when something does not hold."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sends", type=int, default=20_000)
    options.add_argument("--no-kills", action="store_true", help="only the weeks of bad weather")
    given = options.parse_args()
    set_up_logs("ERROR", "console")
    held = asyncio.run(weeks(given.seed, given.sends))
    if not given.no_kills:
        held = kills(given.seed) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
