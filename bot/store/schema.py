"""All tables there are: `Base.metadata` is complete for whoever takes it from here."""

from bot.store import team_tables
from bot.store.tables import Base

__all__ = ["Base", "team_tables"]
