"""Many digests at once: at the platform's pace, each of them once, within their leases."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.app import Application, build
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
from bot.delivery.digests.digest_claims import DigestClaim
from bot.messages import Outgoing
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.teams import DigestRow
from tests.delivery.team_chat import QUESTION, InterruptedChannel
from tests.support.databases import on_sqlite
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.population import enrol_teams
from tests.support.telegram.process import TOKEN, server_process

FRIDAY = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # half past three in Amsterdam
GROUPS = [f"group-{number}" for number in range(45)]  # more than two claims
DONE_WITHIN = 120.0


def running_clock() -> Callable[[], datetime]:
    """Returns a clock that starts at Friday half past three, and runs."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: FRIDAY + timedelta(seconds=loop.time() - began)


async def unsent(database: Database) -> int:
    """Returns how many digests still have to go out."""
    query = select(func.count()).select_from(DigestRow).where(DigestRow.send_at.is_not(None))
    async with database.reading() as session:
        return await session.scalar(query) or 0


def has_each_once(channel: FakeChannel) -> bool:
    """Returns whether every group has one picture, and then one text."""
    return all(
        len(channel.messages.get(group, [])) == 2
        and channel.messages[group][0].message.picture is not None
        and QUESTION in channel.messages[group][1].text
        for group in GROUPS
    )


@pytest.fixture
async def due(application: Application, clock: FixedClock) -> Application:
    """An application with 45 teams whose digest is due."""
    clock.moment = FRIDAY
    await enrol_teams(application.database, GROUPS, FRIDAY, channel="paper")
    return application


@pytest.mark.slow
@on_sqlite  # its pace is the platform's, and takes as long on either database
async def test_two_hundred_groups_at_telegrams_pace(database: Database, vault: Vault) -> None:
    groups = range(-1200, -1000)
    clock = running_clock()
    await enrol_teams(database, [str(group) for group in groups], clock())
    async with server_process(per_second=30) as server:
        await server.groups(groups)
        channel = Telegram(Login(server.url, TOKEN), clock, DOCUMENTED_LIMITS)
        application = build(database, vault, [channel], clock)
        async with asyncio.timeout(DONE_WITHIN):
            assert await application.digest_sender.tick() == len(groups)
            while await unsent(database):  # on a machine too busy to keep the pace
                await asyncio.sleep(1)
                await application.digest_sender.tick()
        await channel.close()
        messages = await server.messages()
        assert (await server.counters()).refused_for_pace == 0
    by_group: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for method, group, at in messages:
        by_group[group].append((method, at))
    assert sorted(by_group) == list(groups)
    for (first, first_at), (second, second_at) in by_group.values():  # two each, none doubled
        assert (first, second) == ("sendPhoto", "sendMessage")
        assert second_at - first_at >= DOCUMENTED_LIMITS.group_seconds
    # Had they gone one by one, no group would be between its picture and its text at another's.
    halfway, most = 0, 0
    for method, _, _ in messages:
        halfway += 1 if method == "sendPhoto" else -1
        most = max(most, halfway)
    assert most > 1
    took = messages[-1][2] - messages[0][2]
    print(f"{len(groups)} digests in {took:.1f} s from first to last")


async def test_two_processes_share_the_work(
    due: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    other = build(due.database, due.vault, [fake_channel], clock)
    ticks = due.digest_sender.tick(), other.digest_sender.tick()
    attempted = list(await asyncio.gather(*ticks))
    while await unsent(due.database):  # what one passed over because the other had locked it
        attempted.append(await due.digest_sender.tick())
    assert sum(attempted) == len(GROUPS)
    assert has_each_once(fake_channel)


async def test_what_outlives_its_lease_is_sent_once_by_whoever_claims_it_next(
    due: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    delays = [61.0]

    def holds_up(to: str, message: Outgoing) -> None:
        if delays and QUESTION in message.text:  # a picture is there, and its text is not
            clock.passes(seconds=delays.pop())

    channel = InterruptedChannel(fake_channel, before=holds_up)
    slow = build(due.database, due.vault, [channel], clock)
    await slow.digest_sender.tick()
    clock.passes(seconds=61)
    await slow.digest_sender.tick()
    assert has_each_once(channel)
    await slow.digest_sender.tick()  # a repeat is corrected, for platforms that kept the first text
    assert has_each_once(channel) and await unsent(due.database) == 0


async def test_stopping_begins_no_digest_and_finishes_those_that_were_begun(
    due: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    channel = InterruptedChannel(fake_channel, after=lambda *_: built.digest_sender.stop())
    built = build(due.database, due.vault, [channel], clock)
    await built.digest_sender.tick()
    await built.digest_sender.finished(1)
    begun = [chat for chat in channel.messages.values() if chat]
    assert 0 < len(begun) < len(GROUPS)
    assert all(len(chat) == 2 and QUESTION in chat[1].text for chat in begun)
    clock.passes(seconds=61)
    await due.digest_sender.tick()
    assert has_each_once(channel)


async def test_a_digest_in_flight_is_not_claimed_again(due: Application) -> None:
    async def claimed(in_flight: set[int]) -> set[int]:
        async with due.database.transaction() as session:
            claim = DigestClaim(session, due.vault, 4, FRIDAY + timedelta(minutes=2))
            await claim.write_due(len(GROUPS))
            return {row.id for row in await claim.lease(["paper"], len(GROUPS), in_flight)}

    everything = await claimed(set())
    async with due.database.transaction() as session:  # a correction ends the lease
        for row in (await session.scalars(select(DigestRow))).all():
            row.leased_until = None
    in_flight = {min(everything), max(everything)}
    assert await claimed(in_flight) == everything - in_flight
