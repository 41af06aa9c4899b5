"""The log of the program, as its operator sees it at DEBUG."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.operation.logs import ERRORS_ONLY, OFF, OURS, set_up_logs


class DebugLog:
    """What was logged so far.

    Args:
        stream: where it is written.
    """

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        """All of it."""
        return self._stream.getvalue()

    def count(self, words: str) -> int:
        """How many lines have these words."""
        return sum(words in line for line in self.text.splitlines())


@contextmanager
def logging_at_debug() -> Iterator[DebugLog]:
    """Logs as `olievlek run` does with `OLIEVLEK_LOG_LEVEL=DEBUG`, until the end of the block."""
    stream = io.StringIO()
    with logging_restored():
        set_up_logs("DEBUG", "json", stream)
        structlog.configure(cache_logger_on_first_use=False)  # or it would outlive the block
        yield DebugLog(stream)


@contextmanager
def logging_restored() -> Iterator[None]:
    """Puts back how this process logs, at the end of the block."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers = root.handlers[:]
    loggers = [logging.getLogger(name) for name in (None, OURS, *ERRORS_ONLY, *OFF)]
    levels = [logger.level for logger in loggers]
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
