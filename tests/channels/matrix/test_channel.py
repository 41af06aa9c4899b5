"""The Matrix channel, with a real homeserver."""

import asyncio

import pytest
from sqlalchemy import text

from bot.channels.matrix.events.content import receipt_of
from bot.delivery.take_over import take_over
from bot.messages import Outgoing
from bot.store.members import members
from tests.support.matrix.people import well
from tests.support.matrix_bot import MatrixBot, busy_homeserver, joins

# As SQL: that a message arrived cannot be recorded.
NOTHING_ARRIVES = "BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'the power goes'); END"
SEEDS = ["✅", "💪", "⏰", "🔄", "⏭️"]


@pytest.mark.parametrize("sealed", [False, True])
async def test_from_invitation_to_streak(on_matrix: MatrixBot, sealed: bool) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=sealed)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        nudge = await sanne.receives("Lef:")
        assert nudge.sealed is sealed
        await sanne.sees_reactions(nudge, SEEDS)
        await sanne.reacts(nudge, "✅")
        await sanne.receives("gedaan is gedaan")
        assert nudge.edits == 1 and "1. " not in nudge.text
        await sanne.types("Ik hoorde iets nieuws.")
        await sanne.receives("Je reeks: 1 ronde.")
        await sanne.types("!reeks")
        streak = await sanne.receives("Je reeks: 1 ronde.")
        assert streak.kind == "m.image" and streak.content["filename"].endswith(".png")
        assert (await sanne.picture(streak)).startswith(b"\x89PNG")
        assert ("file" in streak.content) is sealed
        assert streak.content["info"]["w"] > 100 and streak.content["info"]["h"] > 100


# An answer a day. What the bot says to done and tried is another line each day.
WORDS = [
    ("1", "gedaan is gedaan"),
    ("gedaan", "Kijk eens aan: gedaan"),
    ("Done!", "Hup, dat is er weer een"),
    ("2", "Het telt voor honderd procent"),
    ("Geprobeerd", "Fijn dat je het aandurfde"),
]
EMOJI = [
    ("✅", "gedaan is gedaan"),
    ("👍", "Kijk eens aan: gedaan"),
    ("❤️", "Hup, dat is er weer een"),
    ("💪🏽", "Het telt voor honderd procent"),
]


@pytest.mark.parametrize("answers", [WORDS, [("3", "Wanneer")], [("niet nu", "Niet nu")]])
async def test_the_choices_as_numbers_and_words(
    on_matrix: MatrixBot, answers: list[tuple[str, str]]
) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        for day, (answer, told) in enumerate(answers, start=24):
            known = sanne.from_bot()
            on_matrix.clock.goes_to(day, 11, 9, 30)
            await application.nudge_sender.tick()
            await sanne.receives_new("1. ✅ Gedaan", known)
            await sanne.types(answer)
            await sanne.receives_new(told, known)


@pytest.mark.parametrize(
    "answers", [EMOJI, [("⏰", "Wanneer")], [("🔄", "1. ✅ Gedaan")], [("⏭", "Niet nu")]]
)
async def test_the_choices_as_reactions(
    on_matrix: MatrixBot, answers: list[tuple[str, str]]
) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        for day, (emoji, told) in enumerate(answers, start=24):
            known = sanne.from_bot()
            on_matrix.clock.goes_to(day, 11, 9, 30)
            await application.nudge_sender.tick()
            nudge = await sanne.receives_new("1. ✅ Gedaan", known)
            await sanne.reacts(nudge, emoji)
            await sanne.receives_new(told, known)


@pytest.mark.parametrize("sealed", [False, True])
async def test_what_is_said_in_a_thread_is_answered_there(
    on_matrix: MatrixBot, sealed: bool
) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=sealed)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        await application.nudge_sender.tick()
        older = await sanne.receives("Lef:")
        on_matrix.clock.goes_to(25, 11, 9, 30)
        await application.nudge_sender.tick()
        newer = await sanne.receives("Lef:")
        await sanne.types_in_thread(older, "gedaan")
        question = await sanne.receives("Overslaan")
        assert question.thread == older.id
        assert "1. " not in older.text and "1. " in newer.text
        await sanne.types_in_thread(older, "1")  # the question in this thread, not the newer nudge
        skipped = await sanne.receives("Je reeks")
        assert skipped.thread == older.id and "1. " in newer.text
        await sanne.types_in_thread(older, "!reeks")
        assert (await sanne.receives("Je langste reeks")).thread == older.id
        await sanne.types("!ritme")
        assert (await sanne.receives("Je ritme is nu")).thread is None


