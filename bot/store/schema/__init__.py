"""The tables. Importing this package makes `Base.metadata` complete."""

from bot.store.schema import (
    audit,
    challenges,
    chat,
    inbox,
    ledger,
    members,
    nudges,
    outbox,
    teams,
    web,
)
from bot.store.schema.base import Base

__all__ = [
    "Base",
    "audit",
    "challenges",
    "chat",
    "inbox",
    "ledger",
    "members",
    "nudges",
    "outbox",
    "teams",
    "web",
]
