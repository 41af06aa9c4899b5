"""The transport for getUpdates: it keeps updates from being parsed before they are stored."""

from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.api.transport import AiohttpRequest
from bot.channels.telegram.items import update_number

RAW = "raw"  # no field of any update: the library leaves it as it is


class PollingRequest(AiohttpRequest):
    """A transport for getUpdates that wraps all updates in one, of which nothing is parsed.

    The library would parse a whole answer at once: one update that it does not understand would
    cost all others, and it logs the raw answer, with what people wrote.
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
        numbered = [update for update in updates if update_number(update) is not None]
        if updates and not numbered:  # nothing to confirm, so the same would come again at once
            raise TelegramError("the answer is not one of Telegram's")
        wrapped = [{"update_id": 0, RAW: numbered}] if numbered else []
        return {"ok": True, "result": wrapped}


def unwrapped(updates: Sequence[Update]) -> list[dict[str, Any]]:
    """Returns the updates in an answer as Telegram sent them; each has a number."""
    return [raw for update in updates for raw in update.api_kwargs[RAW]]
