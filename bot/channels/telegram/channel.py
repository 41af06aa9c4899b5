"""Telegram: its updates become `Incoming`, `Outgoing` becomes its calls."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog

# Durations come as timedelta; without this python-telegram-bot warns at each use of one.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import Bot, Chat, Message, Update, User
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError

from bot.channels.base import (
    IncomingHandler,
    MessageRejected,
    SendCancelled,
    ShouldSend,
    TemporaryFailure,
    always_send,
)
from bot.channels.menus import Commands, Menu
from bot.channels.rate_limit import RateLimiter, RateLimits, WaitTooLong
from bot.channels.reconnect import Connection
from bot.channels.telegram.errors import translated_errors
from bot.channels.telegram.groups import ChatTopic, parse_group_update
from bot.channels.telegram.menus import show_in_chat, show_menus
from bot.channels.telegram.parse import parse_update
from bot.channels.telegram.transport import AiohttpRequest, SendingRequest
from bot.channels.telegram.updates import WEBHOOK_PATH, UpdateReceiver, Webhook
from bot.channels.text_split import CAPTION_UNITS, NOTICE_UNITS, TEXT_UNITS, split
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

DEFAULT_LANGUAGE = "en"  # for whoever's app speaks another language than the bot
CONNECTIONS = 128
FREE_BROADCASTS = 30  # a second; what goes beyond is paid for, and has to be asked for

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
DOCUMENTED_LIMITS = RateLimits(per_second=30, chat_seconds=1.0, group_seconds=3.0)


class Telegram:
    """The bot's account on Telegram.

    Args:
        token: as BotFather gave it.
        api_url: where the Bot API is, such as `https://api.telegram.org`.
        clock: tells the present.
        limits: how fast it may send.
        webhook: where Telegram delivers updates; None: we ask for them.
        menus: what it shows of the bot, in each language.
    """

    name = "telegram"

    def __init__(
        self,
        token: str,
        api_url: str,
        clock: Clock,
        limits: RateLimits = DOCUMENTED_LIMITS,
        webhook: Webhook | None = None,
        menus: Sequence[Menu] = (),
    ) -> None:
        self._clock = clock
        self._pace = RateLimiter(limits)
        self._paid = limits.per_second is not None and limits.per_second > FREE_BROADCASTS
        self._line = Connection(self.name)
        self._webhook, self._menus = webhook, menus
        self._requests = (
            SendingRequest(CONNECTIONS, media_write_timeout=30),
            AiohttpRequest(1, read_timeout=10),
        )
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            base_file_url=f"{api_url.rstrip('/')}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._updates: UpdateReceiver | None = None
        self._known = False

    async def whoami(self) -> str:
        """The bot's name on Telegram.

        Raises:
            BadToken: Telegram does not know this token.
            SendError: Telegram cannot be reached now.
        """
        with translated_errors():
            name = f"@{(await self._bot.get_me()).username}"
        self._known = True
        return name

    async def listen(self, handle: IncomingHandler) -> None:
        """Hands over what comes in: in order within a chat, chats side by side."""
        await self._line.until_it_works(self._log_in)
        self._line.trouble = None
        self._updates = UpdateReceiver(self._bot, self._line, partial(self._deal, handle))
        showing = asyncio.create_task(show_menus(self._bot, self._menus, DEFAULT_LANGUAGE))
        try:
            if self._webhook is None:
                await self._updates.poll()
            else:
                await self._updates.serve(self._webhook)
        finally:
            self._updates = None
            showing.cancel()
            await asyncio.wait([showing])

    @property
    def delivery_path(self) -> str | None:
        """The path on our port to which Telegram's deliveries are brought."""
        return None if self._webhook is None else WEBHOOK_PATH

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries the secret that we gave Telegram."""
        return self._webhook is not None and self._webhook.sent(headers)

    async def delivered(self, headers: Mapping[str, str], body: bytes) -> int:
        """Deals with one delivery; what Telegram is answered."""
        if not self.is_authorized(headers):
            return HTTPStatus.UNAUTHORIZED
        if self._updates is None:  # it comes again, here or at another replica
            return HTTPStatus.SERVICE_UNAVAILABLE
        return await self._updates.delivered(body)

    async def _log_in(self) -> None:
        with translated_errors():
            await self._bot.initialize()
        self._known = True

    async def _deal(self, handle: IncomingHandler, update: Update) -> None:
        incoming = self._incoming(update)
        if incoming is None:
            return
        notice: str | None = None
        try:
            notice = await handle(incoming)
        finally:
            # Every press is answered, or the button goes on turning in the member's hand.
            if update.callback_query is not None:
                with suppress(TelegramError):
                    await self._bot.answer_callback_query(
                        update.callback_query.id,
                        text=split(notice, NOTICE_UNITS)[0] if notice else None,
                    )

    def _incoming(self, update: Update) -> Incoming | None:
        """What an update tells us; None: nothing that we listen to."""
        key, at = str(update.update_id), self._clock()
        if said := parse_group_update(update, self._bot.bot):
            return Incoming(
                key,
                Address(self.name, str(said.by.id)),
                at,
                said.content,
                getattr(said.by, "language_code", None),
                group=Address(self.name, said.place.chat),
                place=Address(self.name, said.place.address),
                name=_name(said.by),
            )
        content = parse_update(update, self._download)
        chat, user = update.effective_chat, update.effective_user
        if content is None or chat is None or chat.type != ChatType.PRIVATE:
            return None
        language = user.language_code if user else None
        sender = Address(self.name, str(chat.id))
        return Incoming(key, sender, at, content, language, name=_name(user))

    async def _download(self, file_id: str) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except (TelegramError, RuntimeError) as error:  # the latter: Telegram gave no path to it
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
        """Sends or edits; long texts go in parts, with the buttons under the last one.

        Telegram has no use for `key`: a repeat is a new message.
        """
        if message.replaces is not None:
            return await self._edit(to, message, int(message.replaces), urgent=urgent)
        return str(
            (await self._send(to, message, urgent=urgent, should_send=should_send)).message_id
        )

    async def _send(
        self, to: str, message: Outgoing, *, urgent: bool, should_send: ShouldSend
    ) -> Message:
        place = ChatTopic.of(to)
        to = place.chat
        keyboard = _keyboard(message.buttons)
        paid = True if self._paid and not urgent else None

        def say(text: str, under: Keyboard) -> Awaitable[Message]:
            return self._bot.send_message(
                to,
                text,
                message_thread_id=place.topic,
                allow_paid_broadcast=paid,
                api_kwargs=under,
            )

        if message.picture or message.file:
            caption, *rest = split(message.text, CAPTION_UNITS, TEXT_UNITS)
            async with self._turn(to, urgent=urgent, should_send=should_send):
                under = {} if rest else keyboard
                attached = await self._attach(place, message, caption, under)
            if not rest:
                return attached
        else:
            rest = split(message.text)
        *first, last = rest
        for part in first:
            async with self._turn(to, urgent=urgent, should_send=should_send):
                await say(part, {})
        async with self._turn(to, urgent=urgent, should_send=should_send):
            return await say(last, keyboard)

    async def _attach(
        self, place: ChatTopic, message: Outgoing, caption: str, keyboard: Keyboard
    ) -> Message:
        how: dict[str, Any] = {
            "caption": caption,
            "message_thread_id": place.topic,
            "api_kwargs": keyboard,
        }
        if message.picture:
            return await self._bot.send_photo(place.chat, message.picture.draw(), **how)
        file = message.file or File("", b"")
        return await self._bot.send_document(place.chat, file.content, filename=file.name, **how)

    async def _edit(
        self, to: str, message: Outgoing, message_id: int, *, urgent: bool
    ) -> str | None:
        chat = ChatTopic.of(to).chat
        keyboard = _keyboard(message.buttons)
        edit = partial(self._bot.edit_message_reply_markup, chat, message_id)
        if message.text:
            text = split(message.text)[0]
            edit = partial(self._bot.edit_message_text, text, chat, message_id)
        try:
            await self._change(chat, partial(edit, api_kwargs=keyboard), urgent=urgent)
        except MessageRejected as error:
            if "no text in the message" in str(error).lower():  # it is a picture's caption
                text = split(message.text, CAPTION_UNITS)[0]
                edit = partial(self._bot.edit_message_caption, chat, message_id, caption=text)
                with suppress(MessageRejected):
                    await self._change(chat, partial(edit, api_kwargs=keyboard), urgent=urgent)
            elif "not modified" not in str(error).lower():
                log.info("message not edited", error=str(error))
                return None
        return str(message_id)

    async def _change(
        self, chat: str, edit: Callable[[], Awaitable[object]], *, urgent: bool
    ) -> None:
        async with self._turn(chat, urgent=urgent, counts=False):
            await edit()

    # -- what a chat shows besides messages

    async def typing(self, to: str) -> None:
        """Shows for five seconds that an answer is on its way."""
        place = ChatTopic.of(to)
        with suppress(TelegramError):
            await self._bot.send_chat_action(
                place.chat, ChatAction.TYPING, message_thread_id=place.topic
            )

    async def react(self, to: str, reaction: Reaction) -> None:
        """Puts an emoji under a message."""
        with suppress(TelegramError):
            await self._bot.set_message_reaction(
                ChatTopic.of(to).chat, int(reaction.message), reaction.emoji
            )

    async def show_menu(self, to: str, commands: Commands | None) -> None:
        """Shows these commands in that chat; None: the same as in all others again."""
        with translated_errors():
            await show_in_chat(self._bot, to, commands)

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """The deep link that carries this code; None before the bot knows its own name."""
        if not self._known:
            return None
        action = "startgroup" if to_group else "start"
        return f"https://t.me/{self._bot.username}?{action}={code}"

    @asynccontextmanager
    async def _turn(
        self, to: str, *, urgent: bool, counts: bool = True, should_send: ShouldSend = always_send
    ) -> AsyncIterator[None]:
        """One call that sends something to a chat, at the pace that Telegram allows."""
        try:
            async with self._pace.turn(to, urgent=urgent, counts=counts):
                if not should_send():
                    raise SendCancelled("it does not have to go out any more")
                try:
                    with translated_errors():
                        yield
                except TemporaryFailure as error:
                    if error.after:  # within the turn: what was sent before it tells whom it means
                        self._pace.hold(to, error.after.total_seconds())
                    raise
        except WaitTooLong as error:
            raise TemporaryFailure(str(error), timedelta(seconds=error.seconds)) from error

    async def trouble(self) -> str | None:
        """What the last poll ran into, if it did."""
        return self._line.trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._bot.shutdown()
        for request in self._requests:  # a bot that never logged in leaves these open
            await request.shutdown()


def _keyboard(rows: ButtonRows) -> Keyboard:
    """Buttons as Telegram writes them; objects of each would cost more than sending them."""
    if not rows:
        return {}
    keyboard = [[{"text": b.label, "callback_data": b.action} for b in row] for row in rows]
    return {"reply_markup": {"inline_keyboard": keyboard}}


def _name(who: User | Chat | None) -> str | None:
    """What they call themselves: first and last name, or the title of a chat."""
    return None if who is None else who.full_name
