"""A member whose key is lost: what they wrote is said to be closed, and all else goes on."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import delete, select, update

from bot.app import Application
from bot.store.db.engine import Database
from bot.store.keys.key_tables import DATA_KEYS, MEMBER_KEYS, SUCCESSORS
from bot.store.keys.master_key import MasterKey, new_secret_key
from bot.store.keys.rotation import rotate
from bot.store.lifecycle.export import export_of
from bot.store.members.reflections import members_without_key
from bot.store.members.vault import Vault
from tests.conversation.teams import Team
from tests.delivery.linked_chats import LinkedChats, diary_of, two_diaries
from tests.delivery.team_chat import TeamChat
from tests.support.databases import SECRET_KEY
from tests.support.fakes import FakeChannel, FixedClock
from tests.support.logs import logging_at_debug

CLOSED = "Deze notities kan ik niet meer openen, want de sleutel is zoek. Vragen over je gegevens"
WAYS = ["row gone", "unknown master", "damaged"]


async def loses(vault: Vault, database: Database, member_id: int, how: str) -> None:
    """Loses the key of a member, also in the memory of this process."""
    own = MEMBER_KEYS.c.member_id == member_id
    master = MasterKey(new_secret_key())
    async with vault.store.database.writing() as connection:
        if how == "row gone":
            await connection.execute(delete(MEMBER_KEYS).where(own))
        else:
            values: dict[str, bytes | str] = {"wrapped": master.wrap("elsewhere", bytes(range(32)))}
            if how == "unknown master":
                values["master"] = master.fingerprint
            await connection.execute(update(MEMBER_KEYS).where(own).values(values))
    await vault.unlock(database)


@pytest.mark.parametrize("how", WAYS)
async def test_all_goes_on_without_the_key(chats: LinkedChats, vault: Vault, how: str) -> None:
    telegram, database = chats.telegram, chats.telegram.application.database
    await telegram.round("Gedaan", "Wat ik schreef.")
    member = await telegram.member()
    await loses(vault, database, member.id, how)

    with logging_at_debug() as log:
        review = await diary_of(telegram)
    assert CLOSED in review and "Wat je schreef" in review and "Wat ik schreef." not in review
    assert log.count("their key is lost") == 1 and log.count("Traceback") == 0

    await telegram.says("/export")
    assert CLOSED in telegram.last.text and telegram.last.message.file is not None
    async with database.reading() as session:
        copy = await export_of(session, vault, member, chats.clock())
        # `olievlek check` counts those of whom no key can be unwrapped by what it knows of it.
        assert await members_without_key(session, vault) == (0 if how == "damaged" else 1)
    with ZipFile(BytesIO(copy.content)) as archive:
        exported = json.loads(archive.read("member.json"))
    assert copy.lost == 1 and len(exported["nudges"]) > 0
    assert [row["text"] for row in exported["reflections"]] == [None]

    chats.clock.passes(days=28)
    await telegram.says("/nu")
    await telegram.presses("Gedaan")
    assert "schreef je" not in telegram.last.text and "kan ik niet" not in telegram.last.text
    await telegram.says("Iets nieuws.")
    if how == "row gone":  # a new key was made
        assert "Bewaard bij" in telegram.last.text
        assert "“Iets nieuws.”" in await diary_of(telegram)
    else:  # the old one may be found again, so it is not replaced
        assert "Dit kan ik niet bewaren" in telegram.last.text
        assert "staat nog open" in telegram.last.text

    await telegram.says("/vergeetmij")
    await telegram.presses("Ja, wis alles")
    assert "gewist" in telegram.last.text
    await telegram.says("/reeks")
    assert "Ik ken je niet" in telegram.last.text


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("whose", ["telegram", "matrix"])
async def test_chats_are_linked_and_unlinked_without_a_key(
    chats: LinkedChats, vault: Vault, how: str, whose: str
) -> None:
    await two_diaries(chats)
    database = chats.telegram.application.database
    both = {"telegram": chats.telegram, "matrix": chats.matrix}
    await loses(vault, database, (await both.pop(whose).member()).id, how)
    [kept] = both.values()
    await chats.link()
    diary = await diary_of(chats.telegram)
    words = "Op Matrix" if whose == "telegram" else "Op Telegram"
    assert CLOSED in diary and words in diary
    await chats.telegram.says("/vergeetmij")
    await chats.telegram.presses("Ja, wis alles")
    diary = await diary_of(chats.matrix)
    assert ("Op Matrix" in diary) == (kept is chats.matrix) and "Op Telegram" not in diary


async def test_what_cannot_be_opened_is_not_shared(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, vault: Vault
) -> None:
    group = TeamChat(Team(application, fake_channel, clock))
    await group.begins()
    await group.week()
    await group.shares(0, "Van de eerste.")
    await group.shares(1, "Van de tweede.", "Deel zonder naam")
    await group.people[2].says("Van de derde.")
    for number in range(3):
        member = await group.people[number].member()
        await loses(vault, application.database, member.id, "row gone")
    [digest] = await group.friday()
    assert "Van de" not in digest.text
    await group.people[2].presses("Deel met je team")
    await group.people[2].presses("Deel met naam")
    assert CLOSED in group.people[2].last.text


async def test_a_rotation_passes_over_lost_keys_and_ends(chats: LinkedChats, vault: Vault) -> None:
    await two_diaries(chats)
    database = chats.telegram.application.database
    lost = (await chats.telegram.member()).id
    await loses(vault, database, lost, "unknown master")
    reported: list[tuple[int, int]] = []
    key = await rotate(vault.store, vault.masters, lambda *done: reported.append(done), batch=1)
    async with vault.store.database.reading() as session:
        masters = (await session.scalars(select(DATA_KEYS.c.master).distinct())).all()
    assert masters == [MasterKey(key).fingerprint] != [MasterKey(SECRET_KEY).fingerprint]
    assert await rotate(vault.store, vault.masters, lambda *_: None) == key
    new = Vault(key)
    await new.unlock(database)
    await new.finish_rotation()
    async with new.store.database.reading() as session:
        assert (await session.execute(select(SUCCESSORS))).first() is None
