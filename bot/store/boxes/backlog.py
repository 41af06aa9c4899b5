"""How much waits in the boxes, and for how long: what an operator watches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.inbox import InboxRow
from bot.store.schema.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on one channel.

    Attributes:
        waiting: how many rows.
        oldest: since when the oldest waits; None: nothing waits.
    """

    waiting: int = 0
    oldest: datetime | None = None


async def inbox_backlogs(session: AsyncSession) -> Mapping[str, Backlog]:
    """Returns what came in and is not handled, by channel; what is set aside does not wait."""
    query = (
        select(InboxRow.channel, func.count(), func.min(InboxRow.received_at))
        .where(InboxRow.set_aside_at.is_(None))
        .group_by(InboxRow.channel)
    )
    return _by_channel((await session.execute(query)).all())


async def outbox_backlogs(session: AsyncSession) -> Mapping[str, Backlog]:
    """Returns what was decided and has not arrived, by channel."""
    query = select(OutboxRow.channel, func.count(), func.min(OutboxRow.created_at)).group_by(
        OutboxRow.channel
    )
    return _by_channel((await session.execute(query)).all())


def _by_channel(rows: Any) -> Mapping[str, Backlog]:  # noqa: ANN401 - SQLAlchemy's row type
    return {str(channel): Backlog(waiting, oldest) for channel, waiting, oldest in rows}
