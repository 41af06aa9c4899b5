"""What `/metrics` says to whoever keeps the bot going, on a real database."""

import subprocess
import sys

import pytest
from prometheus_client import REGISTRY

from bot.app import Application
from bot.channels.base import SendError, TemporaryFailure, Unreachable
from bot.operation.monitoring import Monitor
from bot.store.boxes import inbox
from bot.store.db.engine import Database
from tests.delivery.inbox import typed
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.paths import PROJECT


def sample(name: str, **labels: str) -> float:
    """Returns the value of a metric now; one that is not shown counts as 0."""
    return REGISTRY.get_sample_value(name, {"channel": "paper", **labels}) or 0


def shared(name: str) -> float | None:
    """Returns the value of a metric that is about no channel."""
    return REGISTRY.get_sample_value(name)


@pytest.fixture
def monitor(database: Database, fake_channel: FakeChannel, clock: FixedClock) -> Monitor:
    """Of a process that leads its one channel."""
    return Monitor(database, [fake_channel], clock, lambda: {"paper"}, "0.1.0")


async def test_a_nudge_counts_with_the_time_by_which_it_is_late(
    application: Application, member: FakeMember, clock: FixedClock, monitor: Monitor
) -> None:
    sent = sample("olievlek_nudges_total", outcome="sent")
    on_time = sample("olievlek_nudge_delay_seconds_bucket", le="60.0")
    clock.goes_to(24, 11, 9, 30)
    clock.passes(seconds=40)
    await monitor.refresh()
    assert shared("olievlek_nudge_overdue_seconds") == 40
    await application.nudge_sender.tick()
    await monitor.refresh()
    assert shared("olievlek_nudge_overdue_seconds") == 0
    assert sample("olievlek_nudges_total", outcome="sent") == sent + 1
    assert sample("olievlek_nudge_delay_seconds_bucket", le="60.0") == on_time + 1
    assert sample("olievlek_nudge_delay_seconds_bucket", le="30.0") < on_time + 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(TemporaryFailure("busy"), "failed"), (Unreachable("blocked"), "unreachable")],
)
async def test_what_does_not_arrive_counts_by_its_reason(
    application: Application,
    member: FakeMember,
    fake_channel: FakeChannel,
    clock: FixedClock,
    error: TemporaryFailure | Unreachable,
    outcome: str,
) -> None:
    before = sample("olievlek_nudges_total", outcome=outcome)
    arrived = sample("olievlek_nudges_total", outcome="sent")
    clock.goes_to(24, 11, 9, 30)
    fake_channel.fails_with.append(error)
    await application.nudge_sender.tick()
    assert sample("olievlek_nudges_total", outcome=outcome) == before + 1
    assert sample("olievlek_nudges_total", outcome="sent") == arrived


async def test_a_reply_that_waits_is_seen(
    application: Application,
    member: FakeMember,
    fake_channel: FakeChannel,
    clock: FixedClock,
    monitor: Monitor,
) -> None:
    fake_channel.fails_with.append(SendError("away"))
    await member.says("/privacy")
    clock.passes(minutes=2)
    await monitor.refresh()
    assert sample("olievlek_outbox_waiting") == 1
    assert sample("olievlek_outbox_oldest_seconds") == 120
    clock.passes(minutes=4)
    await application.outbox_sender.tick()
    await monitor.refresh()
    assert (sample("olievlek_outbox_waiting"), sample("olievlek_outbox_oldest_seconds")) == (0, 0)


async def test_who_leads_and_what_is_down(
    database: Database, fake_channel: FakeChannel, clock: FixedClock, monitor: Monitor
) -> None:
    await monitor.refresh()
    assert (sample("olievlek_channel_leading"), sample("olievlek_channel_up")) == (1, 1)
    assert shared("olievlek_database_up") == 1
    room = REGISTRY.get_sample_value("olievlek_storage_free_bytes", {"kind": "data"}) or 0
    assert database.file is None or room > 0
    await Monitor(database, [fake_channel], clock, set, "0.1.0").refresh()
    # One that stands by has no connection that could be broken.
    assert (sample("olievlek_channel_leading"), sample("olievlek_channel_up")) == (0, 1)


async def test_each_replica_sees_what_is_set_aside_and_that_it_no_longer_is(
    database: Database, fake_channel: FakeChannel, clock: FixedClock, monitor: Monitor
) -> None:
    standing_by = Monitor(database, [fake_channel], clock, set, "0.1.0")
    async with database.transaction() as session:
        stored = await inbox.add(session, "paper", [(typed("7", "een"), b"sealed")], clock())
        [item_id] = stored.values()
        await inbox.set_aside(session, item_id, "KeyError", clock())
    await standing_by.refresh()
    assert sample("olievlek_inbox_set_aside") == 1
    async with database.transaction() as session:
        await inbox.retry(session, None)
    await standing_by.refresh()
    assert sample("olievlek_inbox_set_aside") == 0


async def test_room_is_not_shown_where_the_database_is_a_server() -> None:
    # A process of its own: in this one another test has measured it.
    shown = "import bot.app, prometheus_client; print(prometheus_client.generate_latest().decode())"
    run = subprocess.run(
        [sys.executable, "-c", shown], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "olievlek_database_up 0.0" in run.stdout
    assert "\nolievlek_storage_free_bytes" not in run.stdout


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_database_that_is_gone_is_seen_and_nothing_is_raised(
    database: Database, monitor: Monitor
) -> None:
    assert database.file is not None
    await database.engine.dispose()
    database.file.unlink()
    database.file.mkdir()
    await monitor.refresh()
    assert shared("olievlek_database_up") == 0
