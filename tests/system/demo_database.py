"""A database that a demo left behind, for commands about it."""

from pathlib import Path

from sqlalchemy import update

from bot.store.schema.members import AddressRow
from tests.support.command_line import olievlek
from tests.support.databases import unlocked_by
from tests.support.processes import environment

EXPORT = ("member", "export", "terminal:demo", "--reason", "access request")
STORY = "/start\n1\n/ritme ma-vr 9:30\n/spring\n1\nIets bijzonders\n"


def chats(folder: Path, story: str) -> dict[str, str]:
    """Somebody chats in the demo; returns the settings for what is kept of it."""
    database = folder / "demo.db"
    words = ("demo", "--database", str(database))
    olievlek(environment(folder), folder, *words, given=story)
    key = (folder / "demo.db.key").read_text()
    return environment(folder, DATABASE_URL=f"sqlite+aiosqlite:///{database}", SECRET_KEY=key)


async def moves_to_telegram(env: dict[str, str]) -> None:
    """Whoever chats has that chat on Telegram."""
    async with unlocked_by(env) as database, database.transaction() as session:
        await session.execute(update(AddressRow).values(channel="telegram", address="7"))
