"""Nothing personal is said in a room that somebody else can read."""

import pytest

from bot.app import Application
from tests.element.conftest import Stage, joins
from tests.element.element import Element

PERSONAL = ("Lef:", "Je reeks", "Je ritme", "Bewaard", "zwembad", "gedaan is gedaan")


async def has_reflected(stage: Stage, application: Application, person: Element) -> None:
    """Joins, and answers a challenge in their own room."""
    await joins(person)
    stage.bot.clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    await person.reacts(await person.receives("Lef:"), "✅")
    await person.receives("gedaan is gedaan")
    await person.types("Bij het zwembad.")
    await person.receives("Je reeks: 1 ronde.")


async def asks_for_it_all(person: Element, room: str) -> None:
    """Asks in a room for what is personal, and waits until the bot dealt with it.

    The two talk in one order, so that what is answered in the private room afterwards means that
    all before it was dealt with.
    """
    for command in ("!terugblik", "!reeks", "!ritme", "!nu"):
        await person.types(command, room)
    await person.types("!help")
    await person.until(lambda: any("!nu" in seen.text for seen in person.from_bot(person.room)))


def says_nothing_personal(person: Element, room: str) -> bool:
    """Whether none of what stands in a room is personal."""
    said = "\n".join(message.text for message in person.from_bot(room))
    return not any(words in said for words in PERSONAL)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"preset": "public_chat"}, id="public and nameless"),
        pytest.param({"preset": "public_chat", "is_direct": True}, id="public and direct"),
        pytest.param({"creation_content": {"type": "m.space"}}, id="a nameless space"),
        pytest.param({"preset": "private_chat"}, id="nameless, not direct"),
        pytest.param({"is_direct": True}, id="direct, but not encrypted"),
        pytest.param({"preset": "private_chat", "name": "Team"}, id="with a name"),
    ],
)
async def test_another_room_of_two_hears_nothing_personal(
    stage: Stage, options: dict[str, object]
) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await has_reflected(stage, application, sanne)
        own = sanne.room
        opened = {"is_direct": False, **options}
        room = await sanne.invites(sealed=False, **opened)
        sanne.room = own
        await sanne.until(lambda: sanne.members[room].get(stage.bot.bot) == "join")
        await asks_for_it_all(sanne, room)
        stage.bot.clock.goes_to(25, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        challenge = await sanne.receives("Lef:")
        assert challenge.room != room and challenge.sealed
        assert says_nothing_personal(sanne, room), sanne.transcript()


async def test_a_third_person_hears_nothing_personal(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne, joost = await stage.person(), await stage.person("joost")
        await has_reflected(stage, application, sanne)
        old = sanne.room
        await sanne.brings(joost.user_id)
        await joost.until(lambda: joost.invitations)
        await joost.joins(old)
        await sanne.until(lambda: sanne.members[old].get(joost.user_id) == "join")
        await sanne.types("!terugblik")
        await sanne.receives("")
        stage.bot.clock.goes_to(25, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        await sanne.until(lambda: sanne.invitations)
        [new] = sanne.invitations
        await sanne.joins(new)
        challenge = await sanne.receives("Lef:")
        assert challenge.room == new and challenge.sealed
        assert says_nothing_personal(joost, old), joost.transcript()


async def test_an_invitation_alone_does_not_move_the_challenges(stage: Stage) -> None:
    async with stage.bot.running() as application:
        sanne = await stage.person()
        await joins(sanne)
        own = sanne.room
        other = await sanne.invites()
        await sanne.until(lambda: sanne.members[other].get(stage.bot.bot) == "join")
        stage.bot.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == own
        await sanne.types("!ritme", other)
        assert (await sanne.receives("Je ritme is nu")).room == other
        stage.bot.clock.goes_to(25, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == other
