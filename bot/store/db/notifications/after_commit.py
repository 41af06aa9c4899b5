"""What is done once a transaction is committed and on disk, such as noting it elsewhere."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

Call = Callable[[], Awaitable[None]]
_CALL = "after commit"


def after_commit(session: AsyncSession, call: Call) -> None:
    """Has `call` awaited when this transaction is committed; it replaces an earlier one."""
    session.info[_CALL] = call


async def run_after_commit(session: AsyncSession, file: Path | None) -> None:
    """Awaits what was given to `after_commit`, once the commit outlives a loss of power.

    A commit of PostgreSQL does. One of SQLite is in the write-ahead log of `file`, which is written
    to disk here; None: there is no file.
    """
    call: Call | None = session.info.pop(_CALL, None)
    if call is None:
        return
    if file is not None:
        await asyncio.to_thread(_write_to_disk, Path(f"{file}-wal"))
    await call()


def _write_to_disk(file: Path) -> None:
    with suppress(FileNotFoundError):  # the log was moved into the file, which waits for the disk
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
