"""Sealing, opening and shredding."""

import pytest
from sqlalchemy import select

from bot.store.db.engine import Database
from bot.store.members.vault import Vault, WrongKey, new_secret_key
from bot.store.schema.members import MemberKeyRow
from tests.support.fakes import FakeMember


async def test_what_is_sealed_opens_again(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    number = (await member.member()).id
    async with database.transaction() as session:
        sealed = await vault.seal(session, number, "a", "Zomaar iets ☕")
        assert b"Zomaar" not in sealed
        assert await vault.open(session, number, "a", sealed) == "Zomaar iets ☕"
        assert await vault.seal(session, number, "a", "Zomaar iets ☕") != sealed


async def test_it_opens_only_for_what_it_was_sealed_for(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    number = (await member.member()).id
    async with database.transaction() as session:
        sealed = await vault.seal(session, number, "reflection/1", "Zomaar")
        for label, content in (
            ("reflection/2", sealed),
            ("reflection/1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ):
            with pytest.raises(WrongKey):
                await vault.open(session, number, label, content)


async def test_one_members_key_opens_nothing_of_another(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    joost = FakeMember(member.application, member.fake_channel, member.clock, "joost")
    await joost.joins()
    mine, theirs = (await member.member()).id, (await joost.member()).id
    async with database.transaction() as session:
        sealed = await vault.seal(session, mine, "a", "Zomaar")
        await vault.seal(session, theirs, "a", "Iets anders")
        with pytest.raises(WrongKey):
            await vault.open(session, theirs, "a", sealed)


async def test_after_shredding_nothing_opens(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    number = (await member.member()).id
    async with database.transaction() as session:
        sealed = await vault.seal(session, number, "a", "Zomaar")
        await vault.shred(session, number)
        assert (await session.scalars(select(MemberKeyRow))).all() == []
        session.expire_all()
        with pytest.raises(WrongKey):
            await vault.open(session, number, "a", sealed)


async def test_a_key_that_does_not_fit_is_noticed(
    member: FakeMember, database: Database, vault: Vault
) -> None:
    async with database.transaction() as session:
        assert await Vault(new_secret_key()).fits(session)  # nothing was sealed yet
        await vault.seal(session, (await member.member()).id, "a", "Zomaar")
    async with database.reading() as session:
        assert await vault.fits(session)
        assert not await Vault(new_secret_key()).fits(session)


@pytest.mark.parametrize("key", ["", "kort", "é" * 44, "A" * 40, "A" * 48])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        Vault(key)


def test_what_waits_opens_with_its_key_and_label_only(vault: Vault) -> None:
    sealed = vault.seal_waiting("inbox/telegram/7", b"Zomaar")
    assert b"Zomaar" not in sealed
    assert vault.open_waiting("inbox/telegram/7", sealed) == b"Zomaar"
    with pytest.raises(WrongKey):
        vault.open_waiting("inbox/telegram/8", sealed)
    with pytest.raises(WrongKey):
        Vault(new_secret_key()).open_waiting("inbox/telegram/7", sealed)
