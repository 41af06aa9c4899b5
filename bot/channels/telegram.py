"""Telegram, by long polling: its updates become `Incoming`, `Outgoing` becomes its calls."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog

# Durations come as timedelta; without this python-telegram-bot warns at each use of one.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import Bot, Message, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.channel import (
    BadToken,
    CalledOff,
    Hear,
    Moved,
    NotNow,
    Refused,
    Still,
    Unreachable,
    always,
)
from bot.channels.pace import Limits, Pace, TooLong
from bot.channels.telegram_request import AiohttpRequest, SendingRequest
from bot.channels.text import CAPTION_UNITS, NOTICE_UNITS, split, units
from bot.talk.messages import (
    Address,
    Clock,
    Content,
    Edited,
    Incoming,
    Left,
    Outgoing,
    Pressed,
    Rows,
    Typed,
    Unreadable,
)

log = structlog.get_logger(__name__)
T = TypeVar("T")
Keyboard = dict[str, Any]

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_FOR = timedelta(seconds=25)
LONGEST_WAIT = 30.0
LAST_WORDS = 5.0
CONNECTIONS = 128
FREE_BROADCASTS = 30  # a second; what goes beyond is paid for, and has to be asked for

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
DOCUMENTED = Limits(per_second=30, chat_seconds=1.0, group_seconds=3.0)


class Telegram:
    """The bot's account on Telegram.

    Args:
        token: as BotFather gave it.
        api_url: where the Bot API is, such as `https://api.telegram.org`.
        clock: tells the present.
        limits: how fast it may send.
    """

    name = "telegram"

    def __init__(self, token: str, api_url: str, clock: Clock, limits: Limits = DOCUMENTED) -> None:
        self._clock = clock
        self._pace = Pace(limits)
        self._paid = limits.per_second is not None and limits.per_second > FREE_BROADCASTS
        self._trouble: str | None = "not logged in yet"
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

    async def whoami(self) -> str:
        """The bot's name on Telegram.

        Raises:
            BadToken: Telegram does not know this token.
            SendError: Telegram cannot be reached now.
        """
        with _errors():
            return f"@{(await self._bot.get_me()).username}"

    async def listen(self, hear: Hear) -> None:
        """Polls, and hands over what comes in: in order within a chat, chats side by side."""
        await self._until_it_works(self._bot.initialize)
        offset: int | None = None
        while True:
            updates = await self._until_it_works(self._poll, offset)
            if not updates:
                continue
            # Telegram forgets updates once we ask for later ones, so only after they are dealt
            # with. When we must stop, those that were begun are finished first.
            dealing = asyncio.ensure_future(self._deal_with(updates, hear))
            try:
                await asyncio.shield(dealing)
            except asyncio.CancelledError:
                await asyncio.wait([dealing], timeout=LAST_WORDS)
                raise
            offset = updates[-1].update_id + 1

    async def _poll(self, offset: int | None) -> tuple[Update, ...]:
        return await self._bot.get_updates(offset=offset, timeout=POLL_FOR, allowed_updates=UPDATES)

    async def _until_it_works(self, call: Callable[..., Awaitable[T]], *given: object) -> T:
        failures = 0
        while True:
            try:
                result = await call(*given)
                self._trouble = None
                return result
            except InvalidToken as error:
                raise BadToken("OLIEVLEK_TELEGRAM_TOKEN") from error
            except Conflict as error:
                await self._on_conflict(error, told=self._trouble == str(error))
                self._trouble = str(error)
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error.retry_after).total_seconds())
                continue
            except TelegramError as error:
                if self._trouble != str(error):
                    log.warning("telegram does not answer", error=str(error))
                self._trouble = str(error)
            failures += 1
            await asyncio.sleep(min(LONGEST_WAIT, 2.0**failures / 4))

    async def _on_conflict(self, error: Conflict, *, told: bool) -> None:
        if "webhook" in str(error).lower():
            log.info("a webhook was set for this bot; it is taken away, because we poll")
            with suppress(TelegramError):
                await self._bot.delete_webhook(drop_pending_updates=False)
        elif not told:
            log.error("another program polls this bot; stop it, or give this one its own token")

    async def _deal_with(self, updates: tuple[Update, ...], hear: Hear) -> None:
        chats: dict[int, list[Update]] = defaultdict(list)
        for update in updates:
            if update.effective_chat is not None and update.effective_chat.type == "private":
                chats[update.effective_chat.id].append(update)

        async def in_order(waiting: list[Update]) -> None:
            for update in waiting:
                await self._hear(update, hear)

        async with asyncio.TaskGroup() as group:
            for waiting in chats.values():
                group.create_task(in_order(waiting))

    async def _hear(self, update: Update, hear: Hear) -> None:
        content = _content(update)
        chat, user = update.effective_chat, update.effective_user
        if content is None or chat is None:
            return
        incoming = Incoming(
            key=str(update.update_id),
            sender=Address(self.name, str(chat.id)),
            at=self._clock(),
            content=content,
            language=user.language_code if user else None,
        )
        notice: str | None = None
        try:
            notice = await hear(incoming)
        finally:
            # Every press is answered, or the button goes on turning in the member's hand.
            if update.callback_query is not None:
                with suppress(TelegramError):
                    await self._bot.answer_callback_query(
                        update.callback_query.id,
                        text=split(notice, NOTICE_UNITS)[0] if notice else None,
                    )

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        still: Still = always,
    ) -> str | None:
        """Sends or edits; long texts go in parts, with the buttons under the last one.

        Telegram has no use for `key`: a repeat is a new message.
        """
        if message.replaces is not None:
            return await self._edit(to, message, int(message.replaces), urgent=urgent)
        return str((await self._send(to, message, urgent=urgent, still=still)).message_id)

    async def _send(self, to: str, message: Outgoing, *, urgent: bool, still: Still) -> Message:
        keyboard = _keyboard(message.buttons)
        paid = True if self._paid and not urgent else None

        def say(text: str, under: Keyboard) -> Awaitable[Message]:
            return self._bot.send_message(to, text, allow_paid_broadcast=paid, api_kwargs=under)

        caption: str | None = None
        attached: Message | None = None
        if message.picture or message.file:
            caption = message.text if units(message.text) <= CAPTION_UNITS else None
            async with self._turn(to, urgent=urgent, still=still):
                attached = await self._attach(to, message, caption, keyboard if caption else {})
        if attached and caption:
            return attached
        *first, last = split(message.text)
        for part in first:
            async with self._turn(to, urgent=urgent, still=still):
                await say(part, {})
        async with self._turn(to, urgent=urgent, still=still):
            return await say(last, keyboard)

    async def _attach(
        self,
        to: str,
        message: Outgoing,
        caption: str | None,
        keyboard: Keyboard,
    ) -> Message | None:
        if message.picture:
            png = message.picture.draw()
            return await self._bot.send_photo(to, png, caption=caption, api_kwargs=keyboard)
        if message.file:
            return await self._bot.send_document(
                to,
                message.file.content,
                filename=message.file.name,
                caption=caption,
                api_kwargs=keyboard,
            )
        return None

    async def _edit(
        self, to: str, message: Outgoing, message_id: int, *, urgent: bool
    ) -> str | None:
        try:
            async with self._turn(to, urgent=urgent, counts=False):
                await self._bot.edit_message_text(
                    split(message.text)[0],
                    chat_id=to,
                    message_id=message_id,
                    api_kwargs=_keyboard(message.buttons),
                )
        except Refused as error:
            if "not modified" not in str(error).lower():
                log.info("message not edited", error=str(error))
                return None
        return str(message_id)

    @asynccontextmanager
    async def _turn(
        self, to: str, *, urgent: bool, counts: bool = True, still: Still = always
    ) -> AsyncIterator[None]:
        """One call that sends something to a chat, at the pace that Telegram allows."""
        try:
            async with self._pace.turn(to, urgent=urgent, counts=counts):
                if not still():
                    raise CalledOff("it does not have to go out any more")
                try:
                    with _errors():
                        yield
                except NotNow as error:
                    if error.after:  # within the turn: what was sent before it tells whom it means
                        self._pace.hold(to, error.after.total_seconds())
                    raise
        except TooLong as error:
            raise NotNow(str(error), timedelta(seconds=error.seconds)) from error

    async def trouble(self) -> str | None:
        """What the last poll ran into, if it did."""
        return self._trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._bot.shutdown()
        for request in self._requests:  # a bot that never logged in leaves these open
            await request.shutdown()


@contextmanager
def _errors() -> Iterator[None]:
    """Telegram's errors as ours."""
    try:
        yield
    except InvalidToken as error:
        raise BadToken("OLIEVLEK_TELEGRAM_TOKEN") from error
    except Forbidden as error:
        raise Unreachable(str(error)) from error
    except RetryAfter as error:
        raise NotNow(str(error), _seconds(error.retry_after)) from error
    except ChatMigrated as error:
        raise Moved(str(error.new_chat_id)) from error
    except BadRequest as error:
        if "chat not found" in str(error).lower():
            raise Unreachable(str(error)) from error
        raise Refused(str(error)) from error
    except TelegramError as error:
        raise NotNow(str(error)) from error


