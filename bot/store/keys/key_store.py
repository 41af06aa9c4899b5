"""The key store: a database of its own, in which every key is wrapped by a master key.

Apart from the data, so that a copy of the data opens nothing, and a key that is shredded here opens
no copy of the data either, whenever that was made.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, delete, insert, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config.environment import variable_name
from bot.languages.sentences import Sentence, Text
from bot.store.db.engine import ROLLBACK_JOURNAL, Database, upsert
from bot.store.db.locks.advisory import advisory_lock
from bot.store.keys.key_tables import (
    DATA_KEYS,
    KEY_STORE,
    KEY_TABLES,
    MEMBER_KEYS,
    SUCCESSORS,
    VERSION,
)
from bot.store.keys.master_key import WrongKey

KEYS_URL = variable_name("keys_url")
# A key that was shredded is in older copies of the key store, so erasure is complete when those are
# gone. Thirty days is what the text about privacy tells members.
BACKUP_DAYS = 30


class KeysUnusable(Exception):
    """The key store cannot be used with this database or this master key.

    Args:
        reason: why not, and what to do, in one sentence.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored.

    Attributes:
        wrapped: encrypted by a master key.
        master: the fingerprint of that one.
    """

    wrapped: bytes
    master: str


@dataclass(frozen=True, slots=True)
class Successor:
    """A master key that replaces another.

    Attributes:
        predecessor: the fingerprint of the one that it replaces.
        fingerprint: its own.
        wrapped: the key, wrapped by its predecessor.
    """

    predecessor: str
    fingerprint: str
    wrapped: bytes


Wrap = Callable[[Collection[Successor]], WrappedKey]
"""Wraps a new key by the newest master key, of which it is told the successors."""


class KeyStore:
    """The keys of one database, wrapped.

    Args:
        url: where they are.

    Attributes:
        database: the database with the keys alone, or on PostgreSQL perhaps the data as well.
    """

    def __init__(self, url: URL) -> None:
        self.database = Database(url, journal=ROLLBACK_JOURNAL)

    @property
    def place(self) -> str:
        """The file, or the URL without its password."""
        return self.database.place

    async def open(self) -> None:
        """Makes the tables where there are none.

        Raises:
            KeysUnusable: the store cannot be opened, or is that of a newer version.
        """
        if trouble := await self.database.trouble_opening():
            raise KeysUnusable(Sentence("config.cannot_open", name=KEYS_URL, trouble=trouble))
        try:
            version = await self._version()
        except DBAPIError:  # most likely there are no tables
            async with self.database.engine.begin() as connection:
                await advisory_lock(connection)
                await connection.run_sync(_make_tables)
            version = await self._version()
        if version != VERSION:
            raise KeysUnusable(Sentence("config.newer_keys", name=KEYS_URL, place=self.place))

    async def _version(self) -> int | None:
        async with self.database.reading() as session:
            return await session.scalar(select(KEY_STORE.c.version))

    async def close(self) -> None:
        """Closes all connections."""
        await self.database.close()

    async def has_tables(self) -> bool:
        """Returns whether there is a key store, without making one."""
        file = self.database.file
        if file is not None and not file.exists():
            return False
        async with self.database.reading() as session:
            connection = await session.connection()
            return await connection.run_sync(_has_tables)

    # -- the keys of the data

    async def data_keys(self) -> dict[str, WrappedKey]:
        """Returns the keys of the data by what they are for."""
        async with self.database.reading() as session:
            rows = (await session.execute(select(DATA_KEYS))).all()
        return {row.name: WrappedKey(row.wrapped, row.master) for row in rows}

    async def add_data_key(self, name: str, wrap: Wrap) -> None:
        """Adds a key, unless another process has added one for the same a moment ago."""
        await self._add(DATA_KEYS.c.name, name, wrap)

    # -- the keys of members

    async def member_key(self, member_id: int) -> WrappedKey | None:
        """Returns the key of a member; None: they have none, or it was shredded."""
        async with self.database.reading() as session:
            query = select(MEMBER_KEYS.c.wrapped, MEMBER_KEYS.c.master).where(
                MEMBER_KEYS.c.member_id == member_id
            )
            row = (await session.execute(query)).first()
        return None if row is None else WrappedKey(*row)

    async def member_ids(self) -> frozenset[int]:
        """Returns the numbers of all members who have a key."""
        async with self.database.reading() as session:
            return frozenset((await session.scalars(select(MEMBER_KEYS.c.member_id))).all())

    async def masters_of_members(self) -> dict[int, str]:
        """Returns by which master key the key of each member is wrapped: its fingerprint."""
        async with self.database.reading() as session:
            rows = (
                await session.execute(select(MEMBER_KEYS.c.member_id, MEMBER_KEYS.c.master))
            ).all()
        return {row.member_id: row.master for row in rows}

    async def add_member_key(self, member_id: int, wrap: Wrap) -> WrappedKey:
        """Adds a key for a member, commits it, and returns it.

        Where another process was first, that is the key of the other.
        """
        return await self._add(MEMBER_KEYS.c.member_id, member_id, wrap)

    async def shred(self, member_id: int) -> None:
        """Deletes the key of a member, so that what it sealed cannot be opened any more."""
        async with self.database.writing() as connection:
            await connection.execute(
                delete(MEMBER_KEYS).where(MEMBER_KEYS.c.member_id == member_id)
            )

    # -- master keys

    async def successors(self) -> list[Successor]:
        """Returns the master keys that replace others."""
        async with self.database.reading() as session:
            return await _successors(await session.connection())

    async def add_successor(self, successor: Successor) -> None:
        """Records a master key that replaces another, unless that one has a successor already.

        A key that is being wrapped at this moment is either wrapped by the new master key or
        committed before this returns.
        """
        async with self.database.writing() as connection:
            await connection.execute(select(KEY_STORE).with_for_update())
            known = [row.predecessor for row in await _successors(connection)]
            if successor.predecessor not in known:
                await connection.execute(
                    insert(SUCCESSORS).values(
                        predecessor=successor.predecessor,
                        fingerprint=successor.fingerprint,
                        wrapped=successor.wrapped,
                    )
                )

    async def forget_successors(self, master: str) -> None:
        """Deletes the successors, unless one of them is needed to open a key.

        That is a key wrapped by a master key before `master`. One that is wrapped by a master key
        which nobody has does not count: no successor opens it.
        """
        async with self.database.writing() as connection:
            await connection.execute(select(KEY_STORE).with_for_update())
            known = await _successors(connection)
            earlier = {row.predecessor for row in known} | {row.fingerprint for row in known}
            for table in (DATA_KEYS, MEMBER_KEYS):
                others = select(table.c.master).where(table.c.master.in_(earlier - {master}))
                if await connection.scalar(others.limit(1)) is not None:
                    return
            await connection.execute(delete(SUCCESSORS))

    async def _add(self, column: Column[Any], value: int | str, wrap: Wrap) -> WrappedKey:
        """Adds a key in one transaction with the look at which master key is the newest.

        Raises:
            WrongKey: the master key was rotated, and this process has the old one still.
        """
        table = column.table
        query = select(table.c.wrapped, table.c.master).where(column == value)
        async with self.database.writing() as connection:
            # On PostgreSQL against `add_successor`; SQLite has one writer.
            await connection.execute(select(KEY_STORE).with_for_update(read=True))
            new = wrap(successors := await _successors(connection))
            if new.master not in {successor.fingerprint for successor in successors}:
                await _check_is_newest(connection, new.master)
            row = {column.name: value, "wrapped": new.wrapped, "master": new.master}
            adding = upsert(connection.dialect.name, table).values(row).on_conflict_do_nothing()
            await connection.execute(adding)
            # On PostgreSQL this sees the row of another process, for whose commit the INSERT waits.
            return WrappedKey(*(await connection.execute(query)).one())


async def _successors(connection: AsyncConnection) -> list[Successor]:
    rows = (await connection.execute(select(SUCCESSORS))).all()
    return [Successor(row.predecessor, row.fingerprint, row.wrapped) for row in rows]


async def _check_is_newest(connection: AsyncConnection, master: str) -> None:
    """Checks that the keys of the data are wrapped by this master key, as all are.

    Raises:
        WrongKey: they are not: nobody who starts now could open what it wraps.
    """
    other = select(DATA_KEYS.c.master).where(DATA_KEYS.c.master != master).limit(1)
    if await connection.scalar(other) is not None:
        raise WrongKey("the master key was rotated: start this process again with the new one")


def _has_tables(connection: Connection) -> bool:
    return inspect(connection).has_table(KEY_STORE.name)


def _make_tables(connection: Connection) -> None:
    """Makes the tables; another process may have done so while this one waited for the lock."""
    if not _has_tables(connection):
        KEY_TABLES.create_all(connection, checkfirst=False)
        connection.execute(insert(KEY_STORE).values(id=1, version=VERSION))
