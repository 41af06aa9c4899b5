"""The jobs that send sleep until something is due, and every change of that wakes them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import Application, Leads, build
from bot.delivery.schedule.due_job import BETWEEN_RUNS, DueJob, watch_clock
from bot.delivery.schedule.schedule import Schedule
from bot.store.db.engine import Database
from bot.store.members import members
from tests.conversation.teams import Team
from tests.delivery.due_members import claim_in_another_process, nudges_of
from tests.delivery.team_chat import TeamChat
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

FIRST_NUDGE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # Tuesday, 9:30 in Amsterdam


@pytest.fixture
def schedule(application: Application) -> Schedule:
    """All that goes by the clock; nothing runs unless the test makes it."""
    return application.schedule()


async def test_the_next_look_is_at_the_moment_of_the_first_who_is_due(
    member: FakeMember, application: Application, schedule: Schedule, clock: FixedClock
) -> None:
    assert await application.nudge_sender.next_due() == FIRST_NUDGE
    clock.moment = FIRST_NUDGE - timedelta(hours=3)
    sleep_for_long(schedule.nudges, clock)
    await schedule.nudges.look()
    assert schedule.nudges.wakes_at == FIRST_NUDGE
    clock.moment = FIRST_NUDGE
    await schedule.nudges.look()
    assert len(nudges_of(member)) == 1
    assert await application.nudge_sender.next_due() == FIRST_NUDGE + timedelta(days=1)


async def test_a_look_before_the_moment_sends_nothing(
    member: FakeMember, schedule: Schedule, clock: FixedClock
) -> None:
    clock.moment = FIRST_NUDGE - timedelta(seconds=0.001)
    await schedule.nudges.look()
    assert nudges_of(member) == []


async def test_whoever_changes_their_moment_wakes_the_job(
    member: FakeMember, schedule: Schedule, clock: FixedClock
) -> None:
    sleep_for_long(schedule.nudges, clock)
    await member.says("/ritme ma 10:05")
    assert schedule.nudges.wakes_at == clock() + timedelta(minutes=5)


async def test_a_nudge_that_was_put_off_wakes_the_job(
    member: FakeMember, application: Application, schedule: Schedule, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    sleep_for_long(schedule.nudges, clock)
    await member.presses("Later", nudge)
    await member.presses("Over een uur", nudge)
    assert schedule.nudges.wakes_at == clock() + timedelta(hours=1)
    assert await application.nudge_sender.next_due() == clock() + timedelta(hours=1)


async def test_nothing_is_announced_of_a_transaction_that_is_rolled_back(
    member: FakeMember, database: Database, schedule: Schedule, clock: FixedClock
) -> None:
    sleep_for_long(schedule.nudges, clock)
    asleep_until = schedule.nudges.wakes_at
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            row = await members.find_member(session, *member.address.pair)
            assert row is not None
            row.next_nudge_at = clock()
            await session.flush()
            raise RuntimeError
    assert schedule.nudges.wakes_at == asleep_until


async def test_what_another_process_never_sent_is_due_when_its_lease_ends(
    member: FakeMember, application: Application, clock: FixedClock
) -> None:
    clock.moment = FIRST_NUDGE
    [leased] = await claim_in_another_process(application, clock)
    assert await application.nudge_sender.next_due() == leased.leased_until


async def test_nothing_is_due_on_a_channel_that_another_replica_leads(
    member: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    active: set[str] = set()
    replica = build(
        application.database,
        application.vault,
        [fake_channel],
        clock,
        leads=Leads(lambda: active),
    )
    assert await replica.nudge_sender.next_due() is None
    active.add("elsewhere")
    assert await replica.nudge_sender.next_due() is None
    active.add(fake_channel.name)
    assert await replica.nudge_sender.next_due() == FIRST_NUDGE


async def test_the_job_of_digests_sleeps_until_the_moment_of_a_team(
    application: Application, fake_channel: FakeChannel, schedule: Schedule, clock: FixedClock
) -> None:
    group = TeamChat(Team(application, fake_channel, clock))
    await group.begins()
    await group.week()
    due = await application.digest_sender.next_due()
    assert due == datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # Friday, 15:30 in Amsterdam
    sleep_for_long(schedule.digests, clock)
    await schedule.digests.look()
    assert group.digests == [] and schedule.digests.wakes_at == due
    clock.moment = due
    await schedule.digests.look()
    assert len(group.digests) == 1
    assert await application.digest_sender.next_due() == due + timedelta(weeks=1)


async def test_a_change_while_the_job_runs_is_not_lost(clock: FixedClock) -> None:
    runs: list[datetime] = []

    async def run() -> None:
        runs.append(clock())
        job.wake_at(clock() + timedelta(seconds=3))

    due: list[datetime | None] = [clock(), None]
    job = job_of(clock, run, due)
    sleep_for_long(job, clock)
    await job.look()
    assert runs == [clock()]
    assert job.wakes_at == clock() + timedelta(seconds=3)


async def test_what_cannot_go_out_is_tried_again_after_half_a_second(clock: FixedClock) -> None:
    async def run() -> None:
        """Sends nothing."""

    job = job_of(clock, run, [clock(), clock()])
    sleep_for_long(job, clock)
    await job.look()
    assert job.wakes_at == clock() + BETWEEN_RUNS


async def test_a_job_that_fails_goes_on_at_its_next_look(clock: FixedClock) -> None:
    async def run() -> None:
        raise RuntimeError("a fault of ours")

    job = job_of(clock, run, [clock(), clock(), None])
    sleep_for_long(job, clock)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await job.look()
    job.wake_at(clock() + timedelta(seconds=1))
    assert job.wakes_at == clock() + timedelta(seconds=1)


async def test_a_scheduler_that_was_shut_down_is_not_woken(
    member: FakeMember, schedule: Schedule
) -> None:
    schedule.scheduler.start(paused=True)
    schedule.scheduler.shutdown(wait=False)
    await member.says("/ritme ma 10:05")
    assert "10:05" in member.last.text


async def test_a_clock_that_jumps_wakes_everybody(
    clock: FixedClock,
) -> None:
    jumped = asyncio.Event()
    watching = asyncio.create_task(watch_clock(clock, jumped.set, seconds=0.01))
    await asyncio.sleep(0.05)
    assert not jumped.is_set()
    clock.passes(hours=-1)
    async with asyncio.timeout(2):
        await jumped.wait()
    watching.cancel()


def job_of(clock: FixedClock, run: object, due: list[datetime | None]) -> DueJob:
    """A job whose next moments are these, in turn."""

    async def next_due() -> datetime | None:
        return due.pop(0)

    return DueJob(AsyncIOScheduler(timezone=UTC), "job", run, next_due, clock)  # type: ignore[arg-type]


def sleep_for_long(job: DueJob, clock: FixedClock) -> None:
    """Makes the job sleep for a week, as if nothing were planned."""
    job.job.modify(next_run_time=clock() + timedelta(weeks=1))
