"""Takes the bot's messages out of a chat, as far as Telegram allows that: for 48 hours."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

import structlog
from telegram import Bot

from bot.channels.base import MessageRejected, SendError
from bot.channels.telegram.api.errors import translated_errors
from bot.channels.telegram.menus import show_in_chat

log = structlog.get_logger(__name__)
# https://core.telegram.org/bots/api#deletemessages
MOST_AT_ONCE = 100


async def clear_chat(
    bot: Bot,
    chat: str,
    messages: Collection[str],
    slot: Callable[[str], AbstractAsyncContextManager[None]],
) -> None:
    """Deletes messages of the bot in a private chat, and the chat's own menu.

    Telegram skips messages that are not there any more. What it refuses stays, and is logged.

    Args:
        bot: whose messages they are.
        chat: where they are.
        messages: their ids.
        slot: holds a slot for one call.

    Raises:
        SendError: Telegram cannot be reached now, or the chat is gone.
    """
    ids = sorted(map(int, messages))
    for start in range(0, len(ids), MOST_AT_ONCE):
        try:
            async with slot(chat):
                await bot.delete_messages(chat, ids[start : start + MOST_AT_ONCE])
        except MessageRejected as error:
            log.info("messages not deleted", error=str(error))
    try:
        with translated_errors():
            await show_in_chat(bot, chat, None)
    except SendError as error:
        log.info("menu not deleted", error=str(error))
