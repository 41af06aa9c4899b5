"""Wakes: PostgreSQL tells the other replicas that something happened in a chat.

What it says is part of the transaction, and names no chat: the address is in it as a digest.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import Dialect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.messages import ChatEvent, address_digest

NOTIFY_CHANNEL = "olievlek_chat"
_ORIGIN = "olievlek_origin"  # an attribute of an engine's dialect


Listener = Callable[[str, ChatEvent, str], None]
"""Is told the digest of a chat's address, what happened there, and the key of a message or none."""


class ChatWakes:
    """What this process hears of the chats that other replicas changed.

    Args:
        dialect: of the engine whose transactions announce; what they say is not heard here again.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._origin = secrets.token_hex(8)
        self._listeners: list[Listener] = []
        setattr(dialect, _ORIGIN, self._origin)

    def listen(self, listener: Listener) -> None:
        """Calls `listener` from now on, for as long as the database is open."""
        self._listeners.append(listener)

    def heard(self, said: str) -> None:
        """Tells every listener what another replica announced; of a later version maybe nothing."""
        origin, _, rest = said.partition(" ")
        digest, _, rest = rest.partition(" ")
        event, _, key = rest.partition(" ")
        if origin == self._origin or event not in list(ChatEvent):
            return
        for listener in self._listeners:
            listener(digest, ChatEvent(event), key)


async def announce(
    connection: AsyncConnection | AsyncSession,
    chat: tuple[str, str],
    event: ChatEvent,
    key: str = "",
) -> None:
    """Tells other replicas at the commit what happened in a chat; on SQLite there are none."""
    if isinstance(connection, AsyncSession):
        connection = await connection.connection()
    dialect = connection.dialect
    if dialect.name == "postgresql":
        said = f"{getattr(dialect, _ORIGIN)} {address_digest(chat[1])} {event} {key}"
        notify = text("SELECT pg_notify(:channel, :said)")
        await connection.execute(notify, {"channel": NOTIFY_CHANNEL, "said": said})
