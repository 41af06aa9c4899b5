"""Text under a picture, albums, and commands in a message that is edited."""

import pytest

from bot.messages import Attached, Content, Incoming, Typed, Unreadable
from tests.support.fakes import FakeMember

NOT_KEPT = "De foto zelf bewaar ik niet."


async def _read() -> bytes:
    return b"set: x"


def captioned(text: str, kind: str = "photo") -> Typed:
    """A text under a picture or something else."""
    return Typed(text, f"m-{text}", attachment=kind)


async def sends_album(member: FakeMember, *contents: Content, album: str = "1") -> None:
    """Each of them as a message of the same album."""
    for content in contents:
        member.said += 1
        incoming = Incoming(
            f"album/{member.said}", member.address, member.clock(), content, album=album
        )
        await member.application.replies.handle(incoming)


async def test_a_text_under_a_picture_is_a_reflection(member: FakeMember) -> None:
    await member.round("Gedaan")
    count = len(member.messages)
    await member.does(captioned("Dit was het bord bij de ingang"))
    assert len(member.messages) == count + 1
    assert "Bewaard" in member.last.text and NOT_KEPT in member.last.text
    await member.says("/terugblik")
    assert "Dit was het bord bij de ingang" in member.last.text


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("photo", NOT_KEPT), ("voice", "De bijlage zelf bewaar ik niet."), ("other", "De bijlage")],
)
async def test_a_text_under_a_picture_is_an_answer_or_a_command(
    member: FakeMember, kind: str, sentence: str
) -> None:
    await member.waits_for_nudge()
    await member.does(captioned("Gedaan", kind))
    assert (await member.nudges())[0].answer == "done"
    assert sentence in member.last.text
    await member.does(captioned("/ritme ma-vr 10:00", kind))
    assert "Je ritme is nu: elke werkdag om 10:00." in member.last.text
    assert sentence in member.last.text


async def test_a_text_under_a_file_of_somebody_who_is_no_trainer_is_heard(
    member: FakeMember,
) -> None:
    await member.round("Gedaan")
    caption = Typed("Het verslag hoort hierbij", "m", attachment="file")
    await member.does(Attached("verslag.pdf", 3, _read, caption))
    assert "Bewaard" in member.last.text and "De bijlage zelf bewaar ik niet." in member.last.text


@pytest.mark.parametrize("captions", [(), (0,), (1,), (2,)])
async def test_an_album_gets_one_answer(member: FakeMember, captions: tuple[int, ...]) -> None:
    await member.round("Gedaan")
    count = len(member.messages)
    contents = [
        captioned(f"Drie foto's, {number}") if number in captions else Unreadable("photo")
        for number in range(3)
    ]
    await sends_album(member, *contents)
    answers = [message.text for message in member.messages[count:]]
    assert sum("kan ik niet" in answer for answer in answers) == (captions != (0,))
    assert sum("Bewaard" in answer for answer in answers) == len(captions)


async def test_another_album_gets_another_answer(member: FakeMember) -> None:
    count = len(member.messages)
    await sends_album(member, Unreadable("photo"), Unreadable("photo"), album="1")
    await sends_album(member, Attached("a.pdf", 1, _read), Attached("b.pdf", 1, _read), album="2")
    assert len(member.messages) == count + 2


@pytest.mark.parametrize(
    ("wrong", "right", "answer"),
    [
        ("/reekss", "/reeks", "Je reeks"),
        ("/nuu", "/nu", "Lef:"),
        ("/ritme di blub", "/ritme di 10:00", "Je ritme is nu: dinsdag om 10:00."),
        ("/pauze tot ooit", "/pauze tot 1 dec", "ben ik stil"),
        ("/taal xx", "/taal en", "English it is"),
        ("reeks", "/reeks", "Je reeks"),
    ],
)
async def test_a_mistyped_command_that_is_edited_is_carried_out_once(
    member: FakeMember, wrong: str, right: str, answer: str
) -> None:
    message = await member.says(wrong)
    assert answer not in member.last.text
    await member.edits(message, f"{wrong} eh")  # still not right
    await member.edits(message, right)
    assert answer in member.last.text
    count = len(member.messages)
    await member.edits(message, right)
    assert [text for m in member.messages[count:] for text in [m.text] if answer in text] == []


@pytest.mark.parametrize("right", ["/vergeetmij", "/koppel AAAA-BBBB"])
async def test_what_cannot_be_undone_is_not_carried_out_by_an_edit(
    member: FakeMember, right: str
) -> None:
    message = await member.says("/vergeetmijj")
    await member.edits(message, right)
    assert member.last.text == (
        "Een opdracht in een bericht dat je wijzigt, voer ik niet uit. Stuur het opnieuw."
    )


async def test_a_command_that_was_carried_out_is_not_changed_by_an_edit(
    member: FakeMember,
) -> None:
    message = await member.says("/ritme ma-vr 10:00")
    await member.edits(message, "/ritme ma-vr 11:00")
    assert "Stuur het opnieuw" in member.last.text
    assert (await member.member()).nudge_time.hour == 10


async def test_a_first_rhythm_that_is_edited_into_a_right_one_is_set(sanne: FakeMember) -> None:
    await sanne.says("/start")
    await sanne.presses("Nederlands")
    message = await sanne.says("ma blub")
    await sanne.edits(message, "ma 10:00")
    assert "Afgesproken: maandag om 10:00." in sanne.last.text


async def test_chatter_that_is_edited_gets_no_answer(member: FakeMember) -> None:
    message = await member.says("Hallo daar")
    count = len(member.messages)
    await member.edits(message, "Hallo daar!")
    assert len(member.messages) == count


async def test_an_edited_reflection_that_looks_like_a_command_stays_a_reflection(
    member: FakeMember,
) -> None:
    await member.round("Gedaan")
    message = await member.says("Ik vroeg door")
    await member.edits(message, "/nu vroeg ik door")
    assert member.last.text == "Ik heb je reflectie aangepast."
