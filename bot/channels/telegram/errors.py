"""Telegram's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.base import (
    ChatMoved,
    InvalidCredentials,
    MessageRejected,
    TemporaryFailure,
    Unreachable,
)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Within it, python-telegram-bot's errors become a `SendError`."""
    try:
        yield
    except InvalidToken as error:
        raise InvalidCredentials("OLIEVLEK_TELEGRAM_TOKEN") from error
    except Forbidden as error:
        raise Unreachable(str(error)) from error
    except RetryAfter as error:
        raise TemporaryFailure(str(error), _seconds(error.retry_after)) from error
    except ChatMigrated as error:
        raise ChatMoved(str(error.new_chat_id)) from error
    except BadRequest as error:
        if "chat not found" in str(error).lower():
            raise Unreachable(str(error)) from error
        raise MessageRejected(str(error)) from error
    except TelegramError as error:
        raise TemporaryFailure(str(error)) from error


def _seconds(given: int | timedelta) -> timedelta:
    return given if isinstance(given, timedelta) else timedelta(seconds=given)
