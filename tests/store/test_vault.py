"""Sealing, opening and shredding, and keys that do not fit."""

import asyncio

import pytest

from bot.store.db.engine import Database
from bot.store.keys.key_store import KeysUnusable
from bot.store.keys.master_key import WrongKey, new_secret_key
from bot.store.members.vault import Vault
from tests.support.databases import SECRET_KEY
from tests.support.fakes import FakeMember


async def test_what_is_sealed_opens_again(member: FakeMember, vault: Vault) -> None:
    number = (await member.member()).id
    sealed = await vault.seal(number, "a", "Zomaar iets ☕")
    assert b"Zomaar" not in sealed
    assert await vault.open(number, "a", sealed) == "Zomaar iets ☕"
    assert await vault.seal(number, "a", "Zomaar iets ☕") != sealed


async def test_it_opens_only_for_what_it_was_sealed_for(member: FakeMember, vault: Vault) -> None:
    number = (await member.member()).id
    sealed = await vault.seal(number, "reflection/1", "Zomaar")
    for label, content in (
        ("reflection/2", sealed),
        ("reflection/1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(WrongKey):
            await vault.open(number, label, content)


async def test_one_members_key_opens_nothing_of_another(database: Database, vault: Vault) -> None:
    sealed = await vault.seal(1, "a", "Zomaar")
    await vault.seal(2, "a", "Iets anders")
    with pytest.raises(WrongKey):
        await vault.open(2, "a", sealed)


async def test_after_shredding_nothing_opens(database: Database, vault: Vault) -> None:
    sealed = await vault.seal(1, "a", "Zomaar")
    assert await vault.open(1, "a", sealed) == "Zomaar"
    await vault.shred(1)
    with pytest.raises(WrongKey):
        await vault.open(1, "a", sealed)
    with pytest.raises(WrongKey):
        await (await another(database)).open(1, "a", sealed)


async def another(database: Database) -> Vault:
    """The vault of another process with the same keys."""
    vault = Vault(SECRET_KEY)
    await vault.unlock(database)
    return vault


async def test_a_key_that_another_replica_shredded_seals_nothing_more(
    database: Database, vault: Vault
) -> None:
    replica = await another(database)
    old = await vault.seal(1, "a", "Zomaar")
    assert await vault.open(1, "a", old) == "Zomaar"
    await replica.shred(1)
    new = await vault.seal(1, "a", "Opnieuw")
    assert await replica.open(1, "a", new) == "Opnieuw"
    with pytest.raises(WrongKey):
        await replica.open(1, "a", old)


async def test_two_replicas_that_need_a_key_at_once_make_one(
    database: Database, vault: Vault
) -> None:
    replica = await another(database)
    async with asyncio.TaskGroup() as tasks:
        sealing = [tasks.create_task(each.seal(7, "a", "Zomaar")) for each in (vault, replica) * 3]
    for task in sealing:
        assert await (await another(database)).open(7, "a", task.result()) == "Zomaar"


async def test_what_waits_opens_with_its_key_and_label_only(
    database: Database, vault: Vault
) -> None:
    sealed = vault.seal_waiting("inbox/telegram/7", b"Zomaar")
    assert b"Zomaar" not in sealed
    assert vault.open_waiting("inbox/telegram/7", sealed) == b"Zomaar"
    with pytest.raises(WrongKey):
        vault.open_waiting("inbox/telegram/8", sealed)


async def test_each_channel_has_a_key_of_its_own_that_stays(
    database: Database, vault: Vault
) -> None:
    assert vault.channel_key("matrix") != vault.channel_key("signal")
    assert (await another(database)).channel_key("matrix") == vault.channel_key("matrix")


async def test_a_vault_that_is_locked_opens_nothing(vault: Vault) -> None:
    locked = Vault(new_secret_key())
    with pytest.raises(WrongKey, match="locked"):
        locked.seal_waiting("inbox/telegram/7", b"Zomaar")
    with pytest.raises(WrongKey, match="locked"):
        await locked.seal(1, "a", "Zomaar")


async def test_another_master_key_is_refused(database: Database) -> None:
    with pytest.raises(KeysUnusable, match="is not the key this database was made with"):
        await Vault(new_secret_key()).unlock(database)


@pytest.mark.parametrize("key", ["", "kort", "é" * 44, "A" * 40, "A" * 43 + "=", "A" * 48])
def test_a_key_of_another_form_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes|random"):
        Vault(key)
