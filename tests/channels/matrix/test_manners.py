"""What people see of the bot in Element besides its words, and that each question has its room."""

from functools import partial

import pytest

from bot.messages import Outgoing
from tests.support.matrix.people import MatrixPerson
from tests.support.matrix_bot import MatrixBot, joins

pytestmark = pytest.mark.server


async def test_what_the_bot_dealt_with_is_marked_as_read(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        typed = await sanne.types("!ritme")
        await sanne.receives("9:30")
        await sanne.until(lambda: sanne.read_by_bot() == typed)


async def test_that_an_answer_is_coming_is_seen_and_ends(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        channel = on_matrix.channels[-1]
        assert channel.shows_typing_at_once
        await channel.typing(sanne.user_id)
        await sanne.until(lambda: sanne.typing_users() == [on_matrix.bot])
        await channel.typing_ended(sanne.user_id)
        await sanne.until(lambda: not sanne.typing_users())


async def test_a_long_text_of_any_signs_arrives_in_parts_in_a_sealed_room(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        for text in ("你好吗。" * 5_000, "😀 " * 5_500, "Een lang verhaal. " * 5_000):
            before = len(sanne.from_bot())
            await on_matrix.channels[-1].send(sanne.user_id, Outgoing(text), f"long-{before}")
            await sanne.until(partial(arrived, sanne, before, text))


def arrived(person: MatrixPerson, before: int, text: str) -> bool:
    """Whether the messages since then are this text, but for the spaces at which it was cut."""
    parts = [seen.text for seen in person.from_bot()[before:]]
    return "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("kind", "content", "answer"),
    [
        ("m.room.message", {"msgtype": "m.location", "body": "x", "geo_uri": "geo:1,2"}, "lezen"),
        ("org.matrix.msc3381.poll.start", {"body": "Wat eten we?"}, "lezen"),
        ("m.call.invite", {"call_id": "1", "lifetime": 1, "version": 0}, "Bellen"),
    ],
)
async def test_what_the_bot_cannot_read_is_answered_once_for_a_burst(
    on_matrix: MatrixBot, kind: str, content: dict[str, object], answer: str
) -> None:
    offer = {"offer": {"type": "offer", "sdp": ""}} if kind == "m.call.invite" else {}
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        for _ in range(5):
            await sanne.sends(kind, content | offer)
        await sanne.types("!privacy")
        await sanne.receives("In het kort")
        answers = [seen.text for seen in sanne.from_bot() if "In het kort" not in seen.text]
        assert sum(answer in text for text in answers) == 1


async def test_each_question_is_answered_in_the_room_in_which_it_was_asked(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        first = sanne.room
        await sanne.invites(sealed=False)
        await sanne.receives("Wil je hier verder praten")
        second = sanne.room
        assert first != second
        for number in range(4):
            await sanne.types("!taal", room=first if number % 2 else second)
            asked = await sanne.receives("In welke taal")
            assert asked.room == (first if number % 2 else second)
        await sanne.types("!lef", room=first)
        await sanne.receives("lef 3 van 3")
        await sanne.types("1", room=second)
        answered = await sanne.receives("Nederlands")
        assert answered.room == second
