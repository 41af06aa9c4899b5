"""A conversation in an encrypted room, as somebody with Element sees it."""

import shutil

import pytest
from nio.crypto.attachments import encrypt_attachment

from bot.app import Application
from tests.element.conftest import Stage, joins
from tests.element.element import Element, Message

SEEDS = ("✅", "💪", "⏰", "🔄", "⏭️")
PICTURE = b"\x89PNG\r\n\x1a\n"
NO_SHIELD = ("NONE", None)
FORMS = ("1.", "1)", "1️⃣", "1. ✅ Gedaan")


async def challenged(
    stage: Stage, application: Application, person: Element, day: int = 24
) -> Message:
    """The next challenge."""
    stage.bot.clock.goes_to(day, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    return await person.receives("Lef:")


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
async def test_who_opens_a_sealed_room_is_greeted_without_a_shield(
    stage: Stage, strict: bool
) -> None:
    async with stage.bot.running():
        sanne = await stage.person(strict=strict)
        await sanne.invites()
        greeting = await sanne.receives("In welke taal")
        assert greeting.sealed
        assert await sanne.shield(greeting) == NO_SHIELD
        signed = await sanne.signed()
        assert list(signed.values()) == [True]


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
async def test_from_challenge_to_streak(stage: Stage, strict: bool) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person(strict=strict)
        await joins(sanne)
        challenge = await challenged(stage, application, sanne)
        wanted = {(challenge.id, emoji, stage.bot.bot) for emoji in SEEDS}
        await sanne.until(lambda: wanted <= sanne.reactions)
        await sanne.reacts(challenge, "✅")
        await sanne.receives("gedaan is gedaan")
        await sanne.until(lambda: challenge.edits == 1 and not sanne.offers(challenge))
        await sanne.types("Ik hoorde iets nieuws.")
        kept = await sanne.receives("Je reeks: 1 ronde.")
        assert await sanne.shield(kept) == NO_SHIELD
        await sanne.types("!reeks")
        picture = await sanne.receives("Je reeks: 1 ronde.")
        assert picture.content["msgtype"] == "m.image" and "file" in picture.content
        assert all(message.sealed and not message.failure for message in sanne.from_bot())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("1", "gedaan is gedaan"),
        ("gedaan", "gedaan is gedaan"),
        ("2", "Dat telt net zo goed"),
        ("Geprobeerd!", "Dat telt net zo goed"),
        ("3", "Wanneer"),
        ("niet nu", "Niet nu"),
    ],
)
async def test_a_challenge_is_answered_with_a_number_or_a_word(
    stage: Stage, answer: str, words: str
) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        await challenged(stage, application, sanne)
        await sanne.types(answer)
        await sanne.receives(words)


@pytest.mark.parametrize(
    "answer",
    ["✅ Gedaan", *FORMS],
)
async def test_a_choice_is_typed_as_it_is_shown(stage: Stage, answer: str) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        await challenged(stage, application, sanne)
        await sanne.types(answer)
        await sanne.receives("gedaan is gedaan")


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff"], ids=["zero-width space", "BOM"])
async def test_what_cannot_be_seen_before_a_command_hides_it_not(stage: Stage, unseen: str) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        await sanne.types(f"{unseen}!ritme")
        await sanne.receives("Je ritme is nu")


async def test_a_mistyped_command_is_answered_when_it_is_mended(stage: Stage) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        typed = await sanne.types("!ritem")
        await sanne.receives("!")
        await sanne.edits(typed, "!ritme")
        answer = await sanne.receives("")
        assert "Je ritme is nu" in answer.text or "dat je wijzigt" in answer.text


