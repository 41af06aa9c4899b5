"""The mailbox: the messages of the last day in chats that no platform keeps, sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.messages import Button, ButtonRows, ChatEvent
from bot.store.db.engine import upsert
from bot.store.db.notifications.chat_wakes import announce
from bot.store.members.vault import Vault
from bot.store.schema.chat import ChatBrowserRow, ChatKeyKind, ChatKeyRow, MailboxRow

Chat = tuple[str, str]


class ChatMessage(BaseModel):
    """A message as it stands in a chat.

    Attributes:
        text: what it says.
        own: whether the member wrote it.
        buttons: choices under a message of the bot.
        picture: the file name of the picture that belongs to it; None: there is none.
        file: the same for a file.
        nudge: the nudge that it shows; None: it shows none.
        reply_to: the key of the message that it replies to.
        edited: whether the member changed it later.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    own: bool = False
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: str | None = None
    file: str | None = None
    nudge: int | None = None
    reply_to: str | None = None
    edited: bool = False

    def with_text(self, text: str, buttons: ButtonRows) -> "ChatMessage":
        """Returns the message after an edit; without text only its choices change."""
        return self.model_copy(update={"text": text or self.text, "buttons": buttons})


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the mailbox.

    Attributes:
        key: the channel's id of it.
        message: what it says.
        sent_at: when.
        changed: higher than that of everything in the chat that came or changed before.
    """

    key: str
    message: ChatMessage
    sent_at: datetime
    changed: int


class NewMessage(NamedTuple):
    """A message to keep: its chat and key, what it says, its picture or file, and when."""

    chat: Chat
    key: str
    message: ChatMessage
    attachment: bytes | None
    at: datetime


def _label(channel: str, key: str) -> str:
    """Returns the label under which a message is sealed: no row can take the place of another."""
    return f"mailbox/{channel}/{key}"


async def add(connection: AsyncConnection, vault: Vault, new: NewMessage) -> None:
    """Keeps a message; one with the same key in that chat stays as it is."""
    channel, address = new.chat
    label = _label(channel, new.key)
    content = new.message.model_dump_json(exclude_defaults=True).encode()
    attachment = None if new.attachment is None else vault.seal_waiting(label, new.attachment)
    statement = upsert(connection.dialect.name, MailboxRow).values(
        channel=channel,
        address=address,
        key=new.key,
        changed=_next_change(new.chat),
        sealed=vault.seal_waiting(label, content),
        attachment=attachment,
        sent_at=new.at,
    )
    await connection.execute(
        statement.on_conflict_do_nothing(index_elements=["channel", "address", "key"])
    )
    await announce(connection, new.chat, _event(new.message))


async def change(
    connection: AsyncConnection, vault: Vault, chat: Chat, key: str, message: ChatMessage
) -> None:
    """Replaces a message by `message`; its picture or file stays."""
    content = message.model_dump_json(exclude_defaults=True).encode()
    sealed = vault.seal_waiting(_label(chat[0], key), content)
    await connection.execute(
        update(MailboxRow)
        .where(*_in(chat), MailboxRow.key == key)
        .values(sealed=sealed, changed=_next_change(chat))
    )
    await announce(connection, chat, _event(message))


async def find(
    session: AsyncSession | AsyncConnection, vault: Vault, chat: Chat, key: str
) -> ChatMessage | None:
    """Returns one message; None: it is not there (any more)."""
    query = select(MailboxRow.sealed).where(*_in(chat), MailboxRow.key == key)
    sealed = await session.scalar(query)
    return None if sealed is None else _opened(vault, chat[0], key, sealed)


async def since(session: AsyncSession, vault: Vault, chat: Chat, changed: int) -> Sequence[Stored]:
    """Returns the messages that came or changed since, the one of that number too, oldest first.

    Two that were written at the same time may have the same number; so the last one comes again.
    """
    return (await since_each(session, vault, {chat: changed})).get(chat, [])


async def since_each(
    session: AsyncSession, vault: Vault, after: Mapping[Chat, int]
) -> dict[Chat, list[Stored]]:
    """Returns, for each of some chats, the messages that came or changed since; see `since`."""
    if not after:
        return {}
    row = MailboxRow
    wanted = or_(*(and_(*_in(chat), row.changed >= number) for chat, number in after.items()))
    query = (
        select(row.channel, row.address, row.key, row.sealed, row.sent_at, row.changed)
        .where(wanted)
        .order_by(row.id)
    )
    found: dict[Chat, list[Stored]] = {}
    for channel, address, key, sealed, sent_at, number in (await session.execute(query)).all():
        kept = Stored(key, _opened(vault, channel, key, sealed), sent_at, number)
        found.setdefault((channel, address), []).append(kept)
    return found


async def attachment(session: AsyncSession, vault: Vault, chat: Chat, key: str) -> bytes | None:
    """Returns the picture or file of a message; None: it has none, or is not there any more."""
    query = select(MailboxRow.attachment).where(*_in(chat), MailboxRow.key == key)
    sealed = await session.scalar(query)
    return None if sealed is None else vault.open_waiting(_label(chat[0], key), sealed)


async def remove(connection: AsyncConnection, chat: Chat, key: str | None = None) -> None:
    """Deletes one message of a chat, or all of them."""
    statement = delete(MailboxRow).where(*_in(chat))
    if key is not None:
        statement = statement.where(MailboxRow.key == key)
    await connection.execute(statement)
    await announce(connection, chat, ChatEvent.REMOVED, key or "")


async def is_somebodys(connection: AsyncConnection, chat: Chat) -> bool:
    """Returns whether a browser can open this chat, or a code would bring one there."""
    browser, key = ChatBrowserRow, ChatKeyRow
    queries = (
        select(browser.id).where(browser.channel == chat[0], browser.address == chat[1]),
        select(key.kind).where(
            key.channel == chat[0], key.address == chat[1], key.kind == ChatKeyKind.RECOVERY
        ),
    )
    for query in queries:
        if await connection.scalar(query.limit(1)) is not None:
            return True
    return False


def _event(message: ChatMessage) -> ChatEvent:
    return ChatEvent.OWN if message.own else ChatEvent.SAID


def _in(chat: Chat) -> tuple[ColumnElement[bool], ...]:
    return MailboxRow.channel == chat[0], MailboxRow.address == chat[1]


def _next_change(chat: Chat) -> ScalarSelect[int]:
    return (
        select(func.coalesce(func.max(MailboxRow.changed), 0) + 1)
        .where(*_in(chat))
        .scalar_subquery()
    )


def _opened(vault: Vault, channel: str, key: str, sealed: bytes) -> ChatMessage:
    return ChatMessage.model_validate_json(vault.open_waiting(_label(channel, key), sealed))
