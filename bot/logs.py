"""Logging: one line an event, for people or as JSON, and never a secret in it."""

import logging
import sys
from collections.abc import Collection, MutableMapping
from typing import Any

import structlog

HIDDEN = "***"
# httpx logs every URL, and Telegram's hold the bot's token; the Telegram client logs what members
# wrote. APScheduler logs every tick, and warns of each that is skipped while a wave goes out.
QUIET = ("httpx", "httpcore", "alembic", "telegram", "aiohttp", "aiosqlite", "peewee")

Event = MutableMapping[str, Any]


def set_up_logs(level: str, log_format: str, secrets: Collection[str]) -> None:
    """Sends every log line, ours and the libraries', to standard error.

    Args:
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        log_format: `console` or `json`.
        secrets: values that are replaced by `***` wherever they turn up.
    """

    def hide(_: object, __: str, event: Event) -> Event:
        return {name: _without(value, secrets) for name, value in event.items()}

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without the locals of each frame: what a member wrote may be among them.
        structlog.processors.format_exc_info,
        hide,
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, hide, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("nio").setLevel(logging.ERROR)  # it warns of what we tell better
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


def _without(value: Any, secrets: Collection[str]) -> Any:  # noqa: ANN401 - any value of an event
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
    return value
