"""The command line within the test's own process, which takes a fortieth of a start of it."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from os import environ
from pathlib import Path

import structlog
from pytest import MonkeyPatch
from typer.testing import CliRunner

from bot.cli.main import app
from bot.masking import SecretMask, mask


def olievlek(
    env: Mapping[str, str], folder: Path, *words: str, given: str | bytes = ""
) -> tuple[int, str, str]:
    """Runs a command to its end.

    It changes the folder, the environment and the standard streams of the process while it runs, so
    a test runs one command at a time; an async test runs it in a thread.

    Args:
        env: the environment; no other setting of the bot is there.
        folder: the working folder.
        words: the command and its arguments.
        given: its standard input.

    Returns:
        Its exit code, and what it printed on standard output and standard error.

    Raises:
        Exception: whatever ends the command with a traceback.
    """
    other_settings = [name for name in environ if name.startswith("OLIEVLEK_") and name not in env]
    english = {"OLIEVLEK_LANGUAGE": "en"}  # which most tests read
    changes: dict[str, str | None] = {**dict.fromkeys(other_settings), **english, **env}
    with chdir(folder), logs_restored(), own_mask(), MonkeyPatch.context() as patch:
        for name, value in changes.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        # Not as `env`, which the runner sets after it made the commands, in a language.
        result = CliRunner().invoke(app, words, given, catch_exceptions=False, prog_name="olievlek")
    return result.exit_code, result.stdout, result.stderr


@contextmanager
def logs_restored() -> Iterator[None]:
    """Undoes afterwards what a command does to logging and structlog."""
    root = logging.getLogger()
    handlers, disabled, config = list(root.handlers), root.manager.disable, structlog.get_config()
    levels = {logger: logger.level for logger in _loggers()}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        logging.disable(disabled)
        for logger in _loggers():
            logger.setLevel(levels.get(logger, logging.NOTSET))
        structlog.configure(**config)
        _forget_cached_loggers()


@contextmanager
def own_mask() -> Iterator[None]:
    """Gives a command a mask without secrets, as a process of its own has."""
    before = dict(vars(mask))
    vars(mask).update(vars(SecretMask()))
    try:
        yield
    finally:
        vars(mask).update(before)


def _loggers() -> list[logging.Logger]:
    root = logging.getLogger()
    children = root.manager.loggerDict.values()
    return [root, *(child for child in children if isinstance(child, logging.Logger))]


def _forget_cached_loggers() -> None:
    """Has each logger of the program look at the configuration again.

    With `cache_logger_on_first_use` a logger keeps the configuration of its first use, in which
    `capture_logs` of a later test would see nothing.
    """
    proxy = type(structlog.get_logger())
    for module in [module for name, module in sys.modules.items() if name.startswith("bot.")]:
        for value in vars(module).values():
            if isinstance(value, proxy):
                vars(value).pop("bind", None)
