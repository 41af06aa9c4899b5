"""Floods: whoever is calm is answered at once, and what is kept stays within limits."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.app import Application
from bot.channels.base import TemporaryFailure
from bot.conversation.words import Words
from bot.delivery.inbox.fair_turns import FairTurns
from bot.delivery.inbox.flood_limits import MAX_CHATS, FloodLimits, InboxLimits, Verdict
from bot.delivery.inbox.inbox import Inbox
from bot.messages import Address, Incoming, Pressed, Typed
from bot.store.boxes import inbox as rows
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.inbox import InboxRow
from tests.delivery.inbox import (
    Platform,
    Reception,
    pressed,
    reception,
    typed,
    until,
    until_handled,
)
from tests.support.fakes import FakeMember
from tests.support.inbox import NO_LIMITS

ACCEPT, DROP, TELL = Verdict.ACCEPT, Verdict.DROP, Verdict.DROP_WITH_NOTICE
LIMITS = InboxLimits()


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is dropped is decided in memory."""
    return "sqlite"


async def count_rows(database: Database) -> int:
    """How many items are stored."""
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(InboxRow)) or 0


async def test_a_calm_member_is_handled_before_the_rest_of_a_flood(
    database: Database, vault: Vault
) -> None:
    answers = Reception(slow={"0"})
    async with reception(database, vault, answers, LIMITS) as inbox:
        await until_handled(inbox)
        await inbox.intake.receive([typed("7", "0")])
        await until(lambda: answers.begun)
        await inbox.intake.receive([typed("7", str(n)) for n in range(1, 1_000)])
        assert await count_rows(database) == 1 + LIMITS.waiting
        await inbox.intake.receive([pressed("8", "done:1")])
        await until(lambda: answers.texts("8"))
        assert answers.texts("7") == []  # whatever the flood is doing
        answers.goes_on.set()
        await until_handled(inbox)
    assert answers.texts("7") == [str(n) for n in range(1 + LIMITS.waiting)]
    assert answers.slowed_down == ["7"]


async def test_every_press_in_a_flood_is_answered(database: Database, vault: Vault) -> None:
    answers, platform = Reception(slow={"0"}), Platform()
    async with reception(database, vault, answers, LIMITS, platform) as inbox:
        await until_handled(inbox)
        await inbox.intake.receive([pressed("7", str(n), key=str(n)) for n in range(300)])
        await until(lambda: len(platform.notices) == 300 - LIMITS.waiting)
        assert set(platform.notices.values()) == {"slow down"}
        answers.goes_on.set()
        await until_handled(inbox)
        await until(lambda: len(platform.notices) == 300)
    assert len(answers.texts("7")) == LIMITS.waiting


async def test_a_stranger_who_floods_gets_one_answer_and_takes_no_rows(
    database: Database,
    vault: Vault,
) -> None:
    answers = Reception(strangers={"66"})
    async with reception(database, vault, answers, LIMITS) as inbox:
        await until_handled(inbox)
        await inbox.intake.receive([typed("66", "muur van tekst")])
        await until_handled(inbox)
        await inbox.intake.receive([typed("66", f"muur {n}") for n in range(150)])
        assert await count_rows(database) == 0
        await inbox.intake.receive([typed("66", "/start ABCD")])
        await until_handled(inbox)
    assert answers.texts("66") == ["muur van tekst", "/start ABCD"]
    assert answers.slowed_down == []


async def test_what_came_in_while_the_bot_was_away_is_no_flood(
    database: Database, vault: Vault
) -> None:
    answers, platform = Reception(), Platform()
    async with reception(database, vault, answers, LIMITS, platform) as inbox:
        await until_handled(inbox)
        meanwhile = [replace(typed("7", str(n)), sent_at=platform.clock()) for n in range(40)]
        platform.clock.passes(seconds=1)
        await inbox.intake.receive(meanwhile)
        await until_handled(inbox)
    assert answers.texts("7") == [str(n) for n in range(40)] and answers.slowed_down == []


@pytest.mark.slow
async def test_the_whole_is_limited_too(database: Database, vault: Vault) -> None:
    limits = InboxLimits(total=20)
    answers = Reception(slow={"blijft"})
    async with reception(database, vault, answers, limits) as inbox:
        await until_handled(inbox)
        await inbox.intake.receive([typed(str(n), "blijft") for n in range(20)], "20")
        with pytest.raises(TemporaryFailure, match="too much"):
            await inbox.intake.receive([typed("99", "later")], "21")
        stands_by = Inbox(Platform(), database, vault, Platform().clock, answers, limits)
        with pytest.raises(TemporaryFailure, match="too much"):
            await stands_by.intake.receive([typed("99", "later")])
        answers.goes_on.set()
        await until_handled(inbox)
        await inbox.intake.receive([typed("99", "later")], "21")
        await until_handled(inbox)
    assert answers.texts("99") == ["later"]


async def test_a_replica_that_stands_by_keeps_to_the_same_limit(
    database: Database, vault: Vault
) -> None:
    stands_by = Inbox(Platform(), database, vault, Platform().clock, Reception(), LIMITS)
    for first in range(0, 40, 8):
        await stands_by.intake.receive([typed("7", str(n)) for n in range(first, first + 8)])
    assert await count_rows(database) == LIMITS.waiting


