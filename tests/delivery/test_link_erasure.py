"""What linked chats erase is gone, in every copy of the data, and nothing of the other is."""

from contextlib import suppress

import pytest
from sqlalchemy import func, select

from bot.messages import Purpose
from bot.store.keys.key_tables import MEMBER_KEYS
from bot.store.keys.master_key import WrongKey
from bot.store.keys.rotation import rotate
from bot.store.lifecycle import erase
from bot.store.lifecycle.export import export_of
from bot.store.members.vault import Vault
from bot.store.schema.members import LinkRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReceiptRow, ReflectionRow
from tests.delivery.linked_chats import LinkedChats, diary_of, two_diaries


async def test_erasing_within_the_week_leaves_no_half(chats: LinkedChats, vault: Vault) -> None:
    await two_diaries(chats)
    await chats.link()
    member = await chats.telegram.member()
    async with chats.telegram.application.database.transaction() as session:
        assert b"PK" in (await export_of(session, vault, member, chats.clock())).content
        await erase.erase_member(session, vault, member.id, chats.clock())
        session.expunge_all()
        for table in (MemberRow, LinkRow):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("erased", ["telegram", "matrix"])
async def test_who_erases_within_the_week_erases_their_own_alone(
    chats: LinkedChats, erased: str
) -> None:
    await two_diaries(chats)
    await chats.link()
    both = {"telegram": chats.telegram, "matrix": chats.matrix}
    gone = both.pop(erased)
    [stays] = both.values()
    await gone.says("/vergeetmij")
    assert "wis dan alleen wat van deze chat is" in gone.last.text
    await gone.presses("Ja, wis alles")
    assert "weer los" in stays.last.text
    diary = await diary_of(stays)
    own, other = (
        ("Op Matrix", "Op Telegram") if erased == "telegram" else ("Op Telegram", "Op Matrix")
    )
    assert own in diary and other not in diary
    await gone.says("/reeks")
    assert "Ik ken je niet" in gone.last.text


async def in_a_backup(chats: LinkedChats) -> list[ReflectionRow]:
    """What a copy of the data holds of all diaries now."""
    async with chats.telegram.application.database.reading() as session:
        return list((await session.scalars(select(ReflectionRow))).all())


async def opens(vault: Vault, rows: list[ReflectionRow]) -> set[str]:
    """What somebody reads in a copy of the data who has all keys that are left."""
    async with vault.store.database.reading() as session:
        key_ids = (await session.scalars(select(MEMBER_KEYS.c.member_id))).all()
    read = set()
    for row in rows:
        for key_id in key_ids:
            with suppress(WrongKey):
                read.add(await vault.open(key_id, f"reflection/{row.nudge_id}", row.sealed))
    return read


@pytest.mark.parametrize("erased", ["telegram", "matrix"])
async def test_no_backup_of_the_week_opens_what_was_erased_in_it(
    chats: LinkedChats, vault: Vault, erased: str
) -> None:
    await two_diaries(chats)
    await chats.link()
    for chat in (chats.telegram, chats.matrix):
        await chat.says("/koppel")
        await chat.presses(chat.address.channel.capitalize())
        nudge = await chat.round("Gedaan", f"In de week op {chat.address.channel}.")
        assert nudge in chat.messages
    copy = await in_a_backup(chats)
    own = {"telegram": "In de week op telegram.", "matrix": "In de week op matrix."}
    before = {"telegram": "Op Telegram geschreven.", "matrix": "Op Matrix geschreven."}
    assert await opens(vault, copy) == {*own.values(), *before.values()}
    gone = {"telegram": chats.telegram, "matrix": chats.matrix}[erased]
    stays = "matrix" if erased == "telegram" else "telegram"
    await gone.says("/vergeetmij")
    await gone.presses("Ja, wis alles")
    assert await opens(vault, copy) == {own[stays], before[stays]}


