"""Draws pictures: one in a thread, and those of a wave in processes of their own.

Drawing takes some fifty milliseconds of CPU, for most of which Pillow holds the interpreter lock. A
single one is not noticed. Of two hundred in a row, everything else in the program would wait for
each: queries, sends and replies. So a wave of digests starts two processes that draw, and that end
a moment after the last picture.
"""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import structlog

from bot.messages import Drawing
from bot.pictures import process

log = structlog.get_logger(__name__)
# With so many waiting, processes are worth the half second that they take to start.
WAVE = 5
LINGER_SECONDS = 10.0
PROCESSES = 2


class PictureDrawer:
    """Draws what is sent; of pictures that nobody waits for, two at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(PROCESSES)
        self._waiting = 0
        self._processes: ProcessPoolExecutor | None = None
        self._closing: asyncio.TimerHandle | None = None

    async def draw(self, drawing: Drawing, *, urgent: bool) -> bytes:
        """Returns the PNG; an urgent one does not queue behind those of a hundred digests."""
        if urgent:
            return await asyncio.to_thread(drawing.draw)
        self._waiting += 1
        try:
            if self._waiting >= WAVE:
                self._start()
            async with self._turn:
                return await self._draw_next(drawing)
        finally:
            self._waiting -= 1

    def _start(self) -> None:
        """Starts the processes, if they do not run."""
        if self._processes is None:
            self._processes = ProcessPoolExecutor(PROCESSES, get_context("spawn"), process.set_up)
            for _ in range(PROCESSES):
                self._processes.submit(process.load)

    async def _draw_next(self, drawing: Drawing) -> bytes:
        if self._processes is None:
            return await asyncio.to_thread(drawing.draw)
        loop = asyncio.get_running_loop()
        if self._closing is not None:
            self._closing.cancel()
        self._closing = loop.call_later(LINGER_SECONDS, self.close)
        try:
            return await loop.run_in_executor(self._processes, drawing.draw)
        except (BrokenProcessPool, OSError) as error:  # killed, or there is no memory for it
            log.warning("a process that draws ended", error=type(error).__name__)
            self.close()
            return await asyncio.to_thread(drawing.draw)

    def close(self) -> None:
        """Ends the processes once they have drawn what they were given."""
        if self._processes is not None:
            self._processes.shutdown(wait=False)
        self._processes = None
