"""All tables there are: `Base.metadata` is complete for whoever takes it from here."""

from bot.store import set_tables, team_tables
from bot.store.tables import Base

__all__ = ["Base", "set_tables", "team_tables"]
