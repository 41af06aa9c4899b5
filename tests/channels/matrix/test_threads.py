"""What belongs in a thread without saying so: changes of a message there, and reactions to it."""

from typing import Any

from bot.app import Application
from tests.channels.matrix.test_odd_events import room_path, sealed, sent
from tests.support.matrix.people import MatrixPerson
from tests.support.matrix.seen import Seen
from tests.support.matrix_bot import MatrixBot, joins


async def challenged(
    bot: MatrixBot, application: Application, person: MatrixPerson, day: int
) -> Seen:
    """The challenge of a day in November."""
    bot.clock.goes_to(day, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    return await person.receives("Lef:")


async def test_what_changes_a_message_in_a_thread_is_answered_there(on_matrix: MatrixBot) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        older = await challenged(on_matrix, application, sanne, 24)
        await challenged(on_matrix, application, sanne, 25)
        await sanne.types_in_thread(older, "gedaan")
        await sanne.receives("Overslaan")
        words = await sanne.types_in_thread(older, "Bij de bakker hoorde ik het.")
        assert (await sanne.receives("Bewaard bij")).thread == older.id
        await sanne.edits(words, "Bij de slager hoorde ik het.")
        assert (await sanne.receives("aangepast")).thread == older.id
        await sanne.redacts(words)
        assert (await sanne.receives("gewist")).thread == older.id


async def test_a_reply_and_a_reaction_in_a_thread_are_about_its_challenge(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        older = await challenged(on_matrix, application, sanne, 24)
        newer = await challenged(on_matrix, application, sanne, 25)
        own = await sanne.types_in_thread(older, "!ritme")
        await sanne.receives("Je ritme is nu")
        reply = {"is_falling_back": False, "m.in_reply_to": {"event_id": own}}
        in_thread = {"rel_type": "m.thread", "event_id": older.id, **reply}
        relation: dict[str, Any] = {"m.relates_to": in_thread}
        await sanne.types("1", **relation)
        question = await sanne.receives("Overslaan")
        assert question.thread == older.id and "1. " in newer.text
        await sanne.types("Bij de bakker hoorde ik het.", **relation)
        assert (await sanne.receives("Bewaard bij")).thread == older.id
        await sanne.types_in_thread(newer, "gedaan")
        question = await sanne.receives("Overslaan")
        await sanne.reacts(question, "1️⃣")
        skipped = await sanne.receives("Je reeks")
        assert skipped.thread == newer.id


async def test_a_number_as_a_reaction_is_the_choice_with_that_number(on_matrix: MatrixBot) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        challenge = await challenged(on_matrix, application, sanne, 24)
        await sanne.reacts(challenge, "2️⃣")
        await sanne.receives("Dat telt net zo goed")


async def test_a_relation_within_the_encryption_alone_is_none(on_matrix: MatrixBot) -> None:
    """The homeserver would refuse an answer in a thread that begins with a reaction."""
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        reaction = await sanne.reacts(sanne.from_bot()[0], "🎉")
        relation = {"rel_type": "m.thread", "event_id": reaction}
        content = {"msgtype": "m.text", "body": "!ritme", "m.relates_to": relation}
        payload = {"type": "m.room.message", "room_id": sanne.room, "content": content}
        assert await sent(sanne, room_path(sanne, "m.room.encrypted"), sealed(sanne, payload))
        assert (await sanne.receives("Je ritme is nu")).thread is None
        # Forwarded from a room without encryption, by a client that puts it there as it was.
        await sanne.types("Dit hoorde ik", msgtype="m.audio", filename="a.ogg", url="mxc://x/y")
        await sanne.receives("De bijlage zelf bewaar ik niet")
