"""More in a room than one person and the bot: other bots, and people who came later."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Application
from bot.startup import open_database, unlock
from bot.store.members.vault import Vault
from tests.support.databases import SECRET_KEY, copied
from tests.support.matrix.people import PASSWORD, MatrixPerson, well
from tests.support.matrix_bot import MatrixBot, busy_homeserver, joins

pytestmark = busy_homeserver

PERSONAL = ("Lef:", "Je reeks", "bakker", "Je ritme")


@pytest.fixture
async def other_bot(
    on_matrix: MatrixBot, prepared_file: Path, tmp_path: Path
) -> AsyncIterator[MatrixBot]:
    """Another installation of the bot, with an account and a database of its own."""
    server, folder = on_matrix.server, tmp_path / "other"
    folder.mkdir()
    user = await server.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    async with open_database(copied(prepared_file, folder / "test.db")) as database:
        vault = Vault(SECRET_KEY)
        await unlock(database, vault)
        yield MatrixBot(server, user, folder, database, vault, on_matrix.clock)


@asynccontextmanager
async def echoing(person: MatrixPerson) -> AsyncIterator[MatrixPerson]:
    """A careless bot: it accepts each invitation, and repeats each message of anybody else."""
    repeated: list[str] = []

    def has_news() -> bool:
        return bool(person.client.invited_rooms) or len(person.seen) > len(repeated)

    async def repeat_all() -> None:
        while True:
            await person.until(has_news, 60)
            for room in list(person.client.invited_rooms):
                await well(person.client.join(room))
                await person.until(lambda room=room: person.user_id in person.joined(room))
            for seen in person.seen[len(repeated) :]:
                repeated.append(seen.text)
                if seen.sender != person.user_id:
                    await person.types(seen.text, seen.room)

    async with person.online():
        repeating = asyncio.create_task(repeat_all())
        try:
            yield person
        finally:
            repeating.cancel()
            await asyncio.wait([repeating])


def said_in(person: MatrixPerson, room: str, sender: str) -> list[str]:
    """What somebody said in a room, as this person sees it."""
    return [seen.text for seen in person.seen if seen.room == room and seen.sender == sender]


async def has_reflected(sanne: MatrixPerson, bot: MatrixBot, application: Application) -> str:
    """She answers a challenge in a room of her own with the bot; the id of her reflection."""
    await joins(sanne, sealed=True)
    bot.clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    await sanne.reacts(await sanne.receives("1. ✅"), "✅")
    await sanne.receives("Overslaan")
    reflection = await sanne.types("Bij de bakker hoorde ik het.")
    await sanne.receives("Je reeks: 1 ronde.")
    return reflection


@pytest.mark.slow
@pytest.mark.parametrize("is_direct", [False, True], ids=["a group", "a private room"])
async def test_three_bots_in_a_room_do_not_keep_each_other_talking(
    on_matrix: MatrixBot, other_bot: MatrixBot, is_direct: bool
) -> None:
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(on_matrix.running())
        await stack.enter_async_context(other_bot.running())
        sanne = await stack.enter_async_context((await on_matrix.person()).online())
        echo = await stack.enter_async_context(echoing(await on_matrix.person("echo")))
        await has_reflected(sanne, on_matrix, application)
        bots = (on_matrix.bot, other_bot.bot)
        room = await room_with(sanne, [*bots, echo.user_id], is_direct=is_direct)
        for number, command in enumerate(("!reeks", "!terugblik"), start=1):
            # Both answer her, and both answer the echo of what she typed; nobody answers an answer.
            await sanne.types(command, room)
            for bot in bots:
                await sanne.until(lambda bot=bot, at=number: answers(sanne, room, bot) >= 2 * at)
        await asyncio.sleep(0.5)  # a loop would go on
        assert [answers(sanne, room, bot) for bot in bots] == [4, 4], sanne.transcript()
        said = "\n".join(seen.text for seen in echo.seen)
        assert not any(words in said for words in PERSONAL), said


async def room_with(person: MatrixPerson, others: Sequence[str], *, is_direct: bool) -> str:
    """Opens a room with all of them, and waits until each has come in and greeted; its id."""
    if is_direct:
        await person.invites(sealed=True)
        room = person.room
        for other in others[1:]:
            await well(person.client.room_invite(room, other))
    else:
        room = await person.makes_group(others)
    await person.until(lambda: set(others) <= person.joined(room))
    return room


def answers(person: MatrixPerson, room: str, bot: str) -> int:
    """How often a bot declined in a room to say something personal."""
    said = said_in(person, room, bot)
    return sum("tussen jou en mij" in text or "niets persoonlijks" in text for text in said)


async def test_a_deletion_erases_the_reflection_when_a_third_person_has_come_in(
    on_matrix: MatrixBot,
) -> None:
    on_matrix.allow_unencrypted = False
    async with on_matrix.running() as application, (await on_matrix.person()).online() as sanne:
        async with (await on_matrix.person("joost")).online() as joost:
            reflection = await has_reflected(sanne, on_matrix, application)
            old = sanne.room
            await well(sanne.client.room_invite(old, joost.user_id))
            await well(joost.client.join(old))
            await joost.until(lambda: sanne.user_id in joost.joined(old))
            await sanne.redacts(reflection)
            new = await sanne.accepts()
            assert (await sanne.receives("gewist")).room == new
            await sanne.types("!terugblik", new)
            assert "bakker" not in (await sanne.receives("")).text
            assert not joost.from_bot()
