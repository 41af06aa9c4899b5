"""How a command runs, and how it gets at the database."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from sqlite3 import Error as SQLiteError
from typing import Any, NoReturn, ParamSpec

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.registry import address_examples, find_channel
from bot.cli.shared.options import MISCONFIGURED, UNAVAILABLE, WRONG
from bot.cli.shared.output import print_error
from bot.config.reading import read_settings
from bot.config.settings import ConfigError, DatabaseUnavailable, Settings
from bot.languages.sentences import Sentence
from bot.operation.logs import set_up_logs
from bot.startup import open_configured, supported_database, unlock, vault_from
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.db.outage import is_unavailable
from bot.store.members.vault import Vault

# Errors that come from outside the program. Any other error is a bug, and shows its traceback.
EXPECTED_ERRORS = (SQLAlchemyError, SQLiteError, OSError, OperationRefused)

Arguments = ParamSpec("Arguments")
Job = Coroutine[Any, Any, int]


@contextmanager
def refusals_told() -> Iterator[None]:
    """Prints an expected error within the block as a line, and exits: 1 for most of them.

    A configuration error exits with 2, a database or a disk that cannot be used now with 3.
    """
    try:
        yield
    except DatabaseUnavailable as error:
        print_error(error)
        raise typer.Exit(UNAVAILABLE) from None
    except ConfigError as error:
        print_error(error)
        raise typer.Exit(MISCONFIGURED) from None
    except BrokenPipeError:  # who reads the output has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(WRONG) from None
    except EXPECTED_ERRORS as error:
        print_error(error)
        raise typer.Exit(exit_code_for(error)) from None


def exit_code_for(error: BaseException) -> int:
    """Returns the exit code of a command that was not done because of an expected error."""
    return UNAVAILABLE if is_unavailable(error) else WRONG


def run_job(job: Job) -> NoReturn:
    """Runs `job` to its end and exits with the code it returns, or as `refusals_told` does."""
    with refusals_told():
        code = asyncio.run(job)
    raise typer.Exit(code)


def asynchronous(command: Callable[Arguments, Job]) -> Callable[Arguments, None]:
    """Makes a coroutine function into a command: Typer reads its parameters, `run_job` runs it."""

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        run_job(command(*args, **kwargs))

    return run


@asynccontextmanager
async def prepared_database() -> AsyncIterator[tuple[Settings, Database]]:
    """Yields the settings, and their database with its keys open, closed at the end.

    Raises:
        ConfigError: as `unlocked_database` does.
    """
    async with unlocked_database() as (settings, database, _):
        yield settings, database


@asynccontextmanager
async def unlocked_database() -> AsyncIterator[tuple[Settings, Database, Vault]]:
    """Yields the settings, their database and the vault with its keys.

    Raises:
        ConfigError: the settings are wrong, the database cannot be opened, is not supported or not
            up to date, or its keys cannot be used.
    """
    settings = read_settings()
    set_up_logs("ERROR", "console")
    vault = vault_from(settings)
    async with open_configured(settings) as database:
        state = await migrate.schema_state(database)
        with supported_database():
            state.require_supported()
        if not state.up_to_date:
            raise ConfigError([Sentence("config.not_upgraded")])
        await unlock(database, vault)
        yield settings, database, vault


def parse_address(who: str) -> tuple[str, str]:
    """Returns the channel and the address in `telegram:7` and the like.

    Raises:
        ConfigError: there is no such channel, or its addresses look otherwise.
    """
    name, _, address = who.partition(":")
    channel = find_channel(name)
    if channel is None or not channel.address.matches(address):
        raise ConfigError(
            [Sentence("mistake.address", who=who, examples=address_examples(with_remarks=True))]
        )
    return name, address
