"""What else somebody with Element notices: an answer to everything, receipts, verification."""

import asyncio

import pytest

from bot.messages import Outgoing
from tests.element.conftest import Stage, joins

POLL = {
    "org.matrix.msc3381.poll.start": {
        "question": {"org.matrix.msc1767.text": "Koffie of thee?"},
        "kind": "org.matrix.msc3381.poll.disclosed",
        "max_selections": 1,
        "answers": [
            {"id": "a", "org.matrix.msc1767.text": "Koffie"},
            {"id": "b", "org.matrix.msc1767.text": "Thee"},
        ],
    },
    "org.matrix.msc1767.text": "Koffie of thee?",
}
LOCATION = {"msgtype": "m.location", "body": "Hier ben ik", "geo_uri": "geo:52.16,4.49"}
CALL = {
    "call_id": "1",
    "party_id": "ABC",
    "version": "1",
    "lifetime": 60_000,
    "offer": {"type": "offer", "sdp": "v=0"},
}
ENDED = ("Done", "Cancelled")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("m.room.message", LOCATION, id="location"),
        pytest.param("org.matrix.msc3381.poll.start", POLL, id="poll"),
        pytest.param("m.call.invite", CALL, id="call"),
        pytest.param(
            "m.room.message",
            {"msgtype": "nl.vreemd", "body": "?"},
            id="unknown message",
        ),
        pytest.param("nl.vreemd.gebeurtenis", {"body": "?"}, id="unknown event"),
        pytest.param("m.sticker", {"body": "🎉", "info": {}, "url": "mxc://a/b"}, id="sticker"),
    ],
)
async def test_whatever_is_sent_gets_an_answer(
    stage: Stage, kind: str, content: dict[str, object]
) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        await sanne.sends(kind, content)
        assert (await sanne.receives("")).sealed


@pytest.mark.parametrize(
    "sentence",
    ["我今天和邻居说话了，他有一个好主意。", "🎉👩‍👩‍👧‍👦🚲💧 "],
    ids=["Chinese", "emoji"],
)
async def test_a_long_text_arrives_whole_and_in_order(stage: Stage, sentence: str) -> None:
    async with stage.bot.running():
        sanne = await stage.person(strict=True)
        await joins(sanne)
        before = len(sanne.from_bot())
        text = "".join(f"{number}{sentence}" for number in range(11_000 // len(sentence)))
        channel = stage.bot.channels[-1]
        assert await channel.send(sanne.user_id, Outgoing(text), "long-1") is not None
        await sanne.receives("0")
        last = f"{11_000 // len(sentence) - 1}{sentence.strip()}"
        await sanne.until(lambda: last in sanne.from_bot()[-1].text)
        parts = [message.text for message in sanne.from_bot()[before:]]
        assert "".join("".join(parts).split()) == "".join(text.split())


async def test_a_long_reflection_is_kept(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        stage.bot.clock.goes_to(24, 11, 9, 30)
        await application.nudge_sender.tick()
        await sanne.reacts(await sanne.receives("Lef:"), "✅")
        await sanne.receives("gedaan is gedaan")
        await sanne.types("我今天和邻居说话了。" * 1_000)
        await sanne.receives("Bewaard bij")


async def test_a_burst_of_texts_gets_few_hints(stage: Stage) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        before = len(sanne.from_bot())
        await asyncio.gather(*(sanne.types(f"Hallo nummer {number}") for number in range(30)))
        await sanne.types("!ritme")
        await sanne.receives("Je ritme is nu")
        assert 1 <= len(sanne.from_bot()) - before - 1 <= 3


@pytest.mark.parametrize("where", ["room", "device"])
async def test_who_asks_to_verify_gets_an_answer(stage: Stage, where: str) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        [device] = await sanne.signed()
        request = await sanne.asks_to_verify(device=None if where == "room" else device)
        phases = sanne.verifications[request]
        await sanne.until(lambda: phases[-1] in ("Ready", *ENDED))
        if phases[-1] == "Ready":
            await sanne.compares(request)
            await sanne.until(lambda: phases[-1] in ENDED)
        assert phases[-1] == "Done" or sanne.cancelled[request] is not None


async def test_what_was_dealt_with_is_marked_as_read(stage: Stage) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        typed = await sanne.types("!ritme")
        await sanne.receives("Je ritme is nu")
        await sanne.until(lambda: (typed, stage.bot.bot) in sanne.receipts)


async def test_a_relation_that_is_no_object_is_no_trouble(stage: Stage) -> None:
    async with stage.bot.running():
        sanne = await stage.person()
        await joins(sanne)
        await sanne.types("!help", **{"m.relates_to": "nee"})
        await sanne.types("!ritme")
        await sanne.receives("Je ritme is nu")
