"""What comes in on Telegram: each update once, in order within a chat, chats side by side."""

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

log = structlog.get_logger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
POLL_FOR = timedelta(seconds=25)
# While a chat is slow, we look for the others this often.
REPOLL_SECONDS = 0.1
CONFIRM_SECONDS = 5.0
# Telegram waits about a minute before it delivers an update again.
ANSWER_WITHIN = 45.0
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
WEBHOOK_PATH = "/telegram/webhook"
WEBHOOK_CHECK_SECONDS = 60.0

HandleUpdate = Callable[[Update], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram delivers updates, and what it shows that it is Telegram."""

    url: str
    secret: str

    @classmethod
    def at(cls, url: str, secret: str) -> "Webhook":
        """At `url`; without a path of its own it is the path that we serve."""
        path = urlsplit(url).path.rstrip("/")
        return cls(url if path else f"{url.rstrip('/')}{WEBHOOK_PATH}", secret)

    def sent(self, headers: Mapping[str, str]) -> bool:
        """Whether something with these headers came from Telegram."""
        return compare_digest(headers.get(SECRET_HEADER, "").encode(), self.secret.encode())


class UpdateReceiver:
    """Takes updates in, by polling or from a webhook.

    Telegram forgets an update once a later one is asked for, or once its delivery is answered. So
    that comes only after it was dealt with: what a crash breaks off is told again.

    Args:
        bot: to ask with.
        line: tells whether Telegram answers.
        deal: deals with one update.
    """

    def __init__(self, bot: Bot, line: Connection, deal: HandleUpdate) -> None:
        self._bot, self._line, self._deal = bot, line, deal
        self._begun: dict[int, asyncio.Task[None]] = {}
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._last: int | None = None

    async def poll(self) -> None:
        """Asks for updates until cancelled; what was begun is finished first."""
        try:
            while True:
                updates = await self._line.until_it_works(self._ask)
                self._line.trouble = None
                if not updates and not self._unfinished:
                    self._last = None  # after a quiet week Telegram numbers from anywhere
                for update in updates:
                    self._take(update)
                if self._unfinished:
                    await asyncio.wait(self._unfinished, timeout=REPOLL_SECONDS)
        finally:
            await self._finish()

    async def serve(self, webhook: Webhook) -> None:
        """Has updates delivered until cancelled; Telegram keeps what comes while we are away."""
        try:
            # Also when it stands already: the secret may be another one now.
            await self._line.until_it_works(lambda: self._set(webhook))
            while True:
                self._line.trouble = None
                await asyncio.sleep(WEBHOOK_CHECK_SECONDS)
                await self._line.until_it_works(lambda: self._check(webhook))
        finally:
            await self._finish()

    async def delivered(self, body: bytes) -> HTTPStatus:
        """Deals with one update, as JSON, that Telegram brought; what it is answered."""
        try:
            update = Update.de_json(json.loads(body), self._bot)
            if not isinstance(update.update_id, int):
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            log.warning("a delivery that is no update")
            return HTTPStatus.BAD_REQUEST
        task = self._take(update)
        await asyncio.wait([task], timeout=ANSWER_WITHIN)
        self._forget_confirmed()
        if task.done() and not task.cancelled():
            return HTTPStatus.OK
        return HTTPStatus.SERVICE_UNAVAILABLE

    async def _ask(self) -> tuple[Update, ...]:
        self._forget_confirmed()
        wait = timedelta() if self._unfinished else POLL_FOR
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
        elif self._line.trouble != str(error):
            log.error("another program polls this bot; stop it, or give this one its own token")

    async def _set(self, webhook: Webhook) -> None:
        with translated_errors():
            await self._bot.set_webhook(
                webhook.url, secret_token=webhook.secret, allowed_updates=UPDATES
            )
        log.info("webhook set", url=webhook.url)

    async def _check(self, webhook: Webhook) -> None:
        with translated_errors():
            stands = (await self._bot.get_webhook_info()).url
        if stands != webhook.url:
            log.error("another program took the webhook away; give it its own token")
            await self._set(webhook)

    def _take(self, update: Update) -> asyncio.Task[None]:
        """Begins with an update, after the earlier ones of its chat; each is begun once."""
        if (begun := self._begun.get(update.update_id)) is not None:
            return begun
        chat = update.effective_chat.id if update.effective_chat else 0
        task = asyncio.create_task(self._in_order(self._chats.get(chat), update))
        self._begun[update.update_id] = self._chats[chat] = task
        self._last = max(self._last or 0, update.update_id)
        return task

    async def _in_order(self, before: asyncio.Task[None] | None, update: Update) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await self._deal(update)
        except Exception as error:
            # One update that we stumble over must not keep the others from being heard.
            log.error("update not dealt with: a fault of ours", exc_info=error)

    @property
    def _unfinished(self) -> list[asyncio.Task[None]]:
        return [task for task in self._begun.values() if not task.done()]

    @property
    def _offset(self) -> int | None:
        """The first update that is not dealt with; Telegram may forget all before it."""
        waiting = [number for number, task in self._begun.items() if not task.done()]
        if waiting:
            return min(waiting)
        return None if self._last is None else self._last + 1

    def _forget_confirmed(self) -> None:
        first = self._offset or 0
        self._begun = {number: task for number, task in self._begun.items() if number >= first}
        self._chats = {chat: task for chat, task in self._chats.items() if not task.done()}

    async def _finish(self) -> None:
        if unfinished := self._unfinished:
            await asyncio.wait(unfinished, timeout=CONFIRM_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.wait(unfinished)
