"""Logging: one line an event, for people or as JSON, and never a secret in it."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from bot.masking import mask, without_text

# They quote what people wrote, also when they log an error; what fails we log ourselves.
OFF = ("telegram", "nio")
# Each tick that is skipped while a wave goes out is a warning.
ERRORS_ONLY = ("apscheduler",)
OURS = "bot"

Event = MutableMapping[str, Any]


def set_up_logs(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Sends every log line, ours and the libraries', to one stream, with secrets masked.

    At a finer level than WARNING the libraries log URLs with the bot's token, statements with their
    values, and what members wrote. So the level is that of our own lines; of the libraries there
    are warnings and errors, without the values in them (see `_without_values`).

    Args:
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        log_format: `console` or `json`.
        stream: where they go; None: to standard error.
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
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_values, *shared],
            use_get_message=False,  # the message as the library wrote it, before values go into it
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.getLogger(OURS).setLevel(level)
    for name in ERRORS_ONLY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in OFF:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
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


def _without_values(_: object, __: str, event: Event) -> Event:
    """Leaves of a library's line what cannot quote anybody: its first line, and where an error was.

    asyncio puts the values of a task that failed on the lines after the first.
    """
    event["event"] = str(event["event"]).partition("\n")[0]
    event["library"] = event["_record"].name
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.update(without_text(error))
    return event


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
