"""Connections to SQLite, without SQLAlchemy in front of them."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path

import aiosqlite
import pytest

from bot.store.db.sqlite_connection import PAGE, Connection


async def test_a_connection_that_is_stopped_while_it_is_closed_keeps_nobody_waiting(
    tmp_path: Path,
) -> None:
    driver = await aiosqlite.connect(tmp_path / "test.db")
    driver.__class__ = Connection
    stopped = driver.stop()
    assert stopped is not None
    async with asyncio.timeout(10):
        with suppress(ValueError):  # it says that it is closed
            await driver.close()
        await stopped


async def numbers_from(driver: aiosqlite.Connection) -> aiosqlite.Cursor:
    """A cursor with all numbers, none of which was fetched yet."""
    return await (await driver.cursor()).execute("SELECT n FROM numbers ORDER BY n")


async def rest_of(cursor: aiosqlite.Cursor) -> list[object]:
    """Returns the rows that were not fetched yet."""
    return [*await cursor.fetchall()]


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
async def test_all_rows_come_in_order_however_they_are_fetched(tmp_path: Path, count: int) -> None:
    numbers = [(number,) for number in range(count)]
    async with aiosqlite.connect(tmp_path / "test.db") as driver:
        driver.__class__ = Connection
        await (await driver.cursor()).execute("CREATE TABLE numbers (n INTEGER)")
        filling = await driver.cursor()
        await filling.executemany("INSERT INTO numbers VALUES (?)", numbers)
        assert filling.rowcount == count
        assert await rest_of(await numbers_from(driver)) == numbers
        singly = await numbers_from(driver)
        assert [await singly.fetchone() for _ in range(count + 1)] == [*numbers, None]
        in_sevens = await numbers_from(driver)
        pages = [await in_sevens.fetchmany(7) for _ in range(count // 7 + 2)]
        assert [row for page in pages for row in page] == numbers
        begun = await numbers_from(driver)
        assert [*await begun.fetchmany(3), *await rest_of(begun)] == numbers
        left = await numbers_from(driver)
        await left.close()
        await driver.execute("DROP TABLE numbers")  # which a statement that goes on would prevent


async def test_a_statement_that_fails_leaves_the_connection_usable(tmp_path: Path) -> None:
    async with aiosqlite.connect(tmp_path / "test.db") as driver:
        driver.__class__ = Connection
        cursor = await driver.cursor()
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await cursor.execute("SELECT n FROM nowhere")
        await cursor.close()
        assert await rest_of(await (await driver.cursor()).execute("SELECT 1")) == [(1,)]
