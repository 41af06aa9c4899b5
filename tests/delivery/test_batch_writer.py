"""The batch writer: an item counts as written only after its transaction committed."""

import asyncio

import pytest

from bot.delivery.batch_writer import BatchWriter


class SlowStore:
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
    store = SlowStore()
    writer = BatchWriter(store.write)
    await asyncio.gather(*(writer(str(n)) for n in range(20)))
    assert [item for batch in store.batches for item in batch] == [str(n) for n in range(20)]
    assert len(store.batches) <= 2


async def test_it_returns_once_it_is_written() -> None:
    store = SlowStore()
    writer = BatchWriter(store.write)
    for n in range(3):
        await writer(str(n))
        assert store.batches[-1] == [str(n)]


async def test_one_that_is_wrong_takes_no_other_with_it() -> None:
    store = SlowStore()
    writer = BatchWriter(store.write)
    results = await asyncio.gather(*(writer(item) for item in "12x34"), return_exceptions=True)
    assert [type(result) for result in results].count(ValueError) == 1
    assert sorted(item for batch in store.batches for item in batch) == ["1", "2", "3", "4"]


async def test_who_is_cancelled_takes_no_other_with_it() -> None:
    store = SlowStore()
    writer = BatchWriter(store.write)
    waiting = [asyncio.create_task(writer(str(n))) for n in range(3)]
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

    writer = BatchWriter(write, is_common=lambda error: isinstance(error, TimeoutError))
    results = await asyncio.gather(*(writer(n) for n in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {TimeoutError}
    assert len(tried) <= 2
