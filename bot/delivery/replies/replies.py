"""Answers what comes in, and hands the answers to the outbox."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ReactingChannel
from bot.conversation.router import Router
from bot.conversation.words import Words
from bot.delivery.inbox.answers import Answered
from bot.delivery.inbox.fair_turns import FairTurns
from bot.delivery.outbox.outbox import NOTHING, Kept, Outbox
from bot.delivery.replies.typing_indicator import TypingIndicator
from bot.delivery.sender import Envelope, Sender
from bot.masking import without_text
from bot.messages import FOR_A_MOMENT, Address, Incoming, Outgoing, Pressed, Reaction, Reply
from bot.store.db.errors import is_transient

log = structlog.get_logger(__name__)
# How many chats are answered at once, as far as the database is concerned; one that waits for its
# pace takes no turn. SQLite has one writer, so two: one writes, and the next is ready.
TURNS_ON_SQLITE = 2
TURNS = 8
UNKNOWN = "trouble.unknown"


class Replies:
    """Answers what comes in, in the chat where it was said.

    Args:
        router: returns what to say.
        sender: sends it.
        outbox: keeps it until it has arrived.
        turns: how many chats may use the database at once.
    """

    def __init__(self, router: Router, sender: Sender, outbox: Outbox, turns: int) -> None:
        self._router, self._sender, self._outbox = router, sender, outbox
        self._turns = FairTurns(turns)
        self._typing = TypingIndicator(sender.channels)

    async def handle(self, incoming: Incoming) -> str | None:
        """Answers `incoming`; returns the passing notice for the one who pressed a button, if any.

        An error of ours is logged and answered in one sentence; nothing was changed then. When it
        returns, what `incoming` changed is committed and the messages were sent. A crash before the
        commit has the platform deliver it again; a crash after it has the outbox send the answer,
        which is committed along.
        """
        try:
            answered = await self.answer(incoming)
            await answered.sent()
        except Exception as error:
            return await self.apologize(incoming, _apology_for(incoming, error))
        return answered.reply.notice

    async def answer(self, incoming: Incoming) -> Answered:
        """Answers `incoming`, and returns as soon as that is committed; the caller awaits the rest.

        So a press is confirmed to its platform while the messages wait for their turns.

        Any error of the router is raised; nothing was changed then.
        """
        with ExitStack() as until_sent:
            until_sent.callback(self._typing.show(incoming))
            until_sent.enter_context(self._sender.reply_priority.replying())
            reply, kept = await self._decide(incoming)
            sending = asyncio.create_task(self._send(incoming, reply, kept))
            ended = until_sent.pop_all()
            sending.add_done_callback(lambda _: ended.close())
        return Answered(reply, sending)

    async def apologize(self, incoming: Incoming, key: str) -> str | None:
        """Says the message `key`; for a press it is returned as the notice."""
        return await self._say(incoming, self._router.greeting_words(incoming), key)

    async def say_in_chat(self, incoming: Incoming, key: str) -> None:
        """Says the message `key` in the chat, also in answer to a press."""
        words = await self._router.member_words(incoming) or self._router.greeting_words(incoming)
        await self._put_in_chat(incoming, words(key), key)

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
        await self._put_in_chat(incoming, text, key)
        return None

    async def _put_in_chat(self, incoming: Incoming, text: str, key: str) -> None:
        message = Outgoing(
            text, relevant_for=FOR_A_MOMENT, thread=incoming.thread, room=incoming.room
        )
        envelope = Envelope(incoming.reply_address, message, f"{incoming.key}-{key}", urgent=False)
        if key == UNKNOWN:
            kept = await self._outbox.keep_alone([envelope])
        else:  # without a row: it says what holds now, and the database may be what is wrong
            kept = self._outbox.unkept([envelope])
        await self._outbox.send(kept, incoming.reply_address)

    async def _decide(self, incoming: Incoming) -> tuple[Reply, Kept]:
        """Decides on the reply, and keeps its messages in the transaction that does so."""
        kept = NOTHING

        async def keep(session: AsyncSession, reply: Reply) -> None:
            nonlocal kept
            kept = await self._outbox.keep(session, envelopes_of(incoming, reply))

        is_press = isinstance(incoming.content, Pressed)
        async with self._turns.turn(incoming.reply_address, is_known=is_press):
            reply = await self._router.answer(incoming, keep)
        for chat in reply.erased_chats:
            self._sender.silence(chat)
            self._outbox.cancel_earlier(chat, kept)
        return reply, kept

    async def _send(self, incoming: Incoming, reply: Reply, kept: Kept) -> None:
        await self._outbox.send(kept, incoming.reply_address)
        if reply.reaction is not None:
            await self._react(incoming.reply_address, reply.reaction)

    async def _react(self, address: Address, reaction: Reaction) -> None:
        """Puts an emoji under what they wrote; no row keeps it, for the words say the same."""
        channel = self._sender.channels.get(address.channel)
        if isinstance(channel, ReactingChannel):
            await channel.react(address.id, reaction)


def _apology_for(incoming: Incoming, error: Exception) -> str:
    """Logs an error and returns the key of the message that says so."""
    if is_transient(error):
        log.error("database locked", channel=incoming.sender.channel)
        return "trouble.busy"
    # The text of an error may quote what the member wrote, so it is left out.
    log.error("could not answer", channel=incoming.sender.channel, **without_text(error))
    return UNKNOWN


def _where_it_was_said(message: Outgoing, incoming: Incoming) -> Outgoing:
    """Returns a message as it goes to the room and the thread of what it answers."""
    return replace(message, thread=incoming.thread, room=incoming.room)


def envelopes_of(incoming: Incoming, reply: Reply) -> list[Envelope]:
    """Returns the messages of a reply in the order in which they are sent, each with its key.

    Args:
        incoming: what it answers.
        reply: the messages for the chat that is answered, and for others.
    """
    own = [
        # Members go first: a hundred strangers at once would take seconds of the bot's pace.
        Envelope(
            incoming.reply_address,
            _where_it_was_said(message, incoming),
            f"{incoming.key}-{number}",
            urgent=not reply.to_stranger,
        )
        for number, message in enumerate(reply.messages)
    ]
    # The key is unique on the channel of the other chat, which may not be the one it came from.
    source = f"{incoming.sender.channel}-{incoming.key}"
    return own + [
        Envelope(address, message, f"{source}-elsewhere-{number}")
        for number, (address, message) in enumerate(reply.other_chats)
    ]
