"""The transport for getUpdates: it keeps updates from being parsed before they are stored."""

from typing import Any

from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.items import update_number
from bot.channels.telegram.transport import AiohttpRequest

RAW = "raw"  # no field of any update: the library leaves it as it is


class PollingRequest(AiohttpRequest):
    """A transport for getUpdates that wraps each update, so that the library parses only a number.

    It would parse a whole answer at once: one update that it does not understand would cost all
    others, and it logs the raw answer, with what people wrote.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parses an answer, and wraps the updates in it; `unwrapped` undoes that.

        Raises:
            TelegramError: it is not an answer of Telegram's.
        """
        answer = AiohttpRequest.parse_json_payload(payload)
        if not answer.get("ok"):
            return answer
        updates = answer["result"]
        if not isinstance(updates, list):
            raise TelegramError("the answer is not one of Telegram's")
        wrapped = [
            {"update_id": number, RAW: update}
            for update in updates
            if (number := update_number(update)) is not None
        ]
        if updates and not wrapped:  # nothing to confirm, so the same would come again at once
            raise TelegramError("the answer is not one of Telegram's")
        return {"ok": True, "result": wrapped}


def unwrapped(update: Update) -> dict[str, Any]:
    """Returns an update as Telegram sent it."""
    raw: dict[str, Any] = update.api_kwargs[RAW]
    return raw
