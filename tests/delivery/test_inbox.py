"""The inbox: each item handled once, in order within its chat, and none lost to a stop."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.channels.base import TemporaryFailure
from bot.delivery.inbox.inbox import Inbox
from bot.delivery.inbox.queues import QueuedItem
from bot.delivery.inbox.suspects import SUSPECT
from bot.messages import ReceivedItem
from bot.retries import INBOX_ATTEMPTS
from bot.store.boxes import inbox as rows
from bot.store.db.engine import Database
from bot.store.keys.master_key import WrongKey
from bot.store.members.vault import Vault
from bot.store.nudges.processed_updates import is_already_processed
from bot.store.schema.inbox import InboxRow
from tests.delivery.inbox import (
    Platform,
    Reception,
    pressed,
    reception,
    typed,
    undecodable,
    until,
    until_handled,
)
from tests.support.inbox import NO_LIMITS


@pytest.fixture(autouse=True)
def _waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is never done with is not waited for, and what fails is tried again at once."""
    monkeypatch.setattr("bot.delivery.inbox.worker.STOP_SECONDS", 0.05)
    for policy in ("INBOX_ITEM", "DATABASE_OUTAGE"):
        for part in ("multiplier", "jitter", "max"):
            monkeypatch.setattr(f"bot.retries.{policy}.wait.{part}", 0.001)


async def stored(database: Database) -> list[InboxRow]:
    """All rows, in order."""
    async with database.reading() as session:
        return list((await session.scalars(select(InboxRow).order_by(InboxRow.id))).all())


async def waits_as_suspect(
    database: Database, vault: Vault, item: ReceivedItem, attempts: int
) -> None:
    """An item waits that was interrupted so often."""
    never_runs = Inbox(Platform(), database, vault, Platform().clock, Reception(), NO_LIMITS)
    await never_runs.intake.receive([item])
    async with database.transaction() as session:
        await session.execute(update(InboxRow).values(attempts=attempts))


async def test_each_chat_is_handled_in_order_and_nothing_stays(
    database: Database, vault: Vault
) -> None:
    answers = Reception()
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive(
            [typed(chat, str(n)) for n in range(20) for chat in ("7", "8", "9")], "60"
        )
        await until_handled(inbox)
        assert await inbox.intake.position() == "60"
    assert all(answers.texts(chat) == [str(n) for n in range(20)] for chat in ("7", "8", "9"))
    assert await stored(database) == []


async def test_what_waits_is_sealed(database: Database, vault: Vault) -> None:
    answers = Reception(slow={"een eigen zin"})
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([typed("7", "een eigen zin")])
        await until(lambda: answers.begun)
        [row] = await stored(database)
        assert b"eigen" not in row.sealed
        assert b"eigen" in vault.open_waiting(rows.seal_label("paper", row.key), row.sealed)
        with pytest.raises(WrongKey):
            vault.open_waiting(rows.seal_label("paper", "8/hallo"), row.sealed)
        answers.goes_on.set()


async def test_a_slow_chat_holds_up_no_other(database: Database, vault: Vault) -> None:
    answers = Reception(slow={"traag"})
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([typed("7", "traag"), typed("7", "later"), typed("8", "vlot")])
        await until(lambda: answers.heard)
        assert answers.heard == [("8", "vlot")]
        answers.goes_on.set()
        await until_handled(inbox)
    assert answers.texts("7") == ["traag", "later"]


async def test_what_is_brought_twice_is_handled_once(database: Database, vault: Vault) -> None:
    answers = Reception(slow={"a"})
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([typed("7", "a"), typed("7", "a")])
        await inbox.intake.receive([typed("7", "b"), typed("7", "a")])
        answers.goes_on.set()
        await until_handled(inbox)
    assert answers.texts("7") == ["a", "b"]


async def test_what_was_stored_and_not_handled_is_handled_after_a_start(
    database: Database,
    vault: Vault,
) -> None:
    answers = Reception()
    never_runs = Inbox(Platform(), database, vault, Platform().clock, answers, NO_LIMITS)
    await never_runs.intake.receive([typed("7", str(n)) for n in range(7)], "7")
    assert answers.heard == []
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([typed("7", "nieuw"), typed("7", "3")])
        await until_handled(inbox)
    assert answers.texts("7") == [*(str(n) for n in range(7)), "nieuw"]


