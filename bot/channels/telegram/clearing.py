"""Takes the bot's messages out of a chat, as far as Telegram allows that: for 48 hours."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

import structlog
from telegram import Bot

from bot.channels.base import MessageRejected

log = structlog.get_logger(__name__)
# https://core.telegram.org/bots/api#deletemessages
MOST_AT_ONCE = 100


async def delete_messages(
    bot: Bot,
    chat: str,
    messages: Collection[str],
    slot: Callable[[str], AbstractAsyncContextManager[None]],
) -> None:
    """Deletes messages of the bot; Telegram skips those that are not there any more.

    What it refuses to delete stays, and is logged.

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
