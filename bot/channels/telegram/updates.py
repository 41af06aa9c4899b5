"""Receives updates from Telegram, by polling or from a webhook, and stores them first."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from telegram import Bot
from telegram.error import Conflict, TelegramError

from bot.channels.base import ItemReceiver, TemporaryFailure
from bot.channels.connection.reconnect import Connection, retry_storing
from bot.channels.telegram.api.errors import translated_errors
from bot.channels.telegram.api.polling import unwrapped
from bot.channels.telegram.items import KINDS, received_item, update_number

log = structlog.get_logger(__name__)

POLL_TIMEOUT = timedelta(seconds=25)
# After a week without updates Telegram goes on with a number at random: an older position would
# hide what has a lower one.
POSITION_VALID = timedelta(days=6)
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
WEBHOOK_PATH = "/telegram/webhook"
WEBHOOK_CHECK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram delivers updates, and the secret that proves a delivery is Telegram's."""

    url: str
    secret: str

    @classmethod
    def at(cls, url: str, secret: str) -> "Webhook":
        """Returns the webhook at `url`, to which the path that we serve is added if it has none."""
        path = urlsplit(url).path.rstrip("/")
        return cls(url if path else f"{url.rstrip('/')}{WEBHOOK_PATH}", secret)

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Returns whether a delivery with these headers came from Telegram."""
        return compare_digest(headers.get(SECRET_HEADER, "").encode(), self.secret.encode())


class UpdateReceiver:
    """Receives updates by polling or from a webhook.

    Telegram drops an update once a later one is requested, or once its delivery is answered. Both
    happen only after it was stored. So a slow chat never makes the bot poll faster: each request
    asks for what comes after everything before, and waits until there is something.

    Args:
        bot: the client to poll with.
        connection: the state of the connection to Telegram.
        inbox: where updates go.
    """

    def __init__(self, bot: Bot, connection: Connection, inbox: ItemReceiver) -> None:
        self._bot, self._connection, self._inbox = bot, connection, inbox

    async def poll(self) -> None:
        """Polls until cancelled."""
        last = await retry_storing(partial(self._inbox.position, POSITION_VALID))
        offset = None if last is None else int(last) + 1
        while True:
            updates = await self._connection.retry(partial(self._get_updates, offset))
            if updates:
                last_number = await retry_storing(partial(self._store, updates))
                offset = last_number + 1
            else:
                # All was confirmed by this request, so without an offset only new ones come, also
                # when after a quiet week Telegram's numbers start at random.
                offset = None
            self._connection.works()

    async def serve(self, webhook: Webhook) -> None:
        """Keeps the webhook set until cancelled; Telegram stores updates in the meantime."""
        # Also if the address is unchanged: the secret may have changed.
        await self._connection.retry(lambda: self._set_webhook(webhook))
        while True:
            self._connection.works()
            await asyncio.sleep(WEBHOOK_CHECK_SECONDS)
            await self._connection.retry(lambda: self._check_webhook(webhook))

    async def _get_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Returns the next updates, as JSON; waits until there are any, but not for ever."""
        with translated_errors():
            try:
                updates = await self._bot.get_updates(
                    offset=offset, timeout=POLL_TIMEOUT, allowed_updates=KINDS
                )
            except Conflict as error:
                await self._on_conflict(error)
                raise TemporaryFailure(str(error)) from error
        return unwrapped(updates)

    async def _store(self, updates: Sequence[dict[str, Any]]) -> int:
        """Stores updates and the last of their numbers, which it returns."""
        last = max(int(update["update_id"]) for update in updates)
        items = [item for update in updates if (item := received_item(update)) is not None]
        await self._inbox.receive(items, str(last))
        return last

    async def _on_conflict(self, error: Conflict) -> None:
        if "webhook" in str(error).lower():
            log.info("a webhook was set for this bot; it is taken away, because we poll")
            with suppress(TelegramError):
                await self._bot.delete_webhook(drop_pending_updates=False)
        elif self._connection.trouble != str(error):
            log.error("another program polls this bot; stop it, or give this one its own token")

    async def _set_webhook(self, webhook: Webhook) -> None:
        with translated_errors():
            await self._bot.set_webhook(
                webhook.url, secret_token=webhook.secret, allowed_updates=KINDS
            )
        log.info("webhook set", url=webhook.url)

    async def _check_webhook(self, webhook: Webhook) -> None:
        with translated_errors():
            url = (await self._bot.get_webhook_info()).url
        if url != webhook.url:
            log.error("another program took the webhook away; give it its own token")
            await self._set_webhook(webhook)


async def take_delivery(body: bytes, inbox: ItemReceiver) -> HTTPStatus:
    """Stores one update that a webhook brought, and returns the HTTP status for Telegram."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        update = None
    if update_number(update) is None:
        log.warning("a delivery that is no update")
        return HTTPStatus.BAD_REQUEST
    try:
        if (item := received_item(update)) is not None:
            await inbox.receive([item])
    except TemporaryFailure as error:
        log.warning("a delivery cannot be stored", error=str(error))
        return HTTPStatus.SERVICE_UNAVAILABLE  # Telegram delivers it again
    return HTTPStatus.OK
