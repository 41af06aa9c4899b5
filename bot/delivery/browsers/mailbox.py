"""The mailbox of a channel, in the database: messages for a page to show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import TemporaryFailure, Unreachable
from bot.delivery.batch_writer import BatchWriter
from bot.messages import Clock, Outgoing, Purpose
from bot.store.chat import farewells, mailbox
from bot.store.chat.mailbox import ChatMessage, NewMessage
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_transient, retry_transient
from bot.store.members.vault import Vault


class StoredMailbox:
    """The messages of the chats of one channel.

    Args:
        database: where they are kept.
        vault: seals them; a channel that uses its mailbox is built with one.
        channel: its name.
        clock: returns the present.
    """

    def __init__(self, database: Database, vault: Vault | None, channel: str, clock: Clock) -> None:
        self._database, self._vault = database, vault
        self._channel, self._clock = channel, clock
        self._add = BatchWriter(self._add_all, is_common=is_transient)

    async def put(self, address: str, key: str, message: Outgoing) -> None:
        """Keeps a message of the bot; those that come at the same time share a transaction.

        Raises:
            Unreachable: nobody can open this chat (any more).
            TemporaryFailure: nothing could be stored.
        """
        await self._put(self._new(address, key, message))

    async def put_own(self, address: str, key: str, text: str, reply_to: str | None) -> None:
        """Keeps what somebody wrote; in a chat that nobody has any more nothing is kept.

        Raises:
            TemporaryFailure: nothing could be stored.
        """
        message = ChatMessage(text=text, own=True, reply_to=reply_to)
        new = NewMessage((self._channel, address), key, message, None, self._clock())
        try:
            await self._put(new)
        except Unreachable:
            return

    async def change(self, address: str, key: str, message: Outgoing) -> bool:
        """Replaces a message of the bot; one that is gone comes again if it can be chosen from.

        Raises:
            TemporaryFailure: nothing could be stored.
        """
        chat = (self._channel, address)
        async with self._changing() as connection:
            known = await mailbox.find(connection, self._keys, chat, key)
            if known is not None:
                changed = known.with_text(message.text, message.buttons)
                await mailbox.change(connection, self._keys, chat, key, changed)
                return True
            comes_again = bool(message.text and message.buttons)
            if comes_again:
                await mailbox.add(connection, self._keys, self._new(address, key, message))
            return comes_again

    async def change_own(self, address: str, key: str, text: str | None) -> None:
        """Replaces what somebody wrote; None: takes it out of the chat.

        Raises:
            TemporaryFailure: nothing could be stored.
        """
        chat = (self._channel, address)
        async with self._changing() as connection:
            known = await mailbox.find(connection, self._keys, chat, key)
            if known is None or not known.own:
                return
            if text is None:
                await mailbox.remove(connection, chat, key)
                return
            changed = known.model_copy(update={"text": text, "edited": True})
            await mailbox.change(connection, self._keys, chat, key, changed)

    async def clear(self, address: str, farewell: str) -> None:
        """Deletes all messages of an erased chat, and says the last word where it was open.

        Raises:
            TemporaryFailure: they could not be deleted.
        """
        chat = (self._channel, address)
        async with self._changing() as connection:
            await farewells.say(connection, chat, farewell, self._clock())
            await mailbox.remove(connection, chat)

    @property
    def _keys(self) -> Vault:
        if self._vault is None:
            raise RuntimeError(f"the mailbox of {self._channel} has no keys")
        return self._vault

    def _new(self, address: str, key: str, message: Outgoing) -> NewMessage:
        picture, file, about = message.picture, message.file, message.about
        attachment = file.content if file else picture.drawing.draw() if picture else None
        shows = about is not None and about.purpose is Purpose.NUDGE
        kept = ChatMessage(
            text=message.text,
            buttons=message.buttons,
            picture=picture.name if picture else None,
            file=file.name if file else None,
            nudge=about.nudge_id if about is not None and shows else None,
        )
        return NewMessage((self._channel, address), key, kept, attachment, self._clock())

    async def _put(self, new: NewMessage) -> None:
        try:
            await self._add(new)
        except DATABASE_ERRORS as error:
            raise TemporaryFailure(error_message(error)) from error

    async def _add_all(self, messages: list[NewMessage]) -> None:
        async for attempt in retry_transient():
            with attempt:
                async with self._database.writing() as connection:
                    for new in messages:
                        if not await mailbox.is_somebodys(connection, new.chat):
                            raise Unreachable("nobody can open this chat any more")
                        await mailbox.add(connection, self._keys, new)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._database.writing() as connection:
                yield connection
        except DATABASE_ERRORS as error:
            raise TemporaryFailure(error_message(error)) from error
