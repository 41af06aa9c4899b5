"""Logging: one line an event, for people or as JSON, and never a secret in it."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.masking import mask

# httpx logs every URL, and Telegram's hold the bot's token; the Telegram client logs what members
# wrote. APScheduler logs every tick, and warns of each that is skipped while a wave goes out.
QUIET = ("httpx", "httpcore", "alembic", "telegram", "aiohttp", "aiosqlite", "peewee")

Event = MutableMapping[str, Any]


def set_up_logs(level: str, log_format: str) -> None:
    """Sends every log line, ours and the libraries', to standard error, with secrets masked.

    Args:
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        log_format: `console` or `json`.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without the locals of each frame: what a member wrote may be among them.
        structlog.processors.format_exc_info,
        _masked_values,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("nio").setLevel(logging.ERROR)  # it warns of what we log better ourselves
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _masked_values(_: object, __: str, event: Event) -> Event:
    """Masks the values of an event, before JSON or colours change how a secret is written.

    What begins with `_` is structlog's own, and is not printed.
    """
    return {
        name: value if name.startswith("_") else _masked(value) for name, value in event.items()
    }


def _masked(value: Any) -> Any:  # noqa: ANN401 - any value of an event
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return mask(value)
        case list():
            return [_masked(item) for item in value]
        case tuple():
            return tuple(_masked(item) for item in value)
        case dict():
            return {name: _masked(item) for name, item in value.items()}
    masked = mask(shown := repr(value))  # as the renderers would print it
    return value if masked == shown else masked