async def test_many_pages_from_before_a_start_keep_their_order(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.inbox.worker.PAGE", 3)
    monkeypatch.setattr("bot.delivery.inbox.queues.MAX_CONTENT_BYTES", 100)
    answers = Reception()
    never_runs = Inbox(Platform(), database, vault, Platform().clock, answers, NO_LIMITS)
    await never_runs.intake.receive([typed(str(n % 2), str(n)) for n in range(20)])
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([typed(str(n % 2), str(n)) for n in range(20, 26)])
        await until_handled(inbox)
    for chat in range(2):
        assert answers.texts(str(chat)) == [str(n) for n in range(chat, 26, 2)]


async def test_what_cannot_be_decoded_is_set_aside_and_its_chat_goes_on(
    database: Database,
    vault: Vault,
) -> None:
    answers = Reception()
    with capture_logs() as log:
        async with reception(database, vault, answers) as inbox:
            await inbox.intake.receive([undecodable("7", "x"), typed("7", "verder")])
            await until_handled(inbox)
    assert answers.texts("7") == ["verder"] and answers.apologies == []
    [row] = await stored(database)
    assert (row.fault, row.attempts, row.set_aside_at is None) == ("no text", 1, False)
    assert "eigen" not in str(log)


async def test_what_is_set_aside_while_a_look_reads_it_stays_aside(
    database: Database, vault: Vault
) -> None:
    async with reception(database, vault, Reception()) as inbox:
        await inbox.intake.receive([undecodable("7", "x")])
        await until_handled(inbox)
        [row] = await stored(database)
        inbox._worker.add([QueuedItem(row.id, row.key, row.address)])  # as that look does
        await until_handled(inbox)
    assert [kept.id for kept in await stored(database)] == [row.id]


async def test_a_fault_of_ours_is_tried_five_times_then_set_aside_with_an_apology(
    database: Database,
    vault: Vault,
) -> None:
    answers = Reception()
    answers.faults["lastig"] = [RuntimeError("een eigen zin")] * 5
    answers.faults["bijna"] = [RuntimeError] * 2  # type: ignore[list-item]  # a class can be raised
    with capture_logs() as log:
        async with reception(database, vault, answers) as inbox:
            items = [typed("7", "lastig"), typed("8", "bijna"), typed("7", "verder")]
            await inbox.intake.receive(items)
            await until_handled(inbox)
    assert answers.texts("7") == ["verder"] and answers.texts("8") == ["bijna"]
    assert answers.begun.count("lastig") == 5
    assert answers.apologies == [("7", "trouble.unknown")]
    [row] = await stored(database)
    assert (row.fault, row.attempts) == ("RuntimeError", 5)
    assert "eigen" not in str(log)


async def test_what_the_database_refuses_is_logged_once_and_when_it_is_over(
    database: Database, vault: Vault
) -> None:
    answers = Reception()
    refusal = OperationalError("UPDATE members", {}, Exception("canceling: lock timeout"))
    answers.faults["een"] = [refusal] * 3
    with capture_logs() as log:
        async with reception(database, vault, answers) as inbox:
            await inbox.intake.receive([typed("7", "een"), typed("8", "twee")])
            await until_handled(inbox)
    assert answers.begun.count("een") == 4
    lines = [line for line in log if "waits for the database" in line["event"]]
    assert [(line["log_level"], line["channel"]) for line in lines] == [
        ("warning", "paper"),
        ("info", "paper"),
    ]
    assert "lock timeout" in lines[0]["error"]


async def test_what_is_set_aside_can_be_tried_again(database: Database, vault: Vault) -> None:
    answers = Reception()
    answers.faults["lastig"] = [RuntimeError()] * 5
    async with reception(database, vault, answers) as inbox:
        await inbox.intake.receive([undecodable("7", "x"), typed("7", "lastig")])
        await until_handled(inbox)
    async with database.transaction() as session:
        [odd, fault] = await rows.all_set_aside(session)
        assert (odd.fault, fault.fault) == ("no text", "RuntimeError")
        assert await rows.retry(session, {fault.id, 999}) == {fault.id}
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
    assert answers.texts("7") == ["lastig"]
    assert [row.id for row in await stored(database)] == [odd.id]
    async with database.transaction() as session:
        assert await rows.retry(session, None) == {odd.id}


async def test_a_database_that_is_away_is_no_fault_of_an_item(
    database: Database, vault: Vault
) -> None:
    answers, platform = Reception(), Platform()
    full = OperationalError("UPDATE", {}, Exception("database or disk is full"))
    answers.faults["done:1"] = [full] * 20
    async with reception(database, vault, answers, platform=platform) as inbox:
        await inbox.intake.receive([pressed("7", "done:1", "p"), typed("7", "verder")])
        await until_handled(inbox)
    assert answers.texts("7") == ["done:1", "verder"]
    assert answers.apologies == [("7", "trouble.delayed")]  # so that no button shows as loading
    assert platform.notices == {"p": "done"}
    assert await stored(database) == []


@pytest.mark.slow
async def test_what_may_end_the_process_is_tried_alone_and_then_set_aside(
    database: Database,
    vault: Vault,
) -> None:
    answers = Reception()
    never_runs = Inbox(Platform(), database, vault, Platform().clock, answers, NO_LIMITS)
    await never_runs.intake.receive([typed("7", "dodelijk"), typed("8", "onschuldig")])
    for slow, attempts in (
        ({"dodelijk", "onschuldig"}, [1, 1]),
        ({"dodelijk", "onschuldig"}, [3, 2]),
        ({"dodelijk"}, [4]),  # the one that was interrupted less goes first, and is answered
        ({"dodelijk"}, [5]),
    ):
        answers.slow, answers.begun = set(slow), []
        async with reception(database, vault, answers):
            await until(lambda: "dodelijk" in answers.begun)
            # Killed here, as far as the rows know.
        assert [row.attempts for row in await stored(database)] == attempts
    answers.slow = set()
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
    assert answers.heard == [("8", "onschuldig")]
    [row] = await stored(database)
    assert row.fault == "interrupted"
    assert answers.said == [("7", "trouble.unknown")]


async def test_of_a_suspect_whose_answer_is_being_sent_others_are_handled(
    database: Database, vault: Vault
) -> None:
    answers = Reception(slow_to_send={"een"})
    never_runs = Inbox(Platform(), database, vault, Platform().clock, answers, NO_LIMITS)
    await never_runs.intake.receive([typed("7", "een"), typed("8", "twee")])
    async with database.transaction() as session:
        await session.execute(update(InboxRow).values(attempts=SUSPECT))
    async with reception(database, vault, answers) as inbox:
        await until(lambda: ("8", "twee") in answers.heard)
        assert ("7", "een") in answers.heard  # and is not sent yet
        answers.goes_on.set()
        await until_handled(inbox)


@pytest.mark.parametrize(
    "fault", [OperationalError("UPDATE", {}, Exception("disk is full")), TemporaryFailure("away")]
)
async def test_a_suspect_that_fails_is_tried_again_as_any_other(
    database: Database, vault: Vault, fault: Exception
) -> None:
    answers = Reception()
    answers.faults["een"] = [fault] * 20
    await waits_as_suspect(database, vault, typed("7", "een"), attempts=SUSPECT)
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
    assert (answers.heard, answers.said) == ([("7", "een")], [])
    assert await stored(database) == []


async def test_a_suspect_that_was_answered_is_not_set_aside(
    database: Database, vault: Vault
) -> None:
    answers = Reception()
    item = typed("7", "een")
    await waits_as_suspect(database, vault, item, attempts=INBOX_ATTEMPTS)
    async with database.transaction() as session:  # the answer was committed, the row is left
        await is_already_processed(session, Platform().name, item.key, Platform().clock())
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
    assert answers.said == []
    assert await stored(database) == []


async def test_whose_press_is_set_aside_is_told_in_the_chat(
    database: Database, vault: Vault
) -> None:
    answers, platform = Reception(), Platform()
    await waits_as_suspect(database, vault, pressed("7", "done:1", "p"), attempts=INBOX_ATTEMPTS)
    async with reception(database, vault, answers, platform=platform) as inbox:
        await until_handled(inbox)
        await until(lambda: answers.said)
    assert answers.said == [("7", "trouble.unknown")]
    assert (answers.heard, platform.notices) == ([], {"p": None})


async def test_of_a_process_that_is_killed_again_and_again_no_item_is_suspected(
    database: Database, vault: Vault
) -> None:
    answers = Reception()
    never_runs = Inbox(Platform(), database, vault, Platform().clock, answers, NO_LIMITS)
    words = [str(number) for number in range(5)]
    await never_runs.intake.receive([typed(word, word) for word in words])
    for _ in range(1 + 2 * len(words)):
        answers.slow, answers.begun = set(words), []
        async with reception(database, vault, answers):
            await until(lambda: answers.begun)
            # Killed here, whatever is being handled.
    assert [row.attempts for row in await stored(database)] == [4] * len(words)
    answers.slow = set()
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
    assert sorted(answers.heard) == [(word, word) for word in words]


async def test_only_so_much_is_kept_aside(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.boxes.inbox.MAX_SET_ASIDE", 5)
    async with reception(database, vault, Reception()) as inbox:
        await inbox.intake.receive([undecodable("7", str(n)) for n in range(12)])
        await until_handled(inbox)
    assert [row.key for row in await stored(database)] == [str(n) for n in range(7, 12)]


async def test_nothing_is_taken_in_that_cannot_be_stored(database: Database, vault: Vault) -> None:
    answers = Reception()
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
        async with database.writing() as connection:
            await connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
        for _ in range(3):
            with pytest.raises(TemporaryFailure, match="cannot be stored"):
                await inbox.intake.receive([typed("7", "a")], "1")
        await until(lambda: answers.apologies)
        assert answers.apologies == [("7", "trouble.delayed")]  # once, however often it is tried
        assert await inbox.intake.position() is None
        async with database.writing() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
        await inbox.intake.receive([typed("7", "a")], "1")
        await until_handled(inbox)
    assert answers.texts("7") == ["a"]


async def test_what_another_replica_stored_is_handled_by_the_one_that_leads(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.inbox.inbox.LOOK_SECONDS", 0.02)
    answers, nobody = Reception(), Reception()
    stands_by = Inbox(Platform(), database, vault, Platform().clock, nobody, NO_LIMITS)
    async with reception(database, vault, answers) as inbox:
        await until_handled(inbox)
        for number in range(6):
            replica = (stands_by, inbox)[number % 2]
            await replica.intake.receive([typed("7", str(number))])
        await until(lambda: len(answers.heard) == 6)
        await until_handled(inbox)
    assert sorted(answers.texts("7")) == [str(n) for n in range(6)]
    assert nobody.heard == []
