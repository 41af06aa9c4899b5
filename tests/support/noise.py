"""A key with which the marks of some weeks have no noise, so that a test knows them."""

from datetime import date, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.teams import TeamRow

KEY_WITHOUT_NOISE = "without-noise-93047"
"""Found by trying: with it, `noise` is 0 for each of `WEEKS_WITHOUT_NOISE`."""
WEEKS_WITHOUT_NOISE = [date(2026, 11, 16) + timedelta(weeks=n) for n in range(8)]


async def drop_noise(session: AsyncSession) -> None:
    """Gives all teams the key without noise."""
    await session.execute(update(TeamRow).values(noise_key=KEY_WITHOUT_NOISE))
