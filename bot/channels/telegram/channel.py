"""Telegram: its updates become `Incoming`, `Outgoing` becomes its calls."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog

# Durations come as timedelta; without this python-telegram-bot warns at each use of one.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import Message, Update
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError

from bot.channels.base import (
    IncomingHandler,
    ItemReceiver,
    MessageRejected,
    SendCancelled,
    SentMessages,
    ShouldSend,
    TemporaryFailure,
    UndecodableItem,
    always_send,
)
from bot.channels.connection.rate_limit import RateLimiter, RateLimits, WaitTooLong
from bot.channels.connection.reconnect import Connection
from bot.channels.field_types import checked_types
from bot.channels.menus import Commands, Menu
from bot.channels.telegram import FREE_PER_SECOND, NAME
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.api.errors import translated_errors
from bot.channels.telegram.api.polling import PollingRequest
from bot.channels.telegram.api.transport import SendingRequest
from bot.channels.telegram.clearing import clear_chat
from bot.channels.telegram.groups import ChatTopic, parse_group_update
from bot.channels.telegram.items import decoded_update, id_text
from bot.channels.telegram.menus import show_in_chat, show_menus
from bot.channels.telegram.parse import display_name, parse_update
from bot.channels.telegram.updates import WEBHOOK_PATH, UpdateReceiver, Webhook, take_delivery
from bot.channels.text_split import CAPTION_UNITS, NOTICE_UNITS, TEXT_UNITS, split
from bot.languages.registry import international_tag
from bot.messages import (
    Address,
    ButtonRows,
    Clock,
    File,
    FileUnavailable,
    Incoming,
    Outgoing,
    Reaction,
)

log = structlog.get_logger(__name__)
Keyboard = dict[str, Any]
EditSlot = Callable[[str], AbstractAsyncContextManager[None]]
"""Holds a slot for one edit in a chat."""

CONNECTIONS = 128

DOCUMENTED_LIMITS = RateLimits(per_second=FREE_PER_SECOND, chat_seconds=1.0, group_seconds=3.0)


class Telegram:
    """The bot's account on Telegram.

    Args:
        login: where the Bot API is, and the token.
        clock: tells the present.
        limits: how fast it may send.
        webhook: where Telegram delivers updates; None: the bot polls.
        menus: what Telegram shows of the bot, in each language.
        sent_messages: keeps the ids of messages in private chats; None: they are not kept.
    """

    name = NAME
    shows_typing_at_once = False  # it would cost a request for each answer, and nobody would see it

    def __init__(
        self,
        login: Login,
        clock: Clock,
        limits: RateLimits = DOCUMENTED_LIMITS,
        webhook: Webhook | None = None,
        menus: Sequence[Menu] = (),
        sent_messages: SentMessages | None = None,
    ) -> None:
        self._clock = clock
        self._rate_limiter = RateLimiter(limits)
        self._paid = limits.per_second is not None and limits.per_second > FREE_PER_SECOND
        self._connection = Connection(self.name)
        self._webhook, self._menus = webhook, menus
        self._sent_messages = sent_messages
        self._requests = (
            SendingRequest(CONNECTIONS, media_write_timeout=30),
            PollingRequest(1, read_timeout=10),
        )
        self._bot = login.client(*self._requests)
        self._logged_in = asyncio.Event()

    async def whoami(self) -> str:
        """Returns the bot's name on Telegram.

        Raises:
            InvalidCredentials: Telegram does not accept the token.
            SendError: Telegram cannot be reached now.
        """
        with translated_errors():
            name = f"@{(await self._bot.get_me()).username}"
        self._logged_in.set()
        return name

    async def receive(self, inbox: ItemReceiver) -> None:
        """Brings updates to `inbox` until cancelled, by polling or by keeping the webhook set."""
        await self._connection.retry(self._log_in)
        self._connection.works()
        updates = UpdateReceiver(self._bot, self._connection, inbox)
        menus_task = asyncio.create_task(show_menus(self._bot, self._menus, international_tag()))
        try:
            if self._webhook is None:
                await updates.poll()
            else:
                await updates.serve(self._webhook)
        finally:
            menus_task.cancel()
            await asyncio.wait([menus_task])

    @property
    def delivery_paths(self) -> Collection[str]:
        """The paths on our HTTP port to which Telegram delivers; none: the bot polls.

        They are that of the address which Telegram has, and that without what a proxy takes off it.
        """
        return () if self._webhook is None else {WEBHOOK_PATH, self._webhook.path}

    def is_authentic(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries the secret that Telegram was given."""
        return self._webhook is not None and self._webhook.is_authentic(headers)

    async def take_delivery(
        self, headers: Mapping[str, str], body: bytes, inbox: ItemReceiver
    ) -> int:
        """Stores one delivery, and returns the HTTP status for Telegram."""
        if not self.is_authentic(headers):
            return HTTPStatus.UNAUTHORIZED
        return await take_delivery(body, inbox)

    async def _log_in(self) -> None:
        with translated_errors():
            await self._bot.initialize()
        self._logged_in.set()

    async def process(self, content: bytes, handle: IncomingHandler) -> None:
        """Decodes an update and passes it on; the app shows a press as loading until it returns.

        Raises:
            UndecodableItem: the library makes nothing of it.
        """
        await self._logged_in.wait()  # what is for the bot depends on its name
        update = decoded_update(content, self._bot)
        try:
            incoming = self._parse(update)
        except Exception as error:  # fields of another kind than the library declares
            raise UndecodableItem(type(error).__name__) from None
        if incoming is None:
            return
        notice = await handle(checked_types(incoming))
        if update.callback_query is not None:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(
                    update.callback_query.id,
                    text=split(notice, NOTICE_UNITS)[0] if notice else None,
                )

    def _parse(self, update: Update) -> Incoming | None:
        """Returns what an update says; None: nothing for the bot."""
        key, at = str(update.update_id), self._clock()
        if group_update := parse_group_update(update, self._bot.bot):
            return Incoming(
                key,
                Address(self.name, id_text(group_update.sender.id)),
                at,
                group_update.content,
                getattr(group_update.sender, "language_code", None),
                group=Address(self.name, group_update.place.chat),
                place=Address(self.name, group_update.place.address),
                name=display_name(group_update.sender),
                group_title=update.effective_chat.title if update.effective_chat else None,
            )
        content = parse_update(update, self._download)
        chat, user = update.effective_chat, update.effective_user
        if content is None or chat is None or chat.type != ChatType.PRIVATE:
            return None
        language = user.language_code if user else None
        sender = Address(self.name, str(chat.id))
        album = update.message.media_group_id if update.message else None
        return Incoming(key, sender, at, content, language, name=display_name(user), album=album)

    async def _download(self, file_id: str) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except (TelegramError, RuntimeError) as error:  # RuntimeError: Telegram gave no path to it
            raise FileUnavailable(str(error)) from error

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends or edits; a long text goes in parts, with the buttons under the last one.

        Telegram cannot use `key`: a repeat is a new message. Before a farewell, all earlier
        messages go.
        """
        slot = partial(self._slot, urgent=urgent, new_message=False, should_send=should_send)
        if message.farewell is not None:
            earlier = set(message.farewell.sent_before) - {message.replaces}
            await clear_chat(self._bot, to, earlier, slot)
        if message.replaces is not None:
            edited = await self._edit(to, message, int(message.replaces), slot)
            if edited is not None or message.farewell is None:  # a farewell has to arrive
                return edited
        sent = await self._send(to, message, urgent=urgent, should_send=should_send)
        if self._sent_messages is not None and message.about is None and not to.startswith("-"):
            await self._sent_messages.keep(to, sent)
        return sent[-1]

    async def _send(
        self, to: str, message: Outgoing, *, urgent: bool, should_send: ShouldSend
    ) -> list[str]:
        """Returns the ids of the message's parts, of which the last has the buttons."""
        sent: list[str] = []
        place = ChatTopic.of(to)
        to = place.chat
        keyboard = _keyboard(message.buttons)
        options = {
            "chat_id": to,
            "message_thread_id": place.topic,
            "allow_paid_broadcast": True if self._paid and not urgent else None,
        }

        if message.picture or message.file:
            caption, *rest = split(message.text, CAPTION_UNITS, TEXT_UNITS)
            async with self._slot(to, urgent=urgent, should_send=should_send):
                keyboard_here = {} if rest else keyboard
                attached = await self._send_attachment(place, message, caption, keyboard_here)
                sent.append(str(attached.message_id))
            if not rest:
                return sent
        else:
            rest = split(message.text)
        *first, last = rest
        for part in first:
            async with self._slot(to, urgent=urgent, should_send=should_send):
                sent.append(str(await self._bot.send_text(part, options)))
        async with self._slot(to, urgent=urgent, should_send=should_send):
            # Within the slot: it is no message if the answer is none of Telegram's.
            sent.append(str(await self._bot.send_text(last, options | keyboard)))
        return sent

    async def _send_attachment(
        self, place: ChatTopic, message: Outgoing, caption: str, keyboard: Keyboard
    ) -> Message:
        options: dict[str, Any] = {
            "caption": caption,
            "message_thread_id": place.topic,
            "api_kwargs": keyboard,
        }
        if message.picture:
            return await self._bot.send_photo(place.chat, message.picture.drawing.draw(), **options)
        file = message.file or File("", b"")
        return await self._bot.send_document(
            place.chat, file.content, filename=file.name, **options
        )

    async def _edit(
        self, to: str, message: Outgoing, message_id: int, slot: EditSlot
    ) -> str | None:
        chat = ChatTopic.of(to).chat
        keyboard = _keyboard(message.buttons)
        edit = partial(self._bot.edit_message_reply_markup, chat, message_id)
        if message.text:
            text = split(message.text)[0]
            edit = partial(self._bot.edit_message_text, text, chat, message_id)
        try:
            async with slot(chat):
                await edit(api_kwargs=keyboard)
        except MessageRejected as error:
            if "no text in the message" in str(error).lower():  # a picture, with a caption
                text = split(message.text, CAPTION_UNITS)[0]
                edit = partial(self._bot.edit_message_caption, chat, message_id, caption=text)
                with suppress(MessageRejected):
                    async with slot(chat):
                        await edit(api_kwargs=keyboard)
            elif "not modified" not in str(error).lower():
                log.info("message not edited", error=str(error))
                return None
        return str(message_id)

    # -- what a chat shows beside messages

    async def typing(self, to: str) -> None:
        """Shows for five seconds that an answer is on its way."""
        place = ChatTopic.of(to)
        with suppress(TelegramError):
            await self._bot.send_chat_action(
                place.chat, ChatAction.TYPING, message_thread_id=place.topic
            )

    async def typing_ended(self, to: str) -> None:
        """Does nothing: the message that comes ends it."""

    async def react(self, to: str, reaction: Reaction) -> None:
        """Reacts to a message with an emoji; does nothing where that is impossible."""
        with suppress(TelegramError):
            await self._bot.set_message_reaction(
                ChatTopic.of(to).chat, int(reaction.message), reaction.emoji
            )

    async def show_menu(self, to: str, commands: Commands | None) -> None:
        """Shows these commands in that chat; None restores the menu that all chats show."""
        with translated_errors():
            await show_in_chat(self._bot, to, commands)

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """Returns the deep link that carries this code; None before the bot has logged in."""
        if not self._logged_in.is_set():
            return None
        action = "startgroup" if to_group else "start"
        return f"https://t.me/{self._bot.username}?{action}={code}"

    @asynccontextmanager
    async def _slot(
        self,
        to: str,
        *,
        urgent: bool,
        new_message: bool = True,
        should_send: ShouldSend = always_send,
    ) -> AsyncIterator[None]:
        """Holds a slot for one call that sends to a chat; its errors become a `SendError`."""
        try:
            async with self._rate_limiter.slot(to, urgent=urgent, new_message=new_message):
                if not should_send():
                    raise SendCancelled("it does not have to go out any more")
                try:
                    with translated_errors():
                        yield
                except TemporaryFailure as error:
                    if error.after:  # within the slot: releasing it records a send, which misleads
                        self._rate_limiter.pause_after_refusal(to, error.after.total_seconds())
                    raise
        except WaitTooLong as error:
            raise TemporaryFailure(str(error), timedelta(seconds=error.seconds)) from error

    async def trouble(self) -> str | None:
        """Returns why the last poll failed; None: it did not."""
        return self._connection.trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._bot.shutdown()
        for request in self._requests:  # shutdown() skips these for a bot that never logged in
            await request.shutdown()


def _keyboard(rows: ButtonRows) -> Keyboard:
    """Returns the buttons as Telegram's JSON; the library's objects cost more than sending."""
    if not rows:
        return {}
    keyboard = [[{"text": b.label, "callback_data": b.action} for b in row] for row in rows]
    return {"reply_markup": {"inline_keyboard": keyboard}}
