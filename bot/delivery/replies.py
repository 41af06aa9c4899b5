"""Answers what comes in, and sends the answers to the same chat."""

import asyncio

import structlog

from bot.channels.base import ReactingChannel, SendError, TemporaryFailure, TypingChannel
from bot.conversation.router import Router
from bot.conversation.words import Words
from bot.delivery.inbox.fair_turns import FairTurns
from bot.delivery.sender import Sender
from bot.masking import without_text
from bot.messages import Address, Incoming, Outgoing, Pressed, Reaction, Reply
from bot.retries import REPLY
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_transient

log = structlog.get_logger(__name__)
TYPING_AFTER = 0.5  # seconds
TYPING_LASTS = 4.0  # seconds; Telegram shows it for five
# How many chats are answered at once, as far as the database is concerned; one that waits for its
# pace takes no turn. SQLite has one writer, so two: one writes, and the next is ready.
TURNS_ON_SQLITE = 2
TURNS = 8


class Replies:
    """Answers what comes in, in the chat where it was said.

    Args:
        router: returns what to say.
        sender: sends it.
        turns: how many chats may use the database at once.
    """

    def __init__(self, router: Router, sender: Sender, turns: int) -> None:
        self._router, self._sender = router, sender
        self._turns = FairTurns(turns)

    async def handle(self, incoming: Incoming) -> str | None:
        """Answers `incoming`; returns the passing notice for the one who pressed a button, if any.

        An error of ours is logged and answered in one sentence; nothing was changed then. When it
        returns, what `incoming` changed is committed. A crash before that has the platform deliver
        it again; a crash after the commit may cost the answer, because it is known by its key then.
        """
        try:
            return (await self.answer(incoming)).notice
        except Exception as error:
            return await self.apologize(incoming, _apology_for(incoming, error))

    async def answer(self, incoming: Incoming) -> Reply:
        """Answers `incoming`, and returns the reply once its messages were sent.

        Any error of the router is raised; nothing was changed then.
        """
        typing = asyncio.create_task(self._show_typing(incoming.reply_address))
        try:
            with self._sender.reply_priority.replying():
                return await self._answer(incoming)
        finally:
            typing.cancel()

    async def apologize(self, incoming: Incoming, key: str) -> str | None:
        """Says the message `key`; for a press it is returned as the notice."""
        return await self._say(incoming, self._router.greeting_words(incoming), key)

    async def slow_down(self, incoming: Incoming) -> str | None:
        """Asks a member to slow down; for a press that is returned as the notice.

        Somebody who is no member has had an answer a moment ago, which was enough.
        """
        words = await self._router.member_words(incoming)
        if words is None and not isinstance(incoming.content, Pressed) and incoming.group is None:
            return None
        words = words or self._router.greeting_words(incoming)
        return await self._say(incoming, words, "trouble.slow_down")

    async def _say(self, incoming: Incoming, words: Words, key: str) -> str | None:
        text = words(key)
        if isinstance(incoming.content, Pressed):
            return text
        await self._send(incoming, Outgoing(text), f"{incoming.key}-{key}")
        return None

    async def _show_typing(self, address: Address) -> None:
        """Shows that an answer is on its way, when it takes longer than a moment."""
        channel = self._sender.channels.get(address.channel)
        if not isinstance(channel, TypingChannel):
            return
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await channel.typing(address.id)
            await asyncio.sleep(TYPING_LASTS)

    async def _answer(self, incoming: Incoming) -> Reply:
        is_press = isinstance(incoming.content, Pressed)
        async with self._turns.turn(incoming.reply_address, is_known=is_press):
            reply = await self._router.answer(incoming)
        if reply.discard_pending:
            self._sender.silence(incoming.sender)
        for number, message in enumerate(reply.messages):
            # Members go first: a hundred strangers at once would take seconds of the bot's pace.
            urgent = not reply.to_stranger
            await self._send(incoming, message, f"{incoming.key}-{number}", urgent=urgent)
        if reply.reaction is not None:
            await self._react(incoming.reply_address, reply.reaction)
        for number, (address, message) in enumerate(reply.other_chats):
            await self._send_elsewhere(address, message, f"{incoming.key}-elsewhere-{number}")
        return reply

    async def _send(
        self, incoming: Incoming, message: Outgoing, key: str, *, urgent: bool = True
    ) -> None:
        try:
            async for attempt in REPLY.attempts(_is_temporary):
                with attempt:
                    await self._sender.send_and_record(
                        incoming.reply_address, message, key, urgent=urgent
                    )
        except SendError as error:
            # A nudge is a row, so the next tick sends it again; the rest was said in passing.
            log.warning("reply not sent", channel=incoming.sender.channel, error=str(error))
        except DATABASE_ERRORS as error:
            # It was sent, but its receipt is not kept: its buttons stay, and can be pressed.
            log.error(
                "receipt not kept", channel=incoming.sender.channel, error=error_message(error)
            )

    async def _react(self, address: Address, reaction: Reaction) -> None:
        channel = self._sender.channels.get(address.channel)
        if isinstance(channel, ReactingChannel):
            await channel.react(address.id, reaction)

    async def _send_elsewhere(self, address: Address, message: Outgoing, key: str) -> None:
        """Sends a message to another chat, once; what cannot be sent is logged."""
        if address.channel not in self._sender.channels:
            log.info("not told in the other chat", channel=address.channel, error="it is off")
            return
        try:
            await self._sender.send_and_record(address, message, key, urgent=True)
        except (SendError, *DATABASE_ERRORS) as error:
            log.warning("not told in the other chat", channel=address.channel, error=str(error))


def _apology_for(incoming: Incoming, error: Exception) -> str:
    """Logs an error and returns the key of the message that says so."""
    if is_transient(error):
        log.error("database locked", channel=incoming.sender.channel)
        return "trouble.busy"
    # The text of an error may quote what the member wrote, so it is left out.
    log.error("could not answer", channel=incoming.sender.channel, **without_text(error))
    return "trouble.unknown"


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, TemporaryFailure)