@pytest.mark.parametrize("erased", ["telegram", "matrix"])
async def test_no_backup_opens_anything_of_two_chats_that_were_erased_as_one(
    chats: LinkedChats, vault: Vault, erased: str
) -> None:
    await two_diaries(chats)
    copies = await in_a_backup(chats)
    await chats.link()
    copies += await in_a_backup(chats)
    await chats.week_passes()
    assert "Op Telegram" in await diary_of(chats.matrix)
    assert "Op Matrix" in await diary_of(chats.telegram)
    copies += await in_a_backup(chats)
    assert len(await opens(vault, copies)) == 2
    gone = chats.telegram if erased == "telegram" else chats.matrix
    await gone.says("/vergeetmij")
    await gone.presses("Ja, wis alles")
    assert await opens(vault, copies) == set()


async def test_what_one_wrote_before_it_came_to_the_other_is_sealed_again(
    chats: LinkedChats, vault: Vault
) -> None:
    await two_diaries(chats)
    await chats.link()
    await chats.telegram.round("Gedaan", "Eerst op Telegram.")
    async with chats.telegram.application.database.transaction() as session:
        latest = await session.scalar(select(func.max(NudgeRow.id)))
        receipt = ReceiptRow(
            nudge_id=latest,
            channel="matrix",
            address=chats.matrix.address.id,
            receipt="later",
            purpose=Purpose.NUDGE,
            has_buttons=True,
        )
        session.add(receipt)
    await chats.telegram.presses("Maak los")
    assert "Eerst op Telegram" in await diary_of(chats.matrix)
    assert "Eerst op Telegram" not in await diary_of(chats.telegram)
    await chats.telegram.says("/vergeetmij")
    await chats.telegram.presses("Ja, wis alles")
    assert "Eerst op Telegram" in await diary_of(chats.matrix)


async def test_a_chat_that_had_nothing_takes_nothing_along(chats: LinkedChats) -> None:
    await chats.telegram.round("Gedaan", "Op Telegram geschreven.")
    await chats.link()
    await chats.matrix.says("/vergeetmij")
    await chats.matrix.presses("Ja, wis alles")
    assert "Op Telegram" in await diary_of(chats.telegram)
    await chats.matrix.says("/reeks")
    assert "Ik ken je niet" in chats.matrix.last.text


async def test_after_the_week_they_are_one_and_all_goes(chats: LinkedChats) -> None:
    await two_diaries(chats)
    await chats.link()
    await chats.week_passes()
    await chats.matrix.says("/vergeetmij")
    assert "van deze chat" not in chats.matrix.last.text
    await chats.matrix.presses("Ja, wis alles")
    await chats.telegram.says("/reeks")
    assert "Ik ken je niet" in chats.telegram.last.text


class BrokenOffError(Exception):
    """A rotation is killed after its first batch."""


async def breaks_off(vault: Vault) -> None:
    """Half of the keys are wrapped by the new master key."""

    def report(done: int, total: int) -> None:
        raise BrokenOffError

    with suppress(BrokenOffError):
        await rotate(vault.store, vault.masters, report, batch=1)


@pytest.mark.parametrize("order", ["link first", "rotation first"])
async def test_linking_in_the_middle_of_a_rotation_loses_no_words(
    chats: LinkedChats, vault: Vault, order: str
) -> None:
    await two_diaries(chats)
    database = chats.telegram.application.database
    if order == "rotation first":
        await breaks_off(vault)
    await chats.link()
    await chats.telegram.round("Gedaan", "Samen geschreven.")
    if order == "link first":
        await breaks_off(vault)
    key = await rotate(vault.store, vault.masters, lambda *_: None)
    new = Vault(key)
    await new.unlock(database)
    assert await opens(new, await in_a_backup(chats)) == {
        *("Op Telegram geschreven.", "Op Matrix geschreven.", "Samen geschreven.")
    }
    await chats.telegram.says("/vergeetmij")
    await chats.telegram.presses("Ja, wis alles")
    assert "Op Matrix" in await diary_of(chats.matrix)
    assert "Op Telegram geschreven." not in await opens(new, await in_a_backup(chats))
