"""Rotating the master key: every key in the key store is wrapped again, while the bot runs.

First the new master key is recorded, wrapped by the old one: from then on new keys are wrapped by
it, and whoever knows the old one can open what the new one wraps. Then all keys are wrapped again
in batches, each of which is a transaction, so after a crash the next call goes on where this one
was. The old master key opens the store until the first start with the new one, which deletes that
record.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.keys.key_store import KeyStore, Successor, WrappedKey
from bot.store.keys.key_tables import DATA_KEYS, MEMBER_KEYS
from bot.store.keys.labels import data_label, member_label
from bot.store.keys.master_key import MasterKey, WrongKey, new_secret_key
from bot.store.keys.master_keys import SUCCESSOR_LABEL, MasterKeys

BATCH = 500
Progress = Callable[[int, int], None]


async def rotate(store: KeyStore, masters: MasterKeys, report: Progress, batch: int = BATCH) -> str:
    """Wraps all keys by a new master key, or goes on with a rotation that was not finished.

    Args:
        store: where the keys are.
        masters: those that the operator's present key opens.
        report: called after each batch with the number of keys that the new one wraps, and of all.
        batch: how many keys are wrapped in one transaction.

    A member's key that is wrapped by a master key which nobody has stays as it is.

    Returns:
        The new master key. Until it is used at a start, calling this again returns the same one.

    Raises:
        WrongKey: a key of the data is wrapped by a master key that `masters` does not open.
    """
    secret_key = await _successor_of(store, masters.own)
    new = MasterKey(secret_key)
    done, total = 0, 0
    for table in (MEMBER_KEYS, DATA_KEYS):
        by_new, by_others = await _counts(store, table, new)
        done, total = done + by_new, total + by_new + by_others
    for table in (MEMBER_KEYS, DATA_KEYS):
        last: int | str | None = None
        while True:
            last, wrapped = await _wrap_batch(store, masters, new, table, (last, batch))
            if last is None:
                break
            done += wrapped
            report(done, total)
    return secret_key


async def _successor_of(store: KeyStore, own: MasterKey) -> str:
    """Returns the master key that replaces `own`; records a new one if there is none."""
    secret_key = new_secret_key()
    wrapped = own.wrap(SUCCESSOR_LABEL, secret_key.encode())
    new = Successor(own.fingerprint, MasterKey(secret_key).fingerprint, wrapped)
    await store.add_successor(new)
    [stored] = [each for each in await store.successors() if each.predecessor == own.fingerprint]
    return own.unwrap(SUCCESSOR_LABEL, stored.wrapped).decode()


async def _wrap_batch(
    store: KeyStore,
    masters: MasterKeys,
    new: MasterKey,
    table: Table,
    after: tuple[int | str | None, int],
) -> tuple[int | str | None, int]:
    """Wraps the next keys of a table again.

    Args:
        store: where the keys are.
        masters: those that the operator's present key opens.
        new: the one that wraps them from now on.
        table: whose rows.
        after: the last row that was looked at, or None; and how many to look at.

    Returns:
        The last row that was looked at, None if there was none any more; and how many were wrapped.
    """
    async with store.database.writing() as connection:
        rows = await _next_rows(connection, table, new, after)
        identity = next(iter(table.primary_key))
        wrapped = 0
        for row in rows:
            stored = WrappedKey(row.wrapped, row.master)
            label = _label(table, row[0])
            try:
                key = (await masters.master_of(stored, store)).unwrap(label, stored.wrapped)
            except WrongKey:
                if table is MEMBER_KEYS:
                    continue  # a lost key: `olievlek check` tells of it
                raise
            await connection.execute(
                update(table)
                .where(identity == row[0])
                .values(wrapped=new.wrap(label, key), master=new.fingerprint)
            )
            wrapped += 1
    return (rows[-1][0] if rows else None), wrapped


async def _next_rows(
    connection: AsyncConnection, table: Table, new: MasterKey, after: tuple[int | str | None, int]
) -> list[Any]:
    identity = next(iter(table.primary_key))
    last, batch = after
    query = (
        select(identity, table.c.wrapped, table.c.master)
        .where(table.c.master != new.fingerprint)
        .order_by(identity)
        .limit(batch)
        .with_for_update()
    )
    if last is not None:
        query = query.where(identity > last)
    return list((await connection.execute(query)).all())


def _label(table: Table, identity: Any) -> str:  # noqa: ANN401 - the key of either table
    return member_label(identity) if table is MEMBER_KEYS else data_label(identity)


async def _counts(store: KeyStore, table: Table, new: MasterKey) -> tuple[int, int]:
    """Returns how many keys the new master key wraps, and how many others do."""
    is_new = case((table.c.master == new.fingerprint, 1), else_=0)
    query = select(func.coalesce(func.sum(is_new), 0), func.coalesce(func.sum(1 - is_new), 0))
    async with store.database.reading() as session:
        by_new, by_others = (await session.execute(query)).one()
    return by_new, by_others
