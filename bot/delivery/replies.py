"""The way back: what came in is answered, and the answers are sent to the same chat."""

import asyncio

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from bot.channels.base import ReactingChannel, SendError, TemporaryFailure, TypingChannel
from bot.conversation.router import Router
from bot.delivery.sender import Sender
from bot.messages import Address, Incoming, Outgoing, Pressed, Reply
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_transient

log = structlog.get_logger(__name__)
TYPING_AFTER = 0.5  # seconds
TYPING_LASTS = 4.0  # seconds; Telegram shows it for five


def _retry_briefly() -> AsyncRetrying:
    """Somebody is looking at their phone: tries for some seconds.

    Not more often: what timed out may have arrived, and each try may be a copy.
    """
    return AsyncRetrying(
        retry=retry_if_exception_type(TemporaryFailure),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        stop=stop_after_attempt(3),
        reraise=True,
    )


class Replies:
    """Answers in the chat where something was said.

    Args:
        talk: knows what to say.
        delivery: brings it.
    """

    def __init__(self, talk: Router, delivery: Sender) -> None:
        self._talk, self._delivery = talk, delivery

    async def handle(self, incoming: Incoming) -> str | None:
        """Answers `incoming`; returns the passing notice for whoever pressed a button.

        A fault of ours is logged and told in one sentence; nothing was changed then.
        """
        typing = asyncio.create_task(self._type(incoming.back))
        try:
            with self._delivery.reply_priority.replying():
                return await self._answer(incoming)
        finally:
            typing.cancel()

    async def _type(self, where: Address) -> None:
        """Shows that an answer is on its way, when it takes longer than a moment."""
        channel = self._delivery.channels.get(where.channel)
        if not isinstance(channel, TypingChannel):
            return
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await channel.typing(where.id)
            await asyncio.sleep(TYPING_LASTS)

    async def _answer(self, incoming: Incoming) -> str | None:
        try:
            reply = await self._talk.answer(incoming)
        except Exception as error:
            reply = self._trouble(incoming, error)
        if reply.discard_pending:
            self._delivery.silence(incoming.sender)
        where = incoming.back
        for number, message in enumerate(reply.messages):
            key = f"{incoming.key}-{number}"
            try:
                async for attempt in _retry_briefly():
                    with attempt:
                        await self._delivery.deliver(where, message, key, urgent=True)
            except SendError as error:
                # A nudge is a row, so the tick sends it again; the rest was said in passing.
                log.warning("reply not sent", channel=incoming.sender.channel, error=str(error))
            except DATABASE_ERRORS as error:
                # It was sent, but its receipt is not kept: its buttons stay, and can be pressed.
                log.error(
                    "receipt not kept", channel=incoming.sender.channel, error=error_message(error)
                )
        if reply.reaction is not None:
            channel = self._delivery.channels.get(where.channel)
            if isinstance(channel, ReactingChannel):
                await channel.react(where.id, reply.reaction)
        for number, (where, message) in enumerate(reply.other_chats):
            await self._tell(where, message, f"{incoming.key}-elsewhere-{number}")
        return reply.notice

    async def _tell(self, where: Address, message: Outgoing, key: str) -> None:
        """Says something in another chat, if that can be."""
        if where.channel not in self._delivery.channels:
            log.info("not told in the other chat", channel=where.channel, error="it is off")
            return
        try:
            await self._delivery.deliver(where, message, key, urgent=True)
        except (SendError, *DATABASE_ERRORS) as error:
            log.warning("not told in the other chat", channel=where.channel, error=str(error))

    def _trouble(self, incoming: Incoming, error: Exception) -> Reply:
        say = self._talk.greeting_words(incoming)
        if is_transient(error):
            log.error("database locked", channel=incoming.sender.channel)
            text = say("trouble.busy")
        else:
            # What the member wrote may stand in the locals; only the trace is logged, without them.
            log.error("could not answer", channel=incoming.sender.channel, exc_info=error)
            text = say("trouble.unknown")
        if isinstance(incoming.content, Pressed):
            return Reply(notice=text)
        return Reply([Outgoing(text)])
