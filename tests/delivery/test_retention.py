"""What is too old is deleted, and who is silent for long is asked, and then erased."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from bot.app import Application, Leads, build
from bot.core.privacy.retention import Periods
from bot.delivery.maintenance.retention import Counts, RetentionJob
from bot.store.admin import audit
from bot.store.db.engine import Database
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.nudges import nudges
from bot.store.schema.base import Base
from bot.store.schema.ledger import Act, LedgerEntryRow
from bot.store.schema.members import AbsenceRow, AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReceiptRow, ReflectionRow
from bot.store.schema.outbox import OutboxRow
from bot.store.schema.teams import Role, RoleRow, ShareRow
from bot.store.teams import teams
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

NOTICE = "niets van je gehoord"


async def number_of(database: Database, table: type[Base]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def done(counts: Counts) -> Counts:
    """Returns the counts that are not zero."""
    return {kind: number for kind, number in counts.items() if number}


async def sends_waiting(application: Application) -> None:
    """The outbox sends what waits in it."""
    await application.outbox_sender.tick()


async def stays_silent(member: FakeMember, clock: FixedClock) -> None:
    """Half a year and some days pass; the bot tells them, and they do nothing."""
    clock.passes(days=190)
    await member.application.retention.run()
    await sends_waiting(member.application)


async def test_a_role_of_the_organisation_ends_at_its_moment_and_that_is_recorded(
    member: FakeMember, clock: FixedClock
) -> None:
    application, pair = member.application, member.address.pair
    until = clock() + timedelta(days=30)
    async with application.database.transaction() as session:
        await roles.confirm(session, pair, [Role.TRAINER], clock(), until)
    clock.moment = until - timedelta(seconds=1)
    await member.says("/sets")
    assert "Deze sets staan live" in member.last.text
    clock.moment = until
    await member.says("/sets")
    assert "Deze sets staan live" not in member.last.text
    assert (await application.retention.run())["roles"] == 1
    async with application.database.reading() as session:
        trail = [(entry.actor, entry.action) async for entry in audit.entries(session)]
        assert ("system", "revoked") in trail
        assert await session.scalar(select(func.count()).select_from(RoleRow)) == 0


async def test_who_is_silent_for_long_is_asked_once_and_erased_a_month_later(
    member: FakeMember, clock: FixedClock
) -> None:
    application = member.application
    clock.passes(days=170)
    assert (await application.retention.run())["notices"] == 0
    clock.passes(days=20)
    assert (await application.retention.run())["notices"] == 1
    assert (await application.retention.run())["notices"] == 0
    await sends_waiting(application)
    assert [NOTICE in sent.text for sent in member.messages].count(True) == 1
    assert "6 maanden" in member.last.text and "30 dagen" in member.last.text
    assert member.last.labels == ["Ik blijf"]
    clock.passes(days=29)
    assert (await application.retention.run())["members"] == 0
    clock.passes(days=2)
    assert (await application.retention.run())["members"] == 1
    assert await number_of(application.database, MemberRow) == 0
    async with application.database.reading() as session:
        acts = (await session.scalars(select(LedgerEntryRow.act))).all()
        trail = [(entry.actor, entry.action) async for entry in audit.entries(session)]
    assert Act.ERASED in acts
    assert ("system", "erased") in trail


async def test_the_chat_of_who_is_erased_for_silence_is_cleared_as_if_they_had_asked(
    member: FakeMember, clock: FixedClock
) -> None:
    own, database = await member.member(), member.application.database
    async with database.transaction() as session:
        session.add(AddressRow(member_id=own.id, channel="telegram", address="7"))
    await stays_silent(member, clock)
    clock.passes(days=31)
    await member.application.retention.run()
    async with database.reading() as session:
        waiting = (await session.execute(select(OutboxRow.channel, OutboxRow.key))).all()
    assert [tuple(row) for row in waiting] == [("telegram", f"erased-{own.id}-1")]


async def test_who_taps_that_they_stay_is_kept_and_gets_challenges_again(
    member: FakeMember, clock: FixedClock
) -> None:
    await stays_silent(member, clock)
    await member.presses("Ik blijf")
    assert "Fijn dat je blijft" in member.last.text
    assert member.last.labels == []
    clock.passes(days=40)
    assert (await member.application.retention.run())["members"] == 0
    clock.passes(days=160)
    assert (await member.application.retention.run())["notices"] == 1


async def test_any_word_is_a_sign_of_life(member: FakeMember, clock: FixedClock) -> None:
    await stays_silent(member, clock)
    await member.says("/reeks")
    clock.passes(days=40)
    assert (await member.application.retention.run())["members"] == 0
    assert (await member.member()).seen_on == (clock() - timedelta(days=40)).date()


async def test_the_notice_is_in_english_for_who_reads_english(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/language en")
    await stays_silent(member, clock)
    assert "6 months" in member.last.text and member.last.labels == ["I stay"]


async def test_who_is_on_leave_is_asked_when_they_are_back(
    member: FakeMember, clock: FixedClock
) -> None:
    back = clock().date() + timedelta(days=300)
    async with member.application.database.transaction() as session:
        own = await session.scalar(select(MemberRow.id)) or 0
        session.add(AbsenceRow(member_id=own, first_day=clock().date(), last_day=back))
    clock.passes(days=200)
    assert (await member.application.retention.run())["notices"] == 0
    clock.passes(days=101)
    assert (await member.application.retention.run())["notices"] == 1


async def test_two_that_run_at_once_tell_somebody_once(
    member: FakeMember, fake_channel: FakeChannel, vault: Vault, clock: FixedClock
) -> None:
    other = build(member.application.database, vault, [fake_channel], clock)
    clock.passes(days=190)
    counts = await asyncio.gather(member.application.retention.run(), other.retention.run())
    assert sum(each["notices"] for each in counts) == 1
    clock.passes(days=31)
    await asyncio.gather(member.application.retention.run(), other.retention.run())
    assert await number_of(member.application.database, MemberRow) == 0


async def test_only_the_process_that_leads_runs_it(
    member: FakeMember, fake_channel: FakeChannel, vault: Vault, clock: FixedClock
) -> None:
    leads = Leads(maintenance=lambda: False)
    database = member.application.database
    standing_by = build(database, vault, [fake_channel], clock, leads=leads)
    clock.passes(days=190)
    await standing_by.retention.tick()
    assert (await member.member()).notice_at is None
    await member.application.retention.tick()
    assert (await member.member()).notice_at == clock()


async def test_a_reflection_goes_after_a_year_and_a_later_one_stays(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", "lang geleden")
    clock.passes(days=100)
    await member.says("/nu")
    await member.presses("Gedaan")
    await member.says("een half jaar verder")
    clock.passes(days=364 - 100)
    await member.says("/reeks")
    assert "reflections" not in done(await member.application.retention.run())
    clock.passes(days=4)
    assert done(await member.application.retention.run())["reflections"] == 1
    assert await number_of(member.application.database, ReflectionRow) == 1
    assert "2 rondes" in await member.streak()


async def test_how_long_reflections_are_kept_is_a_setting(
    member: FakeMember, vault: Vault, clock: FixedClock
) -> None:
    await member.round("Gedaan", "kort bewaard")
    clock.passes(days=35)
    periods = Periods(reflections_months=1)
    job = RetentionJob(member.application.database, vault, clock, periods, lambda: True)
    assert (await job.run())["reflections"] == 1


async def test_the_messages_about_a_nudge_are_forgotten_after_three_months(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan")
    clock.passes(days=85)
    assert (await member.application.retention.run())["receipts"] == 0
    clock.passes(days=7)
    assert (await member.application.retention.run())["receipts"] > 0
    assert await number_of(member.application.database, ReceiptRow) == 0


async def test_a_preview_says_the_same_and_changes_nothing(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", "lang geleden")
    clock.passes(days=400)
    job, database = member.application.retention, member.application.database
    before = [await number_of(database, mapper.class_) for mapper in Base.registry.mappers]
    preview = await job.preview()
    assert {"reflections", "receipts", "notices", "moments"} <= done(preview).keys()
    after = [await number_of(database, mapper.class_) for mapper in Base.registry.mappers]
    assert before == after
    assert (await member.member()).notice_at is None
    assert await job.run() == preview
    assert done(await job.run()) == {}


async def test_an_old_absence_goes_unless_a_challenge_came_in_it(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    assert nudge is not None
    day = clock().date()
    async with member.application.database.transaction() as session:
        own = await session.scalar(select(MemberRow.id)) or 0
        session.add(AbsenceRow(member_id=own, first_day=day, last_day=day))
        later = day + timedelta(days=3)
        session.add(AbsenceRow(member_id=own, first_day=later, last_day=later))
        session.add(AbsenceRow(member_id=own, first_day=later))
    clock.passes(days=420)
    assert (await member.application.retention.run())["absences"] == 1
    async with member.application.database.reading() as session:
        kept = set((await session.scalars(select(AbsenceRow.last_day))).all())
    assert kept == {day, None}


async def test_after_two_weeks_only_the_day_of_an_answer_is_left(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan")
    answered = clock()
    clock.passes(days=14)
    assert (await member.application.retention.run())["moments"] == 0
    clock.passes(days=3)
    assert (await member.application.retention.run())["moments"] == 1
    [nudge] = await member.nudges()
    midnight = datetime.combine(answered.date(), time(0), UTC)
    assert (nudge.sent_at, nudge.answered_at) == (midnight, midnight)


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/Curacao", "Pacific/Auckland"])
async def test_after_two_weeks_only_the_day_of_what_somebody_wrote_is_left(
    member: FakeMember, clock: FixedClock, zone: str
) -> None:
    async with member.application.database.transaction() as session:
        await session.execute(update(MemberRow).values(zone=zone))
    clock.moment = datetime(2026, 11, 24, 8, 45, tzinfo=UTC)
    await member.says("/nu")
    await member.presses("Gedaan")
    await member.says("Vandaag geschreven")
    await member.says("/terugblik")
    shown = member.last.text
    clock.passes(days=15)
    assert (await member.application.retention.preview())["written"] == 1
    assert (await member.application.retention.run())["written"] == 1
    assert (await member.application.retention.run())["written"] == 0
    async with member.application.database.reading() as session:
        written = await session.scalar(select(ReflectionRow.written_at))
    assert written is not None and written.astimezone(ZoneInfo(zone)).time() == time(12)
    await member.says("/terugblik")
    assert member.last.text == shown


async def test_what_is_shared_keeps_the_minute_as_that_decides_who_reads_it(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", "Gedeeld")
    clock.passes(days=20)
    async with member.application.database.transaction() as session:
        nudge_id = await session.scalar(select(ReflectionRow.nudge_id)) or 0
        zone = "Europe/Amsterdam"
        team = await teams.create(session, "Griffie", "nl", zone, clock())
        session.add(ShareRow(nudge_id=nudge_id, team_id=team.id, named=False, shared_at=clock()))
    assert (await member.application.retention.run())["written"] == 0
    async with member.application.database.transaction() as session:
        await session.execute(delete(ShareRow))
    assert (await member.application.retention.run())["written"] == 1


async def test_an_answer_that_comes_later_is_cut_as_well(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    clock.passes(days=20)
    await member.application.retention.run()
    await member.presses("Gedaan", on=nudge)
    [row] = await member.nudges()
    assert row.answered_at == clock()
    await member.application.retention.run()
    [row] = await member.nudges()
    assert row.answered_at is not None and row.answered_at.time() == time(0)


@pytest.mark.parametrize("late", [False, True])
async def test_cutting_changes_no_round(member: FakeMember, clock: FixedClock, late: bool) -> None:
    first = await member.waits_for_nudge()
    await member.round("Gedaan")
    async with member.application.database.transaction() as session:
        begun = clock() + timedelta(minutes=1 if late else -(24 * 60))
        first_id = await session.scalar(select(func.min(NudgeRow.id))) or 0
        values = {"answer": "done", "answered_at": begun}
        await session.execute(update(NudgeRow).where(NudgeRow.id == first_id).values(values))
    assert first is not None

    async def rounds() -> list[object]:
        async with member.application.database.reading() as session:
            row = await session.scalar(select(MemberRow))
            assert row is not None
            return list(await nudges.rounds_of_member(session, row))

    before = await rounds()
    clock.passes(days=30)
    assert (await member.application.retention.run())["moments"] == 2
    assert await rounds() == before
    assert len({str(each) for each in before}) == 2
