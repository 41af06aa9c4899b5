"""What was decided to say arrives: after a kill, an outage or both, in order, or not any more."""

import asyncio
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from bot.app import build
from bot.channels.base import ChatMoved, MessageRejected, TemporaryFailure, Unreachable
from bot.delivery.outbox import outbox as outbox_module
from bot.delivery.sender import Envelope
from bot.messages import FOR_A_MOMENT, Address, File, Outgoing, Pressed
from bot.retries import OUTBOX_FAULTS
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.outbox import OutboxRow
from tests.delivery.outages import (
    Platform,
    comes_back,
    dies_while_answering,
    outbox_on,
    platform,
    restart,
    sanne,
    waiting,
)
from tests.support.fakes import FakeMember, FixedClock

SECRET = "Het gesprek in de wijk ging over stilte"


__all__ = ["platform", "sanne"]  # fixtures


async def test_what_arrived_does_not_stay(sanne: FakeMember, clock: FixedClock) -> None:
    await sanne.says("/privacy")
    assert await waiting(sanne.application) == []
    assert await sanne.application.outbox_sender.tick() == 0


async def test_a_reply_survives_a_kill_after_it_was_decided(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await sanne.round("Gedaan")
    platform.tried.clear()
    await dies_while_answering(sanne, SECRET)
    platform.comes_back()
    application = await restart(sanne, clock)
    assert await application.outbox_sender.tick() == 1
    assert sum("Bewaard bij" in message.text for message in sanne.messages) == 1
    assert await waiting(application) == []


async def test_the_order_of_a_chat_holds_through_an_outage_and_a_restart(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    for text in ("/privacy", "/terugblik", "/taal"):
        await sanne.says(text)
    assert len(set(platform.tried)) == 1  # the first alone: the others wait behind it
    decided = await waiting(sanne.application)
    await restart(sanne, clock)
    platform.comes_back()
    await sanne.says("/lef")
    assert platform.tried == []
    clock.passes(seconds=5)
    assert await sanne.application.outbox_sender.tick() == 1
    assert platform.keys[-4:-1] == [row.key for row in decided]
    assert await waiting(sanne.application) == []
    await sanne.says("/lef")
    assert platform.tried  # from memory again


async def test_a_challenge_that_is_asked_for_comes_soon_after_what_waits_before_it(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    await sanne.says("/privacy")
    platform.comes_back()
    await sanne.says("/nu")
    assert not any("Lef:" in message.text for message in sanne.messages)
    clock.passes(seconds=5)  # far less than its own lease
    await sanne.application.outbox_sender.tick()
    await sanne.application.nudge_sender.tick()
    assert "Lef:" in sanne.last.text


async def test_it_is_tried_again_after_growing_waits(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away(TemporaryFailure("slow", timedelta(seconds=50)))
    await sanne.says("/privacy")
    clock.passes(seconds=49)
    assert await sanne.application.outbox_sender.tick() == 0
    platform.goes_away()
    clock.passes(seconds=1)
    assert await sanne.application.outbox_sender.tick() == 1
    [row] = await waiting(sanne.application)
    assert row.attempts == 2
    clock.passes(seconds=3)
    assert await sanne.application.outbox_sender.tick() == 0
    assert await comes_back(sanne, platform, clock) == 1
    assert sanne.last.labels


async def test_help_is_dropped_after_minutes_and_an_answer_after_a_day(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    before = len(sanne.messages)
    platform.goes_away()
    await sanne.says("zomaar iets")
    await sanne.says("/terugblik")
    clock.passes(minutes=11)
    assert await comes_back(sanne, platform, clock) == 1
    assert [message.text[:4] for message in sanne.messages[before:]] == ["Je h"]
    platform.goes_away()
    await sanne.says("/terugblik")
    clock.passes(hours=25)
    await comes_back(sanne, platform, clock)
    assert len(sanne.messages) == before + 1
    assert await waiting(sanne.application) == []


async def test_what_is_too_late_while_it_is_claimed_is_not_sent(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    await sanne.says("/terugblik")
    async with sanne.application.database.transaction() as session:
        await session.execute(update(OutboxRow).values(expires_at=clock() + timedelta(seconds=1)))
    await sanne.application.retention.run()
    assert len(await waiting(sanne.application)) == 1
    clock.passes(seconds=2)
    await sanne.application.retention.run()
    assert await waiting(sanne.application) == []


async def test_of_edits_of_one_message_that_wait_only_the_newest_is_sent(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    nudge = await sanne.waits_for_nudge()
    later = Pressed(nudge.action("Later"), nudge.id)
    platform.goes_away()
    await sanne.does(later)
    await sanne.does(Pressed(nudge.action("Niet nu"), nudge.id))
    await comes_back(sanne, platform, clock)
    assert nudge.edits <= 2
    assert nudge.labels == ["Toch doen", "Kwam niet voor"]


async def test_erasing_removes_all_that_waits_but_the_word_that_it_is_done(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await sanne.says("/vergeetmij")
    yes = Pressed(sanne.last.action("Ja, wis"), sanne.last.id)
    platform.goes_away()
    await sanne.says("/privacy")
    await sanne.says("/reeks")
    await sanne.does(yes)
    assert len(await waiting(sanne.application)) == 1
    await comes_back(sanne, platform, clock)
    [done] = platform.tried
    assert "Alles is gewist" in done
    assert await waiting(sanne.application) == []


async def test_what_was_claimed_before_an_erasure_is_not_sent_after_it(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await sanne.says("/vergeetmij")
    yes = Pressed(sanne.last.action("Ja, wis"), sanne.last.id)
    platform.goes_away()
    await sanne.says("/privacy")
    platform.comes_back()
    clock.passes(seconds=5)
    platform.gate = asyncio.Event()
    sending = asyncio.create_task(sanne.application.outbox_sender.tick())
    await platform.until_at_gate(1)
    erasing = asyncio.create_task(sanne.does(yes))
    await platform.until_at_gate(2)
    platform.gate.set()
    await asyncio.gather(sending, erasing)
    [done] = platform.tried
    assert "Alles is gewist" in done


async def test_what_waits_is_sealed(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await sanne.round("Gedaan")
    await sanne.says(SECRET)
    platform.goes_away()
    await sanne.says("/terugblik")
    [row] = await waiting(sanne.application)
    assert SECRET not in str(vars(row))
    assert SECRET.encode() not in row.sealed
    stranger = build(
        sanne.application.database, Vault(new_secret_key()), [platform], clock
    ).outbox_sender
    platform.comes_back()
    clock.passes(seconds=5)
    assert await stranger.tick() == 1  # with another key it cannot be read
    assert platform.tried == []
    assert await waiting(sanne.application) == []


async def test_pictures_and_files_survive_a_kill(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    await sanne.round("Gedaan", SECRET)
    platform.goes_away()
    await sanne.says("/reeks")
    await sanne.says("/export")
    await restart(sanne, clock)
    await comes_back(sanne, platform, clock)
    streak, export = (message.message for message in sanne.messages[-2:])
    assert streak.picture is not None
    assert streak.picture.drawing.draw().startswith(b"\x89PNG")
    assert export.file is not None
    assert "member.json" in ZipFile(BytesIO(export.file.content)).namelist()


async def test_a_chat_that_is_gone_gets_nothing_more_and_its_member_has_left(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    await sanne.says("/privacy")
    await sanne.says("/terugblik")
    platform.goes_away(Unreachable("blocked"))
    clock.passes(seconds=5)
    assert await sanne.application.outbox_sender.tick() == 1
    assert await waiting(sanne.application) == []
    assert (await sanne.member()).left_at == clock()


async def test_what_waits_follows_a_chat_that_moved(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    await sanne.says("/privacy")
    await sanne.says("/terugblik")
    platform.comes_back()
    platform.fails_with = [ChatMoved("sanne2")]
    clock.passes(seconds=5)
    assert await sanne.application.outbox_sender.tick() == 1
    sanne.address = Address("paper", "sanne2")
    assert "niets opgeschreven" in sanne.messages[1].text
    assert len(sanne.messages) == 2
    assert await waiting(sanne.application) == []


async def test_a_message_that_is_refused_does_not_hold_up_the_next(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.fails_with = [MessageRejected("too odd")]
    await sanne.says("/privacy")
    await sanne.says("/terugblik")
    assert "niets opgeschreven" in sanne.last.text
    assert await waiting(sanne.application) == []


async def test_a_fault_of_ours_does_not_hold_up_a_chat_for_ever(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.away = KeyError(SECRET)
    await sanne.says("/privacy")
    await sanne.says("/terugblik")
    for _ in range(OUTBOX_FAULTS - 1):
        clock.passes(seconds=40)
        assert await sanne.application.outbox_sender.tick() == 1
    assert len(await waiting(sanne.application)) == 1
    await comes_back(sanne, platform, clock)
    assert "niets opgeschreven" in sanne.last.text


async def test_a_challenge_that_was_asked_for_in_an_outage_comes_once(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    platform.goes_away()
    await sanne.says("/privacy")
    await sanne.says("/nu")
    assert len(await waiting(sanne.application)) == 1  # the nudge's own row keeps the other
    await comes_back(sanne, platform, clock)
    await sanne.application.nudge_sender.tick()
    assert sum("Lef:" in message.text for message in sanne.messages) == 1
    assert "Lef:" in sanne.last.text


async def test_a_file_that_is_too_large_to_keep_is_sent_and_not_kept(
    sanne: FakeMember, platform: Platform, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_BYTES", 10)
    outbox = outbox_on(sanne.application, platform, clock)
    large = Outgoing("Alles", file=File("a.zip", b"PK" * 6))
    kept = await outbox.keep_alone([Envelope(sanne.address, large, "k")])
    assert await waiting(sanne.application) == []
    await outbox.send(kept, sanne.address)
    assert sanne.last.message.file == large.file
    platform.goes_away()
    await outbox.send(kept, sanne.address)


async def test_the_same_message_twice_is_kept_once(
    sanne: FakeMember, platform: Platform, clock: FixedClock
) -> None:
    outbox = outbox_on(sanne.application, platform, clock)
    platform.goes_away()
    for _ in range(2):
        passing = Outgoing("Even geduld", relevant_for=FOR_A_MOMENT)
        kept = await outbox.keep_alone([Envelope(sanne.address, passing, "k")])
        await outbox.send(kept, sanne.address)
    assert len(await waiting(sanne.application)) == 1
    clock.passes(seconds=60)
    await comes_back(sanne, platform, clock)
    assert platform.tried == []
