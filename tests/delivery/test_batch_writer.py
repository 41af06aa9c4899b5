"""Writing together: nothing is believed to be written that is not."""

import asyncio

import pytest

from bot.delivery.batch_writer import BatchWriter


class Book:
    """Writes slowly, and refuses what is no number."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def write(self, batch: list[str]) -> None:
        """Writes all of a batch or nothing."""
        await asyncio.sleep(0.01)
        if not all(item.isdecimal() for item in batch):
            raise ValueError("no number")
        self.batches.append(batch)


async def test_what_comes_in_while_it_writes_goes_in_one_batch() -> None:
    book = Book()
    together = BatchWriter(book.write)
    await asyncio.gather(*(together(str(n)) for n in range(20)))
    assert [item for batch in book.batches for item in batch] == [str(n) for n in range(20)]
    assert len(book.batches) <= 2


async def test_it_returns_once_it_is_written() -> None:
    book = Book()
    together = BatchWriter(book.write)
    for n in range(3):
        await together(str(n))
        assert book.batches[-1] == [str(n)]


async def test_one_that_is_wrong_takes_no_other_with_it() -> None:
    book = Book()
    together = BatchWriter(book.write)
    told = await asyncio.gather(*(together(item) for item in "12x34"), return_exceptions=True)
    assert [type(one) for one in told].count(ValueError) == 1
    assert sorted(item for batch in book.batches for item in batch) == ["1", "2", "3", "4"]


async def test_who_is_cancelled_takes_no_other_with_it() -> None:
    book = Book()
    together = BatchWriter(book.write)
    waiting = [asyncio.create_task(together(str(n))) for n in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.wait(waiting)
    assert waiting[0].exception() is None and waiting[2].exception() is None
    with pytest.raises(asyncio.CancelledError):
        waiting[1].result()


async def test_what_would_meet_each_of_them_is_told_to_all_at_once() -> None:
    tried: list[int] = []

    async def write(batch: list[int]) -> None:
        await asyncio.sleep(0.01)
        tried.append(len(batch))
        raise TimeoutError

    together = BatchWriter(write, is_common=lambda error: isinstance(error, TimeoutError))
    told = await asyncio.gather(*(together(n) for n in range(20)), return_exceptions=True)
    assert {type(one) for one in told} == {TimeoutError}
    assert len(tried) <= 2
