"""Receives updates from Telegram: each once, in order within a chat, chats in parallel."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, TelegramError

from bot.channels.base import TemporaryFailure
from bot.channels.reconnect import Connection
from bot.channels.telegram.errors import translated_errors
from bot.channels.telegram.polling import parsable_update
from bot.masking import without_text

log = structlog.get_logger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
POLL_TIMEOUT = timedelta(seconds=25)
# How often the other chats are polled while one is still being handled.
REPOLL_SECONDS = 0.1
CONFIRM_SECONDS = 5.0
# Telegram waits about a minute before it delivers an update again.
ANSWER_SECONDS = 45.0
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
WEBHOOK_PATH = "/telegram/webhook"
WEBHOOK_CHECK_SECONDS = 60.0

HandleUpdate = Callable[[Update], Awaitable[None]]


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

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Returns whether a delivery with these headers came from Telegram."""
        return compare_digest(headers.get(SECRET_HEADER, "").encode(), self.secret.encode())


class UpdateReceiver:
    """Receives updates by polling or from a webhook.

    Telegram drops an update once a later one is requested, or once its delivery is answered. Both
    happen only after the update was handled, so what a crash interrupts is delivered again.

    Args:
        bot: the client to poll with.
        connection: the state of the connection to Telegram.
        handle: handles one update.
    """

    def __init__(self, bot: Bot, connection: Connection, handle: HandleUpdate) -> None:
        self._bot, self._connection, self._handle = bot, connection, handle
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._last_id: int | None = None

    async def poll(self) -> None:
        """Polls until cancelled, and then finishes the updates that were started."""
        try:
            while True:
                updates = await self._connection.retry(self._get_updates)
                self._connection.trouble = None
                if not updates and not self._unfinished:
                    self._last_id = None  # after a quiet week Telegram's numbers start at random
                for update in updates:
                    self._start(update)
                if self._unfinished:
                    await asyncio.wait(self._unfinished, timeout=REPOLL_SECONDS)
        finally:
            await self._drain()

    async def serve(self, webhook: Webhook) -> None:
        """Keeps the webhook set until cancelled; Telegram stores updates in the meantime."""
        try:
            # Also if the address is unchanged: the secret may have changed.
            await self._connection.retry(lambda: self._set_webhook(webhook))
            while True:
                self._connection.trouble = None
                await asyncio.sleep(WEBHOOK_CHECK_SECONDS)
                await self._connection.retry(lambda: self._check_webhook(webhook))
        finally:
            await self._drain()

    async def handle_delivery(self, body: bytes) -> HTTPStatus:
        """Handles one update, as JSON, and returns the HTTP status for Telegram."""
        try:
            parsable = parsable_update(json.loads(body))
        except (ValueError, RecursionError):
            parsable = None
        if parsable is None:
            log.warning("a delivery that is no update")
            return HTTPStatus.BAD_REQUEST
        task = self._start(Update.de_json(parsable, self._bot))
        await asyncio.wait([task], timeout=ANSWER_SECONDS)
        self._forget_confirmed()
        if task.done() and not task.cancelled():
            return HTTPStatus.OK
        return HTTPStatus.SERVICE_UNAVAILABLE

    async def _get_updates(self) -> tuple[Update, ...]:
        self._forget_confirmed()
        wait = timedelta() if self._unfinished else POLL_TIMEOUT
        with translated_errors():
            try:
                return await self._bot.get_updates(
                    offset=self._offset, timeout=wait, allowed_updates=UPDATES
                )
            except Conflict as error:
                await self._on_conflict(error)
                raise TemporaryFailure(str(error)) from error

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
                webhook.url, secret_token=webhook.secret, allowed_updates=UPDATES
            )
        log.info("webhook set", url=webhook.url)

    async def _check_webhook(self, webhook: Webhook) -> None:
        with translated_errors():
            url = (await self._bot.get_webhook_info()).url
        if url != webhook.url:
            log.error("another program took the webhook away; give it its own token")
            await self._set_webhook(webhook)

    def _start(self, update: Update) -> asyncio.Task[None]:
        """Starts handling an update after the earlier ones of its chat; a repeat starts nothing."""
        if (task := self._tasks.get(update.update_id)) is not None:
            return task
        chat = update.effective_chat.id if update.effective_chat else 0
        task = asyncio.create_task(self._handle_after(self._chats.get(chat), update))
        self._tasks[update.update_id] = self._chats[chat] = task
        self._last_id = max(self._last_id or 0, update.update_id)
        return task

    async def _handle_after(self, previous: asyncio.Task[None] | None, update: Update) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        try:
            await self._handle(update)
        except Exception as error:
            # An update that cannot be handled must not block the ones after it.
            log.error("update not handled: a fault of ours", **without_text(error))

    @property
    def _unfinished(self) -> list[asyncio.Task[None]]:
        return [task for task in self._tasks.values() if not task.done()]

    @property
    def _offset(self) -> int | None:
        """The first update that was not handled; Telegram may drop all before it."""
        waiting = [number for number, task in self._tasks.items() if not task.done()]
        if waiting:
            return min(waiting)
        return None if self._last_id is None else self._last_id + 1

    def _forget_confirmed(self) -> None:
        first = self._offset or 0
        self._tasks = {number: task for number, task in self._tasks.items() if number >= first}
        self._chats = {chat: task for chat, task in self._chats.items() if not task.done()}

    async def _drain(self) -> None:
        if unfinished := self._unfinished:
            await asyncio.wait(unfinished, timeout=CONFIRM_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.wait(unfinished)
