"""On Matrix nothing arrives twice: the program is killed in the middle of waves, again and again.

A message goes out under a transaction id that follows from its nudge, so that the homeserver knows
a repeat for what it is. `--kills` says how often, `--seed` when, `--rooms` in how many rooms.
"""

import asyncio
import random
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.core.rhythm.rhythm import Rhythm, Weekday
from tests.support.databases import unlocked_by
from tests.support.matrix.people import ENCRYPTION, PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import busy_homeserver
from tests.support.population import all_are_due, all_have_answered, enrol, recorded
from tests.support.processes import environment, program, zone_at_noon
from tests.system.test_waves import ready

# As long as the number of kills asks for.
pytestmark = [pytest.mark.timeout(0), busy_homeserver]

DONE_WITHIN = 120.0
LONGEST_LIFE = 0.03  # seconds a room; a wave takes about as long
OPTIONS = ("kills", "seed", "rooms")
API = "/_matrix/client/v3"
AT_ONCE = 8


class Room:
    """A room that somebody shares with the bot, looked at without a client of theirs."""

    def __init__(self, http: httpx.AsyncClient, user: str, token: str, room_id: str) -> None:
        self._http, self.user, self.id = http, user, room_id
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def made(
        cls, server: Synapse, http: httpx.AsyncClient, bot: str, *, sealed: bool
    ) -> "Room":
        """A new person, with a room to which the bot is invited."""
        user = await server.register(f"wave-{secrets.token_hex(5)}", PASSWORD)
        who = {"type": "m.id.user", "user": user}
        login = {"type": "m.login.password", "identifier": who, "password": PASSWORD}
        token = (await http.post(f"{API}/login", json=login)).raise_for_status().json()
        state = [ENCRYPTION] if sealed else []
        made = await http.post(
            f"{API}/createRoom",
            json={"is_direct": True, "invite": [bot], "initial_state": state},
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )
        return cls(http, user, token["access_token"], made.raise_for_status().json()["room_id"])

    async def invitations(self) -> list[str]:
        """The other rooms to which this person is invited; the bot has one with them already."""
        answer = await self._http.get(f"{API}/sync", headers=self._headers)
        return list(answer.raise_for_status().json()["rooms"].get("invite", {}))

    async def messages(self, bot: str) -> list[str]:
        """What the bot said, by event; edits and reactions are no messages of their own."""
        answer = await self._http.get(
            f"{API}/rooms/{self.id}/messages",
            params={"dir": "b", "limit": 200},
            headers=self._headers,
        )
        return [
            event["event_id"]
            for event in answer.raise_for_status().json()["chunk"]
            if event["sender"] == bot
            and event["type"] in ("m.room.message", "m.room.encrypted")
            and "m.relates_to" not in event["content"]
        ]


async def test_killed_in_the_middle_of_a_wave_on_matrix(
    synapse: Synapse, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills, seed, count = (int(request.config.getoption(f"--{name}")) for name in OPTIONS)
    dice = random.Random(seed)
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    env = environment(
        tmp_path,
        MATRIX_HOMESERVER=synapse.url,
        MATRIX_USER=bot,
        MATRIX_PASSWORD=PASSWORD,
        MATRIX_ALLOW_UNENCRYPTED="true",  # half of the rooms are
        DATA_DIR=str(tmp_path),
    )
    await ready(env["OLIEVLEK_DATABASE_URL"], env)
    async with AsyncExitStack() as opened:
        http = await opened.enter_async_context(httpx.AsyncClient(base_url=synapse.url, timeout=60))
        database = await opened.enter_async_context(unlocked_by(env))
        places = asyncio.Semaphore(AT_ONCE)

        async def made(number: int) -> Room:
            async with places:
                return await Room.made(synapse, http, bot, sealed=number % 2 == 0)

        rooms = await asyncio.gather(*(made(number) for number in range(count)))
        rhythm = Rhythm(frozenset(Weekday), time(9, 30), ZoneInfo(zone_at_noon()))
        addresses = {number: room.user for number, room in enumerate(rooms, start=1)}
        await enrol(
            database,
            dict.fromkeys(addresses, rhythm),
            datetime.now(UTC),
            channel="matrix",
            addresses=addresses,
        )

        async def said() -> Counter[str]:
            async def of(room: Room) -> tuple[str, int]:
                async with places:
                    return room.id, len(await room.messages(bot))

            return Counter(dict(await asyncio.gather(*(of(room) for room in rooms))))

        async with program(env, tmp_path), asyncio.timeout(DONE_WITHIN):
            while min((await said()).values()) < 1:  # greeted: it has come in everywhere
                await asyncio.sleep(0.5)
        before = await said()
        done = waves = 0
        while done < kills:
            await all_are_due(database, datetime.now(UTC))
            waves += 1
            while done < kills and len(await recorded(database)) < waves * count:
                async with program(env, tmp_path) as victim:
                    await victim.says("leading")
                    await asyncio.sleep(dice.uniform(0, LONGEST_LIFE * count))
                    await victim.is_killed()
                    done += 1
            async with program(env, tmp_path), asyncio.timeout(DONE_WITHIN):
                while len(await recorded(database)) < waves * count:
                    await asyncio.sleep(0.2)
            after = await said()
            after.subtract(before)
            assert set(after.values()) == {waves}
            await all_have_answered(database, datetime.now(UTC))
        assert [await room.invitations() for room in rooms] == [[]] * count
        print(f"{done} kills in {waves} waves of {count} rooms: lost 0, doubled 0")
