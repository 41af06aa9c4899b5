"""Answers what comes in, and hands the answers to the outbox."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ReactingChannel, TypingChannel
from bot.conversation.router import Router
from bot.delivery.outbox import NOTHING, Outbox
from bot.delivery.sender import Envelope, Sender
from bot.masking import without_text
from bot.messages import FOR_A_MOMENT, Address, Incoming, Outgoing, Pressed, Reaction, Reply
from bot.store.db.errors import DATABASE_ERRORS, is_transient

log = structlog.get_logger(__name__)
TYPING_AFTER = 0.5  # seconds
TYPING_LASTS = 4.0  # seconds; Telegram shows it for five


class Replies:
    """Answers what comes in, in the chat where it was said.

    Args:
        router: returns what to say.
        sender: sends it.
        outbox: keeps it until it has arrived.
    """

    def __init__(self, router: Router, sender: Sender, outbox: Outbox) -> None:
        self._router, self._sender, self._outbox = router, sender, outbox

    async def handle(self, incoming: Incoming) -> str | None:
        """Answers `incoming`; returns the passing notice for the one who pressed a button, if any.

        An error of ours is logged and answered in one sentence; nothing was changed then. When it
        returns, what `incoming` changed is committed. A crash before the commit has the platform
        deliver it again; a crash after it has the outbox send the answer, which is committed along.
        """
        typing = asyncio.create_task(self._show_typing(incoming.reply_address))
        try:
            with self._sender.reply_priority.replying():
                return await self._answer(incoming)
        finally:
            typing.cancel()

    async def _show_typing(self, address: Address) -> None:
        """Shows that an answer is on its way, when it takes longer than a moment."""
        channel = self._sender.channels.get(address.channel)
        if not isinstance(channel, TypingChannel):
            return
        await asyncio.sleep(TYPING_AFTER)
        while True:
            await channel.typing(address.id)
            await asyncio.sleep(TYPING_LASTS)

    async def _answer(self, incoming: Incoming) -> str | None:
        kept = NOTHING

        async def keep(session: AsyncSession, reply: Reply) -> None:
            nonlocal kept
            kept = await self._outbox.keep(session, envelopes_of(incoming, reply))

        try:
            reply = await self._router.answer(incoming, keep)
        except Exception as error:
            reply = self._apology(incoming, error)
            apology = envelopes_of(incoming, reply, "sorry-")
            if isinstance(error, DATABASE_ERRORS):
                kept = self._outbox.unkept(apology)
            else:
                kept = await self._outbox.keep_alone(apology)
        if reply.discard_pending:
            self._sender.silence(incoming.sender)
            self._outbox.cancel_earlier(incoming.sender, kept)
        await self._outbox.send(kept, incoming.reply_address)
        if reply.reaction is not None:
            await self._react(incoming.reply_address, reply.reaction)
        return reply.notice

    async def _react(self, address: Address, reaction: Reaction) -> None:
        """Puts an emoji under what they wrote; no row keeps it, for the words say the same."""
        channel = self._sender.channels.get(address.channel)
        if isinstance(channel, ReactingChannel):
            await channel.react(address.id, reaction)

    def _apology(self, incoming: Incoming, error: Exception) -> Reply:
        """Logs an error and returns the answer that says so, as a notice to a press."""
        say = self._router.greeting_words(incoming)
        if is_transient(error):
            log.error("database locked", channel=incoming.sender.channel)
            text = say("trouble.busy")
        else:
            # The text of an error may quote what the member wrote, so it is left out.
            log.error("could not answer", channel=incoming.sender.channel, **without_text(error))
            text = say("trouble.unknown")
        if isinstance(incoming.content, Pressed):
            return Reply(notice=text)
        return Reply([Outgoing(text, relevant_for=FOR_A_MOMENT)])


def envelopes_of(incoming: Incoming, reply: Reply, kind: str = "") -> list[Envelope]:
    """Returns the messages of a reply in the order in which they are sent, each with its key.

    Args:
        incoming: what it answers.
        reply: the messages for the chat that is answered, and for others.
        kind: keeps the keys apart from those of another reply to the same.
    """
    own = [
        Envelope(incoming.reply_address, message, f"{incoming.key}-{kind}{number}")
        for number, message in enumerate(reply.messages)
    ]
    # The key is unique on the channel of the other chat, which may not be the one it came from.
    source = f"{incoming.sender.channel}-{incoming.key}"
    return own + [
        Envelope(address, message, f"{source}-elsewhere-{number}")
        for number, (address, message) in enumerate(reply.other_chats)
    ]
