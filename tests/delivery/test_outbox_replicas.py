"""What waits to be sent, when two processes could send it."""

import asyncio

from bot.app import Leads, build
from bot.channels.base import SendError
from bot.delivery.sender import Envelope
from bot.messages import Outgoing
from tests.delivery.outages import (
    Platform,
    comes_back,
    dies_while_answering,
    outbox_on,
    platform,
    process,
    restart,
    sanne,
    waiting,
)
from tests.support.fakes import FakeMember, FixedClock

__all__ = ["platform", "sanne"]  # fixtures


async def test_until_its_lease_ends_no_other_process_sends_it(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await dies_while_answering(sanne, "/privacy")
    platform.comes_back()
    other = process(sanne.application, platform, clock)
    assert await other.outbox_sender.tick() == 0
    clock.passes(seconds=61)
    assert await other.outbox_sender.tick() == 1
    assert sanne.last.labels[0] == "Stuur me mijn gegevens"


async def test_two_replicas_never_both_send(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    people = [FakeMember(sanne.application, platform, clock, f"p{n}") for n in range(15)]
    platform.goes_away(SendError("away"))
    for person in people:
        await person.says("/start")
        await person.says("/start")
    platform.comes_back()
    clock.passes(seconds=5)
    replicas = [process(sanne.application, platform, clock) for _ in range(2)]
    await asyncio.gather(*(replica.outbox_sender.tick() for replica in replicas))
    for replica in replicas:
        await replica.outbox_sender.tick()
    assert await waiting(sanne.application) == []
    assert len(platform.keys) == len(set(platform.keys))
    assert {len(person.messages) for person in people} == {2}


async def test_a_process_that_lost_the_channel_leaves_it_to_the_next(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    active = {"paper"}
    loses = build(
        sanne.application.database,
        sanne.application.vault,
        [platform],
        clock,
        leads=Leads(lambda: active),
    )
    sanne.application = loses
    platform.goes_away()
    await sanne.says("/privacy")
    active.clear()
    platform.comes_back()
    clock.passes(seconds=5)
    assert await loses.outbox_sender.tick() == 0
    await sanne.says("/lef")  # which it had taken before it lost the channel
    assert platform.tried == []
    application = await restart(sanne, clock)
    assert await application.outbox_sender.tick() == 1
    assert len(platform.tried) == 2


async def test_of_two_transactions_at_once_the_later_does_not_overtake(
    sanne: FakeMember, platform: Platform, clock: FixedClock, database_kind: str
) -> None:
    if database_kind == "sqlite":
        return  # which has one transaction at a time
    outbox, database = outbox_on(sanne.application, platform, clock), sanne.application.database
    async with database.transaction() as one, database.transaction() as other:
        first = await outbox.keep(one, [Envelope(sanne.address, Outgoing("een"), "1")])
        second = await outbox.keep(other, [Envelope(sanne.address, Outgoing("twee"), "2")])
    platform.fails_with = [SendError("away")]
    await asyncio.gather(outbox.send(first, sanne.address), outbox.send(second, sanne.address))
    assert platform.tried == ["een"]
    await comes_back(sanne, platform, clock)
    assert platform.tried == ["een", "twee"]
