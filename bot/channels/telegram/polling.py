"""What Telegram delivers, as far as the library can parse it; the rest is set aside."""

from typing import Any

import structlog
from prometheus_client import Counter
from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.transport import AiohttpRequest

log = structlog.get_logger(__name__)
UNPARSABLE = Counter("olievlek_updates_unparsable", "Updates of Telegram that cannot be parsed")


class PollingRequest(AiohttpRequest):
    """A transport for getUpdates that lets through only updates that the library can parse.

    The library parses a whole answer at once: one update that it does not understand (a field of
    next year's Bot API, a date that is a word) would cost all others, and it logs the raw answer,
    with what people wrote. So each is tried by itself here. Of one that cannot be parsed only the
    number is kept, so that it is confirmed and not delivered again.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parses an answer, and empties the updates in it that the library could not parse.

        Raises:
            TelegramError: it is not an answer of Telegram's.
        """
        answer = AiohttpRequest.parse_json_payload(payload)
        if not answer.get("ok"):
            return answer
        updates = answer["result"]
        if not isinstance(updates, list):
            raise TelegramError("the answer is not one of Telegram's")
        if parsable := [kept for update in updates if (kept := parsable_update(update))]:
            return {"ok": True, "result": parsable}
        if updates:  # nothing to confirm, so the same would come again at once
            raise TelegramError("the answer is not one of Telegram's")
        return answer


def parsable_update(update: object) -> dict[str, Any] | None:
    """Returns an update that the library can parse: itself, or only its number.

    None: it has no number, so it is no update.
    """
    if not isinstance(update, dict):
        return None
    number = update.get("update_id")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    try:
        parsed = Update.de_json(update, None)
        if parsed.effective_chat is None or isinstance(parsed.effective_chat.id, int):
            return update
    except Exception as error:  # whatever the library's parser stumbles over
        kind = type(error).__name__  # its text may quote what somebody wrote
    else:
        kind = "a chat without a number"
    log.warning("update set aside: it cannot be parsed", update=number, error=kind)
    UNPARSABLE.inc()
    return {"update_id": number}
