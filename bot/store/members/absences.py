"""Absences: whole local days on which a member gets no nudges.

Each is an interval of its own, also where it overlaps another: a pause that ends early leaves the
leave that was planned as it was.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm.workdays import Absence
from bot.store.db.many_values import Ids, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.schema.members import AbsenceRow, MemberRow


def add_absence(member: MemberRow, first: date, last: date | None, today: date) -> AbsenceRow:
    """Adds an absence from `first` to `last`; None: until the member ends it.

    What is said last about `today` holds: a pause that begins by then ends the one that runs. Leave
    that is planned ahead changes no other absence, and the same leave is kept once.

    Returns:
        The absence; one that was new is to be flushed by the caller.
    """
    is_planned = first > today
    if is_planned:
        for row in member.absence_rows:
            if row.planned and (row.first_day, row.last_day) == (first, last):
                return row
    elif last is None or last >= today:
        for row in [row for row in _running(member, today) if not row.planned]:
            end_absence(member, row, first)
    absence = AbsenceRow(member_id=member.id, first_day=first, last_day=last, planned=is_planned)
    member.absence_rows.append(absence)
    member.absence_rows.sort(key=lambda row: row.first_day)
    return absence


def end_pauses(member: MemberRow, today: date) -> bool:
    """Ends what runs and has no end, or was said about now; returns whether there was anything."""
    pauses = [row for row in _running(member, today) if not _is_leave(row)]
    for row in pauses:
        end_absence(member, row, today)
    return bool(pauses)


def running_leave(member: MemberRow, today: date) -> list[AbsenceRow]:
    """Returns the leave that was planned ahead, has an end and covers `today`."""
    return [row for row in _running(member, today) if _is_leave(row)]


def coming_absences(member: MemberRow, day: date) -> list[AbsenceRow]:
    """Returns the absences that are not over on `day`, the earliest first."""
    return [row for row in member.absence_rows if row.last_day is None or row.last_day >= day]


def end_absence(member: MemberRow, row: AbsenceRow, day: date) -> None:
    """Ends an absence the day before `day`; removes one that begins on `day` or later."""
    if row.first_day >= day:
        member.absence_rows.remove(row)
    else:
        row.last_day = day - timedelta(days=1)


async def absences_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, list[Absence]]:
    """Returns the absences of each member, the earliest first; a member without is left out."""
    await find_by_index(session)
    connection = await session.connection()
    rows = await connection.execute(_absences_query(), {"member_ids": list(member_ids)})
    by_member: dict[int, list[Absence]] = defaultdict(list)
    for member_id, first, last in rows:
        by_member[member_id].append(Absence(first, last))
    return by_member


@cache
def _absences_query() -> Select[int, date, date | None]:
    return (
        select(AbsenceRow.member_id, AbsenceRow.first_day, AbsenceRow.last_day)
        .where(is_one_of(AbsenceRow.member_id, bindparam("member_ids", type_=Ids())))
        .order_by(AbsenceRow.first_day)
    )


def _running(member: MemberRow, today: date) -> list[AbsenceRow]:
    return [row for row in coming_absences(member, today) if row.first_day <= today]


def _is_leave(row: AbsenceRow) -> bool:
    return row.planned and row.last_day is not None