async def test_two_bots_that_answer_each_other_stop(database: Database, vault: Vault) -> None:
    answers, limits = Reception(), InboxLimits(answers=20)
    async with reception(database, vault, answers, limits) as inbox:
        await until_handled(inbox)
        for n in range(60):
            await inbox.intake.receive([typed("55", f"Ik begrijp je niet ({n})")])
            await until_handled(inbox)
            if len(answers.heard) + len(answers.slowed_down) <= n:
                break  # no answer, so the other bot has nothing to answer
    assert len(answers.heard) == 20 and answers.slowed_down == ["55"]


def test_a_chat_that_calmed_down_is_answered_again() -> None:
    limits = FloodLimits(InboxLimits(answers=3, calm=2))
    moments = (0, 1, 2, 3, 4, 30, 50, 111, 112)
    verdicts = [limits.on_handling("7", float(moment)) for moment in moments]
    assert verdicts == [ACCEPT] * 3 + [TELL, DROP, DROP, DROP, ACCEPT, ACCEPT]


def test_the_same_again_is_dropped_silently_and_the_rest_told_once_a_minute() -> None:
    limits = FloodLimits(InboxLimits())

    def arrives(text: str, now: float, room: int = 0) -> Verdict:
        return limits.on_arrival("7", text, room, now, has_priority=False)

    assert arrives("a", 0, room=1) is ACCEPT
    assert [arrives("b", 1), arrives("b", 2), arrives("c", 3)] == [TELL, DROP, DROP]
    assert [arrives("c", 62), arrives("d", 63), arrives("e", 64)] == [DROP, TELL, DROP]


def test_what_always_has_to_work_has_room_of_its_own() -> None:
    limits = FloodLimits(InboxLimits(priority=1))
    rooms = (2, 1, 0, -1, -2)
    arriving = [limits.on_arrival("7", "/start", n, 0.0, has_priority=True) for n in rooms]
    assert arriving == [ACCEPT, ACCEPT, ACCEPT, DROP, DROP]


def test_the_memory_of_chats_is_limited() -> None:
    limits = FloodLimits(InboxLimits())
    for number in range(MAX_CHATS + 50):
        limits.on_arrival(str(number), "x", 0, 0.0, has_priority=False)
        limits.stranger_answered(str(number), 0.0)
    assert not limits.is_answered_stranger("0", 1.0)
    assert limits.is_answered_stranger(str(MAX_CHATS + 49), 1.0)


async def test_the_chat_that_was_served_least_lately_has_its_turn_first() -> None:
    turns, order = FairTurns(1), []

    async def serve(chat: str, *, is_known: bool = False) -> None:
        async with turns.turn(chat, is_known=is_known):
            order.append(chat)
            await asyncio.sleep(0)

    await serve("calm")
    await serve("flood")
    async with turns.turn("flood"):
        waiting = [asyncio.create_task(serve("flood")) for _ in range(3)]
        await asyncio.sleep(0)
        waiting += [asyncio.create_task(serve(chat)) for chat in ("new", "calm")]
        waiting.append(asyncio.create_task(serve("presses", is_known=True)))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order[2:] == ["presses", "calm", "flood", "flood", "flood", "new"]


async def test_a_turn_that_is_not_waited_for_any_more_goes_to_the_next() -> None:
    turns = FairTurns(1)
    async with turns.turn("a"):
        gone = asyncio.create_task(turns.turn("b").__aenter__())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
    async with asyncio.timeout(1), turns.turn("c"):
        pass


async def test_erasure_takes_what_waits_in_their_chat_and_from_them_in_groups(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    member_id = (await member.member()).id
    stands_by = Inbox(Platform(), database, vault, member.clock, Reception(), NO_LIMITS)
    in_group = typed("group", "van haar")
    await stands_by.intake.receive(
        [typed("sanne", "a"), replace(in_group, sender="sanne"), typed("group", "van een ander")]
    )
    async with database.transaction() as session:
        await rows.forget_member(session, member_id)
    async with database.reading() as session:
        kept = (await session.scalars(select(InboxRow.key))).all()
    assert kept == ["group/van een ander"]


async def test_a_member_is_asked_to_slow_down_in_their_language_and_a_stranger_is_not(
    application: Application, member: FakeMember
) -> None:
    def incoming(who: str, content: Typed | Pressed) -> Incoming:
        return Incoming(f"{who}-{content}", Address("paper", who), member.clock(), content, "en")

    before = len(member.messages)
    slow_down = application.replies.slow_down
    assert await slow_down(incoming("sanne", Typed("hoi", "1"))) is None
    assert member.last.text.startswith("Even geduld") and len(member.messages) == before + 1
    assert "Even geduld" in (await slow_down(incoming("sanne", Pressed("done:1"))) or "")
    assert await slow_down(incoming("onbekend", Typed("hoi", "2"))) is None
    assert "onbekend" not in member.fake_channel.messages
    assert "One moment" in (await slow_down(incoming("onbekend", Pressed("done:1"))) or "")


async def test_what_is_said_in_the_chat_is_said_there_for_a_press_too_in_their_language(
    application: Application, member: FakeMember
) -> None:
    pressed = Incoming("1", Address("paper", "sanne"), member.clock(), Pressed("done:1"), "en")
    before = len(member.messages)
    await application.replies.say_in_chat(pressed, "trouble.unknown")
    assert len(member.messages) == before + 1
    assert member.last.text == Words("nl")("trouble.unknown")
