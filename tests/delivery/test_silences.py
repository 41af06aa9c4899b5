"""The question about the pace is asked once, across replicas and crashes."""

import asyncio

from bot.app import Application, build
from bot.delivery.nudges.nudge_claims import claim_nudges
from bot.messages import Purpose
from bot.store.members.vault import Vault
from tests.support.fakes import FakeMember, FixedClock


async def test_two_replicas_ask_about_the_pace_once(
    application: Application, vault: Vault, clock: FixedClock, member: FakeMember
) -> None:
    replica = build(application.database, vault, [member.fake_channel], clock)
    for _ in range(3):
        await member.waits_for_nudge()
    clock.moment = (await member.member()).next_nudge_at or clock.moment
    await asyncio.gather(application.nudge_sender.tick(), replica.nudge_sender.tick())
    clock.passes(hours=1)
    await asyncio.gather(application.nudge_sender.tick(), replica.nudge_sender.tick())
    assert sum("Past minder vaak" in sent.text for sent in member.messages) == 1


async def test_a_crash_before_the_question_about_the_pace_left_costs_a_delay(
    application: Application, vault: Vault, clock: FixedClock, member: FakeMember
) -> None:
    for _ in range(3):
        await member.waits_for_nudge()
    clock.moment = (await member.member()).next_nudge_at or clock.moment
    async with application.database.transaction() as session:
        claimed = await claim_nudges(session, clock(), [member.fake_channel.name], 10, clock())
    assert [nudge.message.about.purpose for nudge in claimed.items if nudge.message.about] == [
        Purpose.PACE
    ]
    assert "Past minder vaak" not in member.last.text
    clock.passes(seconds=25)
    await build(application.database, vault, [member.fake_channel], clock).nudge_sender.tick()
    assert "Past minder vaak" in member.last.text
