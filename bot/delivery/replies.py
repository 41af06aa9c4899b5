"""The way back: what came in is answered, and the answers are sent to the same chat."""

import asyncio

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from bot.channels.base import NotNow, Reacting, SendError, Typing
from bot.conversation.router import Talk
from bot.delivery.sender import Delivery
from bot.messages import Address, Incoming, Outgoing, Pressed, Reply
from bot.store.db.engine import TROUBLES, is_passing, reason

log = structlog.get_logger(__name__)
A_MOMENT = 0.5  # seconds
SHOWN_FOR = 4.0  # seconds; Telegram shows it for five


def _a_few_times() -> AsyncRetrying:
    """Somebody is looking at their phone: tries for some seconds.

    Not more often: what timed out may have arrived, and each try may be a copy.
    """
    return AsyncRetrying(
        retry=retry_if_exception_type(NotNow),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        stop=stop_after_attempt(3),
        reraise=True,
    )


class Conversation:
    """Answers in the chat where something was said.

    Args:
        talk: knows what to say.
        delivery: brings it.
    """

    def __init__(self, talk: Talk, delivery: Delivery) -> None:
        self._talk, self._delivery = talk, delivery

    async def hear(self, incoming: Incoming) -> str | None:
        """Answers `incoming`; returns the passing notice for whoever pressed a button.

        A fault of ours is logged and told in one sentence; nothing was changed then.
        """
        typing = asyncio.create_task(self._type(incoming.back))
        try:
            with self._delivery.courtesy.replying():
                return await self._answer(incoming)
        finally:
            typing.cancel()

    async def _type(self, where: Address) -> None:
        """Shows that an answer is on its way, when it takes longer than a moment."""
        channel = self._delivery.channels.get(where.channel)
        if not isinstance(channel, Typing):
            return
        await asyncio.sleep(A_MOMENT)
        while True:
            await channel.typing(where.id)
            await asyncio.sleep(SHOWN_FOR)

    async def _answer(self, incoming: Incoming) -> str | None:
        try:
            reply = await self._talk.answer(incoming)
        except Exception as error:
            reply = self._trouble(incoming, error)
        if reply.silenced:
            self._delivery.silence(incoming.sender)
        where = incoming.back
        for number, message in enumerate(reply.messages):
            key = f"{incoming.key}-{number}"
            try:
                async for attempt in _a_few_times():
                    with attempt:
                        await self._delivery.deliver(where, message, key, urgent=True)
            except SendError as error:
                # A nudge is a row, so the tick sends it again; the rest was said in passing.
                log.warning("reply not sent", channel=incoming.sender.channel, error=str(error))
            except TROUBLES as error:
                # It was sent, but its receipt is not kept: its buttons stay, and can be pressed.
                log.error("receipt not kept", channel=incoming.sender.channel, error=reason(error))
        if reply.reaction is not None:
            channel = self._delivery.channels.get(where.channel)
            if isinstance(channel, Reacting):
                await channel.react(where.id, reply.reaction)
        for number, (where, message) in enumerate(reply.elsewhere):
            await self._tell(where, message, f"{incoming.key}-elsewhere-{number}")
        return reply.notice

    async def _tell(self, where: Address, message: Outgoing, key: str) -> None:
        """Says something in another chat, if that can be."""
        if where.channel not in self._delivery.channels:
            log.info("not told in the other chat", channel=where.channel, error="it is off")
            return
        try:
            await self._delivery.deliver(where, message, key, urgent=True)
        except (SendError, *TROUBLES) as error:
            log.warning("not told in the other chat", channel=where.channel, error=str(error))

    def _trouble(self, incoming: Incoming, error: Exception) -> Reply:
        say = self._talk.greeting_words(incoming)
        if is_passing(error):
            log.error("database locked", channel=incoming.sender.channel)
            text = say("trouble.busy")
        else:
            # What the member wrote may stand in the locals; only the trace is logged, without them.
            log.error("could not answer", channel=incoming.sender.channel, exc_info=error)
            text = say("trouble.unknown")
        if isinstance(incoming.content, Pressed):
            return Reply(notice=text)
        return Reply([Outgoing(text)])