async def test_a_reflection_is_changed_and_taken_back(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person(strict=True)
        await joins(sanne)
        await sanne.reacts(await challenged(stage, application, sanne), "✅")
        await sanne.receives("gedaan is gedaan")
        words = await sanne.types("Bij de bakker hoorde ik het.")
        await sanne.receives("Je reeks: 1 ronde.")
        await sanne.edits(words, "Bij de slager hoorde ik het.")
        await sanne.receives("aangepast")
        await sanne.types("!terugblik")
        assert "bakker" not in (await sanne.receives("slager")).text
        await sanne.redacts(words)
        await sanne.receives("gewist")
        await sanne.types("!terugblik")
        assert "slager" not in (await sanne.receives("")).text


async def test_a_reply_belongs_to_what_it_replies_to_and_keeps_its_quotation(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        older = await challenged(stage, application, sanne)
        newer = await challenged(stage, application, sanne, 25)
        await sanne.replies(older, "> Kom eens langs, zei de buurman.\n\nDat heb ik gedaan.")
        await sanne.receives("Bewaard bij")
        assert not sanne.offers(older) and sanne.offers(newer)
        await sanne.types("!terugblik")
        assert "Kom eens langs" in (await sanne.receives("Dat heb ik gedaan.")).text


async def test_what_is_said_in_a_thread_is_about_its_challenge_and_is_answered_there(
    stage: Stage,
) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        older = await challenged(stage, application, sanne)
        newer = await challenged(stage, application, sanne, 25)
        await sanne.types_in_thread(older, "gedaan")
        question = await sanne.receives("Overslaan")
        assert question.thread == older.id
        await sanne.types_in_thread(older, "In de straat van mijn zus.")
        kept = await sanne.receives("Bewaard bij")
        assert kept.thread == older.id
        assert not sanne.offers(older) and sanne.offers(newer)


async def test_a_caption_under_a_picture_is_a_reflection(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        await sanne.reacts(await challenged(stage, application, sanne), "✅")
        await sanne.receives("gedaan is gedaan")
        content, keys = encrypt_attachment(PICTURE)
        where = await sanne.uploads(content, "application/octet-stream")
        captioned = {
            "msgtype": "m.image",
            "body": "Dit was het bord bij de ingang",
            "filename": "bord.png",
            "file": {**keys, "url": where},
            "info": {"mimetype": "image/png", "size": len(PICTURE)},
        }
        await sanne.sends("m.room.message", captioned)
        await sanne.receives("Bewaard bij")
        await sanne.types("!terugblik")
        await sanne.receives("Dit was het bord bij de ingang")


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
async def test_a_bot_that_was_restarted_goes_on_without_a_shield(
    stage: Stage, strict: bool
) -> None:
    sanne = await stage.person(strict=strict)
    async with stage.bot.running():
        await joins(sanne)
    await sanne.types("!ritme")  # while it is away
    async with stage.bot.running():
        answer = await sanne.receives("Je ritme is nu")
        assert await sanne.shield(answer) == NO_SHIELD
        assert list((await sanne.signed()).values()) == [True]


async def test_a_bot_that_lost_its_folder_signs_again_by_itself(stage: Stage) -> None:
    sanne = await stage.person(strict=True)
    async with stage.bot.running():
        await joins(sanne)
    shutil.rmtree(stage.bot.folder / "matrix")
    async with stage.bot.running():
        await sanne.types("!ritme")
        answer = await sanne.receives("Je ritme is nu")
        assert await sanne.shield(answer) == NO_SHIELD
        assert all((await sanne.signed()).values())


async def test_a_second_device_reads_what_comes_and_is_heard(stage: Stage) -> None:
    async with stage.bot.running() as application:
        phone = await stage.person(strict=True)
        await joins(phone)
        laptop = await stage.device_of(phone, strict=True)
        challenge = await challenged(stage, application, phone)
        same = await laptop.receives("Lef:")
        assert same.id == challenge.id and await laptop.shield(same) == NO_SHIELD
        await laptop.reacts(same, "✅")
        await laptop.receives("gedaan is gedaan")
        await phone.receives("gedaan is gedaan")
        await phone.types("Op de fiets.")
        assert (await laptop.receives("Je reeks: 1 ronde.")).sealed


async def test_a_room_that_is_upgraded_is_followed(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        new = await sanne.upgrades()
        await sanne.until(lambda: sanne.members[new].get(stage.bot.bot) == "join")
        await sanne.types("!help")
        assert (await sanne.receives("!nu")).room == new
        challenge = await challenged(stage, application, sanne)
        assert challenge.room == new and challenge.sealed


async def test_the_bot_renews_its_key_as_often_as_the_room_wants(stage: Stage) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        settings = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 1}
        sealed = {"type": "m.room.encryption", "state_key": "", "content": settings}
        await sanne.invites(initial_state=[sealed])
        await sanne.receives("In welke taal")
        for _ in range(3):
            await sanne.types("!help")
            await sanne.receives("!nu")
        sessions = [message.session for message in sanne.from_bot()]
        assert len(set(sessions)) == len(sessions) >= 4
