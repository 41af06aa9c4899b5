"""Translates Telegram's errors into those of `bot.channels.base`."""

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
from bot.environment import variable_name


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raises python-telegram-bot's errors within the block as a `SendError`."""
    try:
        yield
    except InvalidToken as error:
        raise InvalidCredentials(variable_name("telegram", "token")) from error
    except Forbidden as error:
        raise Unreachable(str(error)) from error
    except RetryAfter as error:
        raise TemporaryFailure(str(error), _duration(error.retry_after)) from error
    except ChatMigrated as error:
        raise ChatMoved(str(error.new_chat_id)) from error
    except BadRequest as error:
        if "chat not found" in str(error).lower():
            raise Unreachable(str(error)) from error
        raise MessageRejected(str(error)) from error
    except TelegramError as error:
        raise TemporaryFailure(str(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The library made nothing of an answer; its text may quote a message, so it is left out.
        raise TemporaryFailure("the answer cannot be parsed") from error


def _duration(seconds: int | timedelta) -> timedelta:
    return seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