async def test_a_command_in_a_thread_of_a_group_is_answered_there(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await sanne.makes_group([on_matrix.bot])
        hello = await sanne.receives("In een groep zeg ik alleen iets")
        await sanne.types_in_thread(hello, "Wat een aardige bot")  # to each other
        await sanne.types_in_thread(hello, "!help")
        answer = await sanne.receives("")
        assert answer.thread == hello.id


async def test_a_reply_an_edit_and_a_redaction(on_matrix: MatrixBot) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        await application.nudge_sender.tick()
        older = await sanne.receives("Lef:")
        on_matrix.clock.goes_to(25, 11, 9, 30)
        await application.nudge_sender.tick()
        await sanne.receives("Lef:")
        words = await sanne.types("", **{})  # an empty text is no answer
        await sanne.receives("/help".replace("/", "!"))
        words = await sanne.replies(older, "Bij de bakker hoorde ik het.")
        await sanne.receives("Je reeks")
        assert "1. " not in older.text
        await sanne.types("!terugblik")
        assert "bakker" in (await sanne.receives("bakker")).text
        await sanne.edits(words, "Bij de slager hoorde ik het.")
        await sanne.receives("aangepast")
        await sanne.types("!terugblik")
        assert "bakker" not in (await sanne.receives("slager")).text
        await sanne.redacts(words)
        await sanne.receives("gewist")
        await sanne.types("!terugblik")
        await sanne.until(lambda: "slager" not in sanne.from_bot()[-1].text)


@pytest.mark.slow
@busy_homeserver
async def test_nothing_is_answered_twice_and_nothing_is_missed(on_matrix: MatrixBot) -> None:
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
            await sanne.types("!privacy")
            await sanne.receives("bewaar")
        said = len(sanne.from_bot())
        for number in range(60):  # more than one answer of the homeserver holds
            await sanne.types(f"!pauze tot {number}-{number}")
        await sanne.types("!taal en")
        async with on_matrix.running():
            await sanne.receives("English", timeout=20)
        answers = [seen for seen in sanne.from_bot() if seen.text][said:]
        assert len(answers) == 61
        async with on_matrix.running():
            await sanne.types("!language nl")
            await sanne.receives("Nederlands")
        assert len(sanne.from_bot()) == said + 62


async def test_an_edit_is_kept_from_a_third_person(on_matrix: MatrixBot) -> None:
    person = on_matrix.person
    async with on_matrix.running(), (await person()).online() as sanne:
        async with (await person("joost")).online() as joost:
            await joins(sanne, sealed=False)
            first = sanne.from_bot()[-1]
            await well(sanne.client.room_invite(sanne.room, joost.user_id))
            await well(joost.client.join(sanne.room))
            await joost.until(lambda: sanne.user_id in joost.joined(sanne.room))
            await asyncio.sleep(0.5)
            channel = on_matrix.channels[-1]
            told = Outgoing("Je reeks: 3 rondes.", replaces=receipt_of(sanne.room, first.id))
            assert await channel.send(sanne.user_id, told, "edit-1") is None
            await channel.send(sanne.room, Outgoing("Hallo allemaal"), "open-1")
            await joost.receives("Hallo allemaal")
            assert first.edits == 0


async def test_a_group_hears_nothing_of_anybody(on_matrix: MatrixBot) -> None:
    person = on_matrix.person
    async with on_matrix.running(), (await person()).online() as sanne:
        async with (await person("joost")).online() as joost:
            await joins(sanne, sealed=False)
            group = await sanne.makes_group([joost.user_id, on_matrix.bot])
            await well(joost.client.join(group))
            await sanne.receives("In een groep zeg ik alleen iets")
            said = len(sanne.from_bot())
            await joost.types("Wat een weer", group)
            await sanne.types("!reeks", group)
            await sanne.receives("tussen jou en mij")
            await joost.types("!weer morgen", group)  # another bot's command
            pill = f'<a href="https://matrix.to/#/%40{on_matrix.bot[1:]}">Olievlek</a>, en jij?'
            await joost.types("Olievlek, en jij?", group, formatted_body=pill)
            await joost.receives("tussen jou en mij")
            await joost.receives("tussen jou en mij")
            await sanne.types("!help", group)
            await sanne.receives("In een groep zeg ik alleen iets")
            about = [seen for seen in sanne.from_bot() if seen.room == group][-1]
            await joost.replies(about, "dank je")
            await joost.receives("tussen jou en mij")
            await sanne.until(lambda: len(sanne.from_bot()) == said + 4)
            assert "Je reeks" not in "".join(seen.text for seen in joost.from_bot())


async def test_a_third_person_in_a_private_room_ends_the_talk_there(on_matrix: MatrixBot) -> None:
    person = on_matrix.person
    async with on_matrix.running() as application, (await person()).online() as sanne:
        async with (await person("joost")).online() as joost:
            await joins(sanne, sealed=False)
            old = sanne.room
            await well(sanne.client.room_invite(old, joost.user_id))
            await well(joost.client.join(old))
            await joost.until(lambda: sanne.user_id in joost.joined(old))
            await asyncio.sleep(0.5)
            on_matrix.clock.goes_to(24, 11, 9, 30)
            assert await application.nudge_sender.tick() == 1
            await sanne.until(lambda: sanne.client.invited_rooms)
            [new] = sanne.client.invited_rooms
            await well(sanne.client.join(new))
            assert (await sanne.receives("Lef:")).room == new
            assert not [seen for seen in joost.from_bot() if "Lef:" in seen.text]


async def test_many_messages_at_once_make_one_new_room_and_can_all_be_read(
    on_matrix: MatrixBot,
) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        channel = on_matrix.channels[-1]
        texts = [f"Bericht {number}" for number in range(8)]
        sending = [channel.send(sanne.user_id, Outgoing(text), text) for text in texts]
        await asyncio.gather(*sending)
        await sanne.until(lambda: sanne.client.invited_rooms)
        [room] = sanne.client.invited_rooms
        await well(sanne.client.join(room))
        await sanne.until(lambda: {seen.text for seen in sanne.from_bot()} == set(texts))
        assert all(seen.sealed for seen in sanne.from_bot())


async def test_a_room_that_is_upgraded_is_followed(on_matrix: MatrixBot) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        new = await sanne.upgrades()
        await sanne.bot_is_in(new)
        await sanne.types("!help")
        assert (await sanne.receives("!nu")).room == new
        on_matrix.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == new


@pytest.mark.parametrize("how", ["leaves", "kicks", "bans"])
async def test_who_leaves_hears_nothing_and_may_come_back(on_matrix: MatrixBot, how: str) -> None:
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        match how:
            case "leaves":
                await sanne.leaves()
            case "kicks":
                await well(sanne.client.room_kick(sanne.room, on_matrix.bot))
            case "bans":
                await well(sanne.client.room_ban(sanne.room, on_matrix.bot))

        async def is_gone() -> bool:
            async with on_matrix.database.reading() as session:
                member = await members.find_member(session, "matrix", sanne.user_id)
            return member is not None and member.left_at is not None

        async with asyncio.timeout(10):
            while not await is_gone():
                await asyncio.sleep(0.05)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 0
        await sanne.invites(sealed=True)
        await sanne.receives("")
        on_matrix.clock.goes_to(25, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        await sanne.receives("Lef:")


async def test_a_room_with_a_name_is_a_groups(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await sanne.makes_group([on_matrix.bot])
        await sanne.receives("In een groep zeg ik alleen iets")


async def nothing_waits(on_matrix: MatrixBot) -> None:
    """Waits until the outbox is empty."""
    async with asyncio.timeout(10):
        while True:
            async with on_matrix.database.reading() as session:
                if not await session.scalar(text("SELECT count(*) FROM outbox")):
                    return
            await asyncio.sleep(0.02)


async def test_a_reply_that_is_sent_again_after_a_kill_is_shown_once(on_matrix: MatrixBot) -> None:
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
            await nothing_waits(on_matrix)  # what was said before it has arrived
            async with on_matrix.database.transaction() as session:
                await session.execute(text(f"CREATE TRIGGER the_power_goes {NOTHING_ARRIVES}"))
            await sanne.types("!privacy")
            await sanne.receives("bewaar")
        said = len(sanne.from_bot())
        async with on_matrix.database.transaction() as session:
            await session.execute(text("DROP TRIGGER the_power_goes"))
        async with on_matrix.running() as application:
            await take_over(application.database, "matrix")
            assert await application.outbox_sender.tick() == 1
            assert await application.outbox_sender.tick() == 0
            await sanne.types("!taal en")
            await sanne.receives("English")
        assert len(sanne.from_bot()) == said + 1
