"""Members of whom nothing is heard: first they get a notice, and then they are erased."""

from typing import Any

from sqlalchemy import Select, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.privacy.retention import Cutoffs
from bot.store.schema.members import AbsenceRow, MemberRow


def _silent(cutoffs: Cutoffs) -> tuple[Any, ...]:
    """The conditions of members of whom nothing was heard for long, and who are not on leave."""
    on_leave = exists().where(
        and_(AbsenceRow.member_id == MemberRow.id, AbsenceRow.last_day >= cutoffs.now.date())
    )
    return MemberRow.seen_on < cutoffs.silent, ~on_leave


def to_notify(cutoffs: Cutoffs) -> Select[Any]:
    """Returns the query for the ids of members who are to get the notice."""
    return select(MemberRow.id).where(MemberRow.notice_at.is_(None), *_silent(cutoffs))


def to_erase(cutoffs: Cutoffs) -> Select[Any]:
    """Returns the query for the ids of members who had the notice, and are to be erased."""
    return select(MemberRow.id).where(MemberRow.notice_at < cutoffs.noticed, *_silent(cutoffs))


async def notify_next(session: AsyncSession, cutoffs: Cutoffs, limit: int) -> list[MemberRow]:
    """Records that silent members get the notice now, and returns them.

    They are locked for update on PostgreSQL; those that another transaction has locked are skipped:
    that may be the very sign of life.
    """
    query = (
        select(MemberRow)
        .where(MemberRow.id.in_(to_notify(cutoffs)))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    members = list((await session.scalars(query)).all())
    ids = [member.id for member in members]
    await session.execute(
        update(MemberRow).where(MemberRow.id.in_(ids)).values(notice_at=cutoffs.now)
    )
    return members


async def next_to_erase(session: AsyncSession, cutoffs: Cutoffs) -> MemberRow | None:
    """Returns a member who had the notice and stayed silent; None: there is none.

    The member is locked for update on PostgreSQL, so that no sign of life comes in between.
    """
    query = (
        select(MemberRow)
        .where(MemberRow.id.in_(to_erase(cutoffs)))
        .limit(1)
        .with_for_update(of=MemberRow, skip_locked=True)
    )
    return await session.scalar(query)
