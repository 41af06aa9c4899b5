"""The lines of libraries: what failed and where, and nothing that anybody wrote."""

import asyncio
import json
import logging

import pytest

from tests.support.logs import logging_at_debug
from tests.support.odd_values import CANARY


def test_a_line_of_a_library_says_what_failed_and_quotes_nothing() -> None:
    library = logging.getLogger("uvicorn.error")
    with logging_at_debug() as log:
        library.warning("not understood: %s", CANARY)
        try:
            int(CANARY)
        except ValueError:
            library.exception("failed at %s\n%s", CANARY, CANARY)
    warned, failed = map(json.loads, log.text.splitlines())
    assert (warned["library"], warned["event"]) == ("uvicorn.error", "not understood: %s")
    assert (failed["event"], failed["error"]) == ("failed at %s", "ValueError")
    assert failed["at"] and CANARY not in log.text


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
@pytest.mark.parametrize("name", ["aiosqlite", "httpx", "aiohttp.client", "peewee", "asyncio"])
def test_at_debug_a_library_logs_nothing_finer_than_a_warning(name: str, level: int) -> None:
    with logging_at_debug() as log:
        logging.getLogger(name).log(level, CANARY)
        logging.getLogger("bot.app").log(level, "ours")
    assert log.count("ours") == 1 and CANARY not in log.text


@pytest.mark.parametrize("name", ["telegram.Bot", "nio.events.misc"])
def test_the_clients_of_platforms_log_nothing_at_all(name: str) -> None:
    with logging_at_debug() as log:
        logging.getLogger(name).critical(CANARY)
    assert log.text == ""


async def test_a_task_that_fails_unnoticed_is_logged_without_what_it_returned() -> None:
    async def fail() -> None:
        raise ValueError(CANARY)

    with logging_at_debug() as log:
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task
    assert log.count("Task exception was never retrieved") == 1
    assert log.count("ValueError") == 1 and CANARY not in log.text