def _seconds(given: int | timedelta) -> timedelta:
    return given if isinstance(given, timedelta) else timedelta(seconds=given)


def _keyboard(rows: Rows) -> Keyboard:
    """Buttons as Telegram writes them; objects of each would cost more than sending them."""
    if not rows:
        return {}
    keyboard = [[{"text": b.label, "callback_data": b.action} for b in row] for row in rows]
    return {"reply_markup": {"inline_keyboard": keyboard}}


def _content(update: Update) -> Content | None:
    if query := update.callback_query:
        message_id = str(query.message.message_id) if query.message else None
        return Pressed(query.data, message_id) if query.data else Unreadable("other")
    if membership := update.my_chat_member:
        return Left() if membership.new_chat_member.status == "kicked" else None
    if edited := update.edited_message:
        return Edited(edited.text, str(edited.message_id)) if edited.text else None
    if message := update.message:
        replied = message.reply_to_message
        if message.text is None:
            return Unreadable(_kind(message))
        reply_to = str(replied.message_id) if replied else None
        return Typed(message.text, str(message.message_id), reply_to)
    return None


def _kind(message: Message) -> str:
    if message.voice or message.audio or message.video_note:
        return "voice"
    if message.sticker:
        return "sticker"
    if message.photo:
        return "photo"
    return "file" if message.document else "other"
