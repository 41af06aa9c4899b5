"""Copying all keys into another key store, as they are wrapped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert, select

from bot.languages.sentences import Sentence
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.keys.key_store import KeyStore, KeysUnusable
from bot.store.keys.key_tables import AUDIT_HEAD, DATA_KEYS, MEMBER_KEYS, SUCCESSORS


async def copy_keys_along(source: Database, target: Database) -> None:
    """Copies the keys of a database into the key store of another one that has one of its own.

    Those of a first start make way, as its rows do.

    Raises:
        OperationRefused: the target has keys of other members, or a store cannot be opened.
    """
    if source.keys_url == target.keys_url:
        return
    try:
        async with _opened(source) as from_store, _opened(target) as to_store:
            await _copy(from_store, to_store)
    except KeysUnusable as error:
        raise OperationRefused(error.reason) from error


@asynccontextmanager
async def _opened(database: Database) -> AsyncIterator[KeyStore]:
    store = KeyStore(database.keys_url)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


async def _copy(source: KeyStore, target: KeyStore) -> None:
    """Copies in one transaction on the target, and from one moment of the source."""
    async with source.database.reading() as reading, target.database.writing() as writing:
        # Those of this source are there after a copy that broke off.
        ours = {tuple(row) for row in await reading.execute(select(MEMBER_KEYS))}
        theirs = {tuple(row) for row in await writing.execute(select(MEMBER_KEYS))}
        if not theirs <= ours:
            raise OperationRefused(Sentence("refused.keys_not_empty", place=target.place))
        for table in (DATA_KEYS, MEMBER_KEYS, SUCCESSORS, AUDIT_HEAD):
            await writing.execute(delete(table))
            rows = (await reading.execute(select(table))).mappings().all()
            if rows:
                await writing.execute(insert(table), [dict(row) for row in rows])
