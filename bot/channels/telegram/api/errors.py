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
    SendError,
    TemporaryFailure,
    Unreachable,
)
from bot.config.environment import variable_name


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raises python-telegram-bot's errors within the block as a `SendError`."""
    try:
        yield
    except TelegramError as error:
        raise _translated(error) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The library made nothing of an answer; its text may quote a message, so it is left out.
        raise TemporaryFailure("the answer cannot be parsed") from error


def _translated(error: TelegramError) -> SendError:
    if isinstance(error, InvalidToken) and isinstance(error.__cause__, InvalidToken):
        error = error.__cause__  # at the log-in, the library wraps it to add the token
    if isinstance(error.__cause__, TelegramError):
        # It has a status, but is not Telegram's: a proxy's page with 403 says nothing about a chat,
        # nor one with 404 about our token. The library quotes the page, so its text is left out.
        return TemporaryFailure(str(error.__cause__))
    match error:
        case InvalidToken():
            return InvalidCredentials(variable_name("telegram", "token"))
        case Forbidden():
            return Unreachable(str(error))
        case RetryAfter():
            return TemporaryFailure(str(error), _duration(error.retry_after))
        case ChatMigrated():
            return ChatMoved(str(error.new_chat_id))
        case BadRequest() if "chat not found" in str(error).lower():
            return Unreachable(str(error))
        case BadRequest():
            return MessageRejected(str(error))
    return TemporaryFailure(str(error))


def _duration(seconds: int | timedelta) -> timedelta:
    return seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
