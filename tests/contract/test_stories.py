"""The same stories on every channel: what the product is, for an engineer who wants to know it.

Each is told through the platform's own client: a keyboard, Telegram's app, a Matrix client in an
encrypted room. A client that cannot edit or reply is not told the stories that need it.
"""

import pytest

from tests.contract.chat import Chat, everywhere, where_messages_change
from tests.contract.client import EditingClient
from tests.contract.clients import InABrowser, InARoom
from tests.unit.set_files.examples import made


@everywhere
async def test_joining_in_english_with_nonsense_first(chat: Chat) -> None:
    client = chat.client
    await client.begins()
    await client.receives("In welke taal")
    await client.chooses("English")
    await client.receives("When may I")
    await client.says("whenever the moon is blue")
    await client.receives("tue thu 9:30")
    await client.says("mon-fri 9:30")
    await client.receives("All set: every workday at 9:30")


@everywhere
async def test_a_round_from_nudge_to_streak_and_picture(chat: Chat) -> None:
    client = chat.client
    await chat.joins()
    await chat.nudge()
    for label in ("Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"):
        assert client.offers(label)
    await client.chooses("Gedaan")
    await client.receives("gedaan is gedaan")
    assert not client.offers("Niet nu")
    await client.says("Ik hoorde iets dat ik niet verwachtte. 🙂 שלום")
    await client.receives("Je reeks: 1 ronde.")
    await client.says("/reeks")
    await client.receives("Je reeks: 1 ronde.")
    assert (await client.picture()).startswith(b"\x89PNG")


@everywhere
async def test_trying_counts_and_skipping_the_question_is_fine(chat: Chat) -> None:
    await chat.joins()
    await chat.nudge()
    await chat.client.chooses("Geprobeerd")
    await chat.client.receives("Dat telt net zo goed")
    await chat.client.chooses("Overslaan")
    await chat.client.sees("Je reeks: 1 ronde.")


@everywhere
async def test_later_brings_it_back(chat: Chat) -> None:
    await chat.joins()
    await chat.nudge()
    await chat.client.chooses("Later")
    await chat.client.chooses("Over een uur")
    await chat.client.sees("Je krijgt hem weer")
    chat.clock.goes_to(24, 11, 10, 30)
    assert await chat.application.nudge_sender.tick() == 1
    await chat.client.receives("Lef:")


@everywhere
async def test_another_one_and_then_not_now(chat: Chat) -> None:
    await chat.joins()
    await chat.nudge()
    await chat.client.chooses("Andere")
    await chat.client.receives("Lef:")
    await chat.client.chooses("Niet nu")
    await chat.client.says("/reeks")
    await chat.client.receives("Je reeks: 0 rondes.")


@everywhere
@pytest.mark.parametrize(
    ("word", "told"), [("gedaan", "gedaan is gedaan"), ("Tried!", "Dat telt net zo goed")]
)
async def test_an_answer_as_a_word(chat: Chat, word: str, told: str) -> None:
    await chat.joins()
    await chat.nudge()
    await chat.client.says(word)
    await chat.client.receives(told)


@where_messages_change
async def test_a_reply_answers_an_older_nudge_and_an_edit_changes_it(chat: Chat) -> None:
    client = chat.client
    assert isinstance(client, EditingClient)
    await chat.joins()
    older = (await chat.nudge(24)).splitlines()[0]
    await chat.nudge(25)
    await client.replies(older, "Bij de bakker.")
    await client.receives("Je reeks")
    await client.says("Dit was nog iets.")
    await client.receives("erbij")
    await client.edits("Dit was nog iets.", "Dit was nog veel meer.")
    await client.receives("aangepast")
    await client.says("/terugblik")
    assert "Dit was nog veel meer." in await client.receives("Bij de bakker.")


@everywhere
async def test_a_pause_and_going_on(chat: Chat) -> None:
    await chat.joins()
    await chat.client.says("/pauze tot 1 dec")
    await chat.client.receives("1 december")
    chat.clock.goes_to(25, 11, 9, 30)
    assert await chat.application.nudge_sender.tick() == 0
    await chat.client.says("/hervat")
    await chat.client.receives("je pauze is voorbij")
    chat.clock.goes_to(26, 11, 9, 30)
    assert await chat.application.nudge_sender.tick() == 1


@everywhere
async def test_another_language(chat: Chat) -> None:
    await chat.joins()
    await chat.client.says("/taal en")
    await chat.client.receives("English")
    await chat.client.says("/streak")
    await chat.client.receives("Your streak")


@everywhere
async def test_a_command_that_is_none(chat: Chat) -> None:
    await chat.joins()
    await chat.client.says("/reesk")
    await chat.client.receives("reeks")


@everywhere
async def test_a_very_long_reflection_is_kept_whole(chat: Chat) -> None:
    await chat.joins()
    await chat.nudge()
    await chat.client.chooses("Gedaan")
    await chat.client.receives("gedaan is gedaan")
    await chat.client.says(f"{'Heel veel woorden. ' * 180}En het slot.")
    await chat.client.receives("Je reeks: 1 ronde.")
    await chat.client.says("/terugblik")
    await chat.client.receives("En het slot.")


@everywhere
async def test_forgetting_asks_once_more_and_then_knows_nobody(chat: Chat) -> None:
    await chat.joins()
    await chat.client.says("/vergeetmij")
    await chat.client.receives("zeker")
    await chat.client.chooses("Ja")
    await chat.client.sees("Alles is gewist")
    # The bot has left the room, and the browser's chat is gone: who begins again begins as new.
    if isinstance(chat.client, InARoom | InABrowser):
        await chat.client.begins()
        await chat.client.receives("In welke taal")
        return
    await chat.client.says("/reeks")
    await chat.client.receives("/start")


@where_messages_change
async def test_a_trainer_sends_a_set_and_it_is_live(chat: Chat) -> None:
    assert isinstance(chat.client, EditingClient)
    content = made("nieuw", "een").model_dump_json().encode()
    await chat.joins()
    await chat.client.sends_file("nieuw.yaml", content)
    await chat.client.receives("alleen")
    await chat.trains()
    await chat.client.sends_file("nieuw.yaml", content)
    await chat.client.receives("is een nieuwe set")
    await chat.client.chooses("Publiceer")
    await chat.client.sees("Versie 1 van nieuw staat klaar voor iedereen")
    await chat.client.sends_file("nieuw.yaml", b"set: nieuw")
    await chat.client.receives("fouten:")
