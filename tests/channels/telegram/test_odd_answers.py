"""Odd answers to what the bot sends on Telegram: none of them loses a reply."""

import pytest
from sqlalchemy import func, select

from bot.app import Application
from bot.store.schema.inbox import InboxRow
from tests.support.fakes import FixedClock
from tests.support.inbox import all_is_handled
from tests.support.odd_answers import FROM_IN_BETWEEN, JSON, OddAnswer
from tests.support.telegram.bot_api import BotApiServer, Person

TRIES = 3
ODD = FROM_IN_BETWEEN | {
    "no result": OddAnswer(b'{"ok":true}', headers=JSON),
    "another result": OddAnswer(b'{"ok":true,"result":7}', headers=JSON),
    "true": OddAnswer(b'{"ok":true,"result":true}', headers=JSON),
    "a message without a number": OddAnswer(b'{"ok":true,"result":{"chat":{}}}', headers=JSON),
    "no number": OddAnswer(b'{"ok":true,"result":{"message_id":true}}', headers=JSON),
    "truncated": OddAnswer(b'{"ok":true,"result":{"message_i', headers=JSON),
    "JSON with 502": OddAnswer(b'{"ok":false,"description":"x"}', 502, JSON),
}

# Telegram itself answers true to the edit of an inline message, so that is taken for an answer.
ODD_TO_AN_EDIT = {name: answer for name, answer in ODD.items() if name != "true"}


@pytest.fixture
async def sanne(server: BotApiServer, application: Application) -> Person:
    """Somebody who was asked for their language."""
    person = server.person(7)
    person.types("/start")
    await person.receives("In welke taal")
    return person


async def arrives_late(server: BotApiServer, application: Application, clock: FixedClock) -> None:
    """The tries right after the commit are over, and the wait after them too."""
    await all_is_handled(server, *application.inboxes.values())
    clock.passes(seconds=5)
    assert await application.outbox_sender.tick() == 1


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
async def test_an_odd_answer_loses_no_message(
    server: BotApiServer,
    application: Application,
    clock: FixedClock,
    sanne: Person,
    answer: OddAnswer,
) -> None:
    for _ in range(TRIES):
        server.answer_next("sendMessage", answer)
    sanne.types("English")
    await arrives_late(server, application, clock)
    await sanne.receives("When may I send")


@pytest.mark.parametrize("answer", ODD_TO_AN_EDIT.values(), ids=ODD_TO_AN_EDIT)
async def test_an_odd_answer_loses_no_edit_and_nothing_behind_it(
    server: BotApiServer,
    application: Application,
    clock: FixedClock,
    sanne: Person,
    answer: OddAnswer,
) -> None:
    for _ in range(TRIES):
        server.answer_next("editMessageText", answer)
    sanne.presses("English")
    await arrives_late(server, application, clock)
    await sanne.receives("When may I send")
    assert sanne.inbox[0].labels == []


async def test_a_reply_whose_answer_got_lost_comes_at_most_once_more(
    server: BotApiServer, application: Application, clock: FixedClock
) -> None:
    sanne = server.person(7)
    server.drop_next("sendMessage", after_accepting=True)
    sanne.types("/start")
    await all_is_handled(server, *application.inboxes.values())
    clock.passes(seconds=5)
    assert await application.outbox_sender.tick() == 0
    assert len(sanne.inbox) == 2


TO_OTHERS = ("null", "no result", "a page", "a redirect", "a bomb", "JSON with 502")
OTHER_CALLS = ("getMe", "getUpdates", "deleteWebhook", "sendChatAction", "answerCallbackQuery")


@pytest.fixture
def _odd_other_answers(server: BotApiServer, answer: OddAnswer) -> None:
    for call in OTHER_CALLS:
        server.answer_next(call, answer)


@pytest.mark.usefixtures("_odd_other_answers")
@pytest.mark.parametrize("answer", [ODD[name] for name in TO_OTHERS], ids=TO_OTHERS)
async def test_an_odd_answer_to_another_call_stops_nothing(
    server: BotApiServer, application: Application
) -> None:
    sanne = server.person(7)
    sanne.types("/start")
    await sanne.receives("In welke taal")
    sanne.presses("English")
    await sanne.receives("When may I send")
    await all_is_handled(server, *application.inboxes.values())
    async with application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 0
