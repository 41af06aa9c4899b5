"""Absences: whole local days on which a member gets no nudges."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.workdays import Absence
from bot.store.schema.members import AbsenceRow, MemberRow


def add_absence(member: MemberRow, first: date, last: date | None, today: date) -> AbsenceRow:
    """Adds an absence from `first` to `last`; None: until the member ends it.

    A new end for the absence of `today` replaces the old one. Any other absence that the new one
    overlaps is merged into it.

    Returns:
        The absence as it is now, which may be longer than what was asked.
    """
    for row in [row for row in member.absence_rows if _overlaps(row, first, last)]:
        if first == today and row.first_day <= today:
            _end(member, row, first)
            continue
        member.absence_rows.remove(row)
        first = min(first, row.first_day)
        last = None if last is None or row.last_day is None else max(last, row.last_day)
    absence = AbsenceRow(member_id=member.id, first_day=first, last_day=last)
    member.absence_rows.append(absence)
    member.absence_rows.sort(key=lambda row: row.first_day)
    return absence


def end_absences(member: MemberRow, day: date) -> bool:
    """Ends every absence that covers `day`, the day before it; returns whether there was one."""
    current = [
        row for row in member.absence_rows if row.first_day <= day and not _is_over(row, day)
    ]
    for row in current:
        _end(member, row, day)
    return bool(current)


def coming_absences(member: MemberRow, day: date) -> list[AbsenceRow]:
    """Returns the absences that are not over on `day`, the earliest first."""
    return [row for row in member.absence_rows if not _is_over(row, day)]


async def absences_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, list[Absence]]:
    """Returns the absences of each member, the earliest first; a member without is left out."""
    query = (
        select(AbsenceRow.member_id, AbsenceRow.first_day, AbsenceRow.last_day)
        .where(AbsenceRow.member_id.in_(member_ids))
        .order_by(AbsenceRow.first_day)
    )
    by_member: dict[int, list[Absence]] = defaultdict(list)
    for member_id, first, last in (await session.execute(query)).all():
        by_member[member_id].append(Absence(first, last))
    return by_member


def _overlaps(row: AbsenceRow, first: date, last: date | None) -> bool:
    return (last is None or row.first_day <= last) and not _is_over(row, first)


def _end(member: MemberRow, row: AbsenceRow, day: date) -> None:
    """Ends an absence the day before `day`; removes one that begins on `day` or later."""
    if row.first_day >= day:
        member.absence_rows.remove(row)
    else:
        row.last_day = day - timedelta(days=1)


def _is_over(row: AbsenceRow, day: date) -> bool:
    return row.last_day is not None and row.last_day < day
