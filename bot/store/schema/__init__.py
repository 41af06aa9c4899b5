"""The tables. Importing this package makes `Base.metadata` complete."""

from bot.store.schema import challenges, inbox, ledger, members, nudges, outbox, teams
from bot.store.schema.base import Base

__all__ = ["Base", "challenges", "inbox", "ledger", "members", "nudges", "outbox", "teams"]
