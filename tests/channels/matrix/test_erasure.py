"""On Matrix the bot takes its messages and the keys to them along when it forgets somebody."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from nio import MegolmEvent, RedactedEvent

from bot.channels.matrix.client.api import account_data
from bot.channels.matrix.rooms.rooms import DIRECT
from tests.support.matrix.people import MatrixPerson, well
from tests.support.matrix_bot import MatrixBot, joins

TABLES = ("megolminboundsessions", "encryptedrooms", "devicekeys", "olmsessions", "keys")


def kept(folder: Path) -> dict[str, int]:
    """How many rows the bot's store of keys has."""
    with closing(sqlite3.connect(folder / "matrix" / "keys.db")) as connection:
        counts = {}
        for table in TABLES:
            [counts[table]] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return counts


async def said_by_bot(sanne: MatrixPerson, room: str) -> list[object]:
    """What the homeserver still has of the bot's messages, the newest first."""
    own = {"senders": [sanne.bot], "types": ["m.room.message", "m.room.encrypted"]}
    page = await well(sanne.client.room_messages(room, limit=100, message_filter=own))
    return list(page.chunk)


async def test_room_keys_direct_list_and_messages_go_with_who_is_erased(
    on_matrix: MatrixBot,
) -> None:
    on_matrix.allow_unencrypted = False
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        room = sanne.room
        await sanne.types("!nu")
        await sanne.receives("Lef:")
        await sanne.types("!export")
        await sanne.receives("als JSON en CSV")
        client = on_matrix.channels[-1]._logged_in_session()[0]
        assert sanne.user_id in await account_data(client, DIRECT)
        keys = (on_matrix.folder / "matrix" / "keys.db").read_bytes()
        assert room.encode() in keys and sanne.user_id.encode() in keys
        await sanne.types("!vergeetmij")
        await sanne.receives("Weet je het zeker")
        await sanne.types("Ja, wis alles")
        done = await sanne.receives("Alles is gewist")
        assert "Nodig me dan uit in een nieuw gesprek" in done.text
        await sanne.until(lambda: sanne.bot not in sanne.joined(room))
        newest, *earlier = await said_by_bot(sanne, room)
        assert isinstance(newest, MegolmEvent) or newest
        assert earlier and all(isinstance(event, RedactedEvent) for event in earlier)
        async with asyncio.timeout(5):
            while sanne.user_id in await account_data(client, DIRECT):
                await asyncio.sleep(0.05)
        assert room not in client.rooms
        assert kept(on_matrix.folder) == dict.fromkeys(TABLES, 0)
        keys = (on_matrix.folder / "matrix" / "keys.db").read_bytes()
        assert room.encode() not in keys and sanne.user_id.encode() not in keys


async def test_who_comes_back_begins_in_a_room_of_their_own(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        first = sanne.room
        await sanne.types("!vergeetmij")
        await sanne.receives("Weet je het zeker")
        await sanne.types("Ja, wis alles")
        await sanne.receives("Alles is gewist")
        await sanne.until(lambda: sanne.bot not in sanne.joined(first))
        await joins(sanne, sealed=True)
        assert sanne.room != first
        await sanne.types("!terugblik")
        await sanne.receives("niets opgeschreven")


async def test_the_keys_of_somebody_in_a_group_stay_for_the_group(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        room = sanne.room
        async with (await on_matrix.person("joost")).online() as joost:
            group = await sanne.makes_group([on_matrix.bot, joost.user_id], sealed=True)
            await sanne.receives("In een groep")
            sanne.room = room
            await sanne.types("!vergeetmij")
            await sanne.receives("Weet je het zeker")
            await sanne.types("Ja, wis alles")
            await sanne.receives("Alles is gewist")
            await sanne.until(lambda: sanne.bot not in sanne.joined(room))
            assert kept(on_matrix.folder)["devicekeys"] > 0
            await sanne.types("!help", room=group)
            await sanne.receives("In een groep")
