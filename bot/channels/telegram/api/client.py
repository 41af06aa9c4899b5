"""The library's client, as this channel uses it."""

from dataclasses import dataclass, field
from typing import Any

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest


class Client(Bot):
    """A client that also sends texts without making an object of what comes back."""

    async def send_text(self, text: str, parameters: dict[str, Any]) -> int:
        """Sends a text and returns the id of the message.

        Telegram answers with the whole message. An object of it has more than a hundred
        attributes, all set one by one, which takes a tenth of the time of a wave.

        Args:
            text: at most as long as Telegram takes.
            parameters: the others of `sendMessage`; those that are None are left out.

        Raises:
            TelegramError: it was not sent, or the answer names no message.
        """
        answer = await self._post("sendMessage", {"text": text, **parameters})
        match answer:
            case {"message_id": int(message_id)} if not isinstance(message_id, bool):
                return message_id
        raise TelegramError("the answer is no message")


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in.

    Attributes:
        api_url: where the Bot API is, such as `https://api.telegram.org`.
        token: as BotFather gave it.
    """

    api_url: str
    token: str = field(repr=False)

    def client(self, sending: BaseRequest, polling: BaseRequest) -> Client:
        """Returns a client that gets updates over `polling` and does the rest over `sending`."""
        url = self.api_url.rstrip("/")
        return Client(
            self.token,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=sending,
            get_updates_request=polling,
        )
