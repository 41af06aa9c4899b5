"""Odd answers to what the bot asks on Matrix: none of them ends it, or loses a reply."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import pytest

from bot.app import Application
from bot.channels.base import TemporaryFailure
from bot.channels.matrix.client.api import account_data
from bot.channels.matrix.keys.room_keys import share_room_key
from tests.support.matrix.fault_proxy import FaultProxy, fault_proxy
from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix_bot import MatrixBot, joins
from tests.support.odd_answers import FROM_IN_BETWEEN, JSON, OddAnswer

TRIES = 3


def error(status: int, code: str, more: str = "") -> OddAnswer:
    """An error as a homeserver has it."""
    text = f'{{"errcode": "{code}", "error": "x"{more}}}'
    return OddAnswer(text.encode(), status, JSON)


ODD = FROM_IN_BETWEEN | {
    "an empty object": OddAnswer(b"{}", headers=JSON),
    "a list": OddAnswer(b"[]", headers=JSON),
    "no event id": OddAnswer(b'{"event_id": 7}', headers=JSON),
    "truncated": OddAnswer(b'{"event_id": "$a', headers=JSON),
    "an error of its own": error(500, "M_UNKNOWN"),
    "a wait in words": error(429, "M_LIMIT_EXCEEDED", ', "retry_after_ms": "even"'),
    "a wait below nothing": error(429, "M_LIMIT_EXCEEDED", ', "retry_after_ms": -5'),
    "an expired token": error(401, "M_UNKNOWN_TOKEN", ', "soft_logout": true'),
    "an error without words": OddAnswer(b'{"errcode": 5}', 500, JSON),
}
# To calls other than those that send. An empty object is what some are answered with.
TO_OTHER_CALLS = [
    "a page",
    "a page with 502",
    "a redirect",
    "truncated",
    "an error of its own",
    "a wait in words",
    "an expired token",
]
CALLS = [
    r"GET .*/sync",
    r"PUT .*/sendToDevice/",
    r"POST .*/keys/claim",
    r"POST .*/keys/query",
    r"POST .*/keys/upload",
    r"POST .*/(join|rooms/.*/join)",
    r"GET .*/rooms/.*/state",
    r"GET .*/joined_members",
    r"PUT .*/send/m.reaction/",
    r"POST .*/receipt/",
    r"PUT .*/typing/",
]


@pytest.fixture
async def proxy(on_matrix: MatrixBot) -> AsyncIterator[FaultProxy]:
    """Between the bot and the homeserver."""
    async with fault_proxy(on_matrix.server.url) as started:
        on_matrix.url = started.url
        yield started


@asynccontextmanager
async def time_passes(on_matrix: MatrixBot, application: Application) -> AsyncIterator[None]:
    """What could not be sent at once is tried again, until the end of the block."""

    async def passes() -> None:
        while True:
            await asyncio.sleep(0.2)
            on_matrix.clock.passes(seconds=5)
            await application.outbox_sender.tick()

    task = asyncio.create_task(passes())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_no_odd_answer_loses_a_reply(on_matrix: MatrixBot, proxy: FaultProxy) -> None:
    async with (
        on_matrix.running() as application,
        (await on_matrix.person()).online() as sanne,
        time_passes(on_matrix, application),
    ):
        await joins(sanne, sealed=False)
        for number, (name, answer) in enumerate(ODD.items(), start=1):
            proxy.answer_next(r"PUT .*/send/m.room.message/", answer, TRIES)
            await sanne.types("!help")
            await sanne.receives("!nu", timeout=20)
            assert proxy.given == number * TRIES, name


# The others take as long each; in the first of these the token expires at an invitation.
@pytest.mark.parametrize("turn", [1, 3, 6])
async def test_no_odd_answer_to_another_call_stops_anything(
    on_matrix: MatrixBot, proxy: FaultProxy, turn: int
) -> None:
    """Each call gets one of the answers once, and in each turn another one."""
    answers = [ODD[name] for name in TO_OTHER_CALLS[turn:] + TO_OTHER_CALLS[:turn]]
    for call, answer in zip(CALLS, cycle(answers), strict=False):
        proxy.answer_next(call, answer)
    async with (
        on_matrix.running() as application,
        (await on_matrix.person()).online() as sanne,
        time_passes(on_matrix, application),
    ):
        await joins(sanne, sealed=True)
        await sanne.types("!help")
        await sanne.receives("!nu", timeout=20)
        async with asyncio.timeout(20):
            while proxy.given < len(CALLS):  # some are made beside the answers
                await asyncio.sleep(0.05)


async def test_errors_while_a_key_is_given_out_cost_nobody_the_key(
    on_matrix: MatrixBot, proxy: FaultProxy
) -> None:
    soon = ', "retry_after_ms": 50'
    for answer in (error(429, "M_LIMIT_EXCEEDED", soon), error(500, "M_UNKNOWN"), ODD["a page"]):
        proxy.answer_next(r"PUT .*/sendToDevice/", answer)
    async with (
        on_matrix.running() as application,
        (await on_matrix.person()).online() as sanne,
        time_passes(on_matrix, application),
    ):
        await joins(sanne, sealed=True)
        assert proxy.given == 3
        assert sanne.unopened == []


@pytest.fixture
async def sanne(on_matrix: MatrixBot, proxy: FaultProxy) -> AsyncIterator[MatrixPerson]:
    """Somebody behind the same proxy."""
    user = await on_matrix.server.register(f"sanne-{secrets.token_hex(4)}", PASSWORD)
    person = MatrixPerson(proxy, user, on_matrix.bot, on_matrix.folder / "keys-sanne")
    async with person.online():
        yield person


async def test_a_page_of_something_else_does_not_say_that_nothing_was_saved(
    proxy: FaultProxy, sanne: MatrixPerson
) -> None:
    """Or the bot would save anew in which room it talks with whom."""
    assert await account_data(sanne.client, "m.direct") == {}
    proxy.answer_next(r"GET .*/account_data/", ODD["a page with 404"])
    with pytest.raises(TemporaryFailure):
        await account_data(sanne.client, "m.direct")


async def test_a_key_that_may_have_arrived_is_not_used_after_an_error(
    on_matrix: MatrixBot, proxy: FaultProxy, sanne: MatrixPerson
) -> None:
    """Whoever got it may have left before the next try."""
    async with on_matrix.running():
        await joins(sanne, sealed=True)
        sessions = sanne.client.olm.outbound_group_sessions
        del sessions[sanne.room]
        proxy.answer_next(r"PUT .*/sendToDevice/", ODD["a page with 502"])
        with pytest.raises(TemporaryFailure):
            await share_room_key(sanne.client, sanne.room)
        assert sanne.room not in sessions
        await share_room_key(sanne.client, sanne.room)
        assert sessions[sanne.room].users_shared_with
