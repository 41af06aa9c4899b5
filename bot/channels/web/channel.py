"""The chat in a browser: what is sent goes into the mailbox, which a page of ours shows."""

import asyncio

from bot.channels.base import (
    IncomingHandler,
    ItemReceiver,
    Mailbox,
    SendCancelled,
    ShouldSend,
    always_send,
)
from bot.channels.chat_signals import ChatSignals
from bot.channels.web import NAME
from bot.channels.web.items import Post, PostKind, decoded
from bot.channels.web.push import WebPush
from bot.messages import Clock, Outgoing

CHAT_PATH = "/chat"
CLOSE_SECONDS = 1.0


class WebChat:
    """The chats that people have in a browser.

    Args:
        clock: tells the present.
        mailbox: keeps their messages.
        public_url: where browsers find our pages.
        push: tells browsers that something waits; None: nobody does.

    Attributes:
        signals: what happens in the chats.
        push: the same.
    """

    name = NAME
    shows_typing_at_once = False  # an answer that is there in a moment needs none

    def __init__(
        self, clock: Clock, mailbox: Mailbox, public_url: str, push: WebPush | None = None
    ) -> None:
        self._clock, self._mailbox, self._public_url = clock, mailbox, public_url
        self.push = push
        self.signals = ChatSignals()

    async def receive(self, inbox: ItemReceiver) -> None:
        """Waits until cancelled: the page brings what comes in to the inbox itself."""
        await asyncio.Event().wait()

    async def process(self, content: bytes, handle: IncomingHandler) -> None:
        """Decodes a post, puts what was written in the chat, and passes it to `handle`."""
        item = decoded(content)
        notice: str | None = None
        try:
            await self._put_own(item.incoming.sender.id, item.incoming.key, item.post)
            notice = await handle(item.incoming)
        finally:
            self.signals.handled(item.incoming.key, notice)

    async def _put_own(self, address: str, key: str, post: Post) -> None:
        match post.kind:
            case PostKind.TYPED:
                await self._mailbox.put_own(address, key, post.text, post.reply_to)
            case PostKind.FILE:
                text = f"📎 {post.name}" + (f"\n{post.text}" if post.text else "")
                await self._mailbox.put_own(address, key, text, None)
            case PostKind.EDITED:
                await self._mailbox.change_own(address, post.message or "", post.text)
            case PostKind.DELETED:
                await self._mailbox.change_own(address, post.message or "", None)
                self.signals.remove(address, post.message or "")
            case PostKind.PRESSED | PostKind.BEGUN:
                return
        self.signals.changed(address, own=True)

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Puts a message in the chat, or changes one there; a repeat with `key` is there once.

        A farewell takes everything out of the chat, and is shown in each browser that had it.
        """
        if not should_send():
            raise SendCancelled("it does not have to go out any more")
        if message.farewell is not None:
            await self._mailbox.clear(to, message.text)
            self.signals.changed(to)
            return None
        if message.replaces is None:
            await self._mailbox.put(to, key, message)
            is_open = self.signals.is_open(to)
            self.signals.changed(to)
            if self.push is not None and not (urgent or is_open):
                self.push.tell(to)
            return key
        if await self._mailbox.change(to, message.replaces, message):
            self.signals.changed(to)
        else:
            self.signals.settle(to, message.replaces)
        return message.replaces

    async def typing(self, to: str) -> None:
        """Shows that an answer is on its way."""
        self.signals.typing(to, is_typing=True)

    async def typing_ended(self, to: str) -> None:
        """Shows it no longer."""
        self.signals.typing(to, is_typing=False)

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """Returns the link that begins a chat with this code; there are no groups here."""
        return None if to_group else f"{self._public_url}{CHAT_PATH}/{code}"

    async def whoami(self) -> str:
        """Returns where the chat is."""
        return f"{self._public_url}{CHAT_PATH}"

    async def trouble(self) -> str | None:
        """Returns None: there is no connection that could fail."""
        return None

    async def close(self) -> None:
        """Ends the streams to the browsers, which open them again elsewhere or later."""
        await self.signals.close(CLOSE_SECONDS)
        if self.push is not None:
            await self.push.close()
