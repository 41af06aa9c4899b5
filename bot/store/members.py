"""Who takes part, where they can be reached, and whose moment has come."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm import Rhythm, Weekday, local_day
from bot.core.workdays import next_round
from bot.store.tables import AbsenceRow, AddressRow, ErasureRow, HeardRow, MemberRow

FIRST_WEEKDAYS = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
FIRST_TIME = time(9, 30)


async def find(session: AsyncSession, channel: str, address: str) -> MemberRow | None:
    """The member at this address."""
    query = (
        select(MemberRow)
        .join(AddressRow, AddressRow.member_id == MemberRow.id)
        .where(AddressRow.channel == channel, AddressRow.address == address)
    )
    return await session.scalar(query)


async def join(
    session: AsyncSession, channel: str, address: str, language: str, zone: str, at: datetime
) -> MemberRow:
    """A new member at this address, with Tuesday and Thursday 9:30 until they choose."""
    member = MemberRow(
        language=language,
        weekdays=FIRST_WEEKDAYS,
        nudge_time=FIRST_TIME,
        zone=zone,
        joined_at=at,
        absence_rows=[],
    )
    session.add(member)
    await session.flush()
    session.add(AddressRow(member_id=member.id, channel=channel, address=address))
    return member


def set_rhythm(member: MemberRow, rhythm: Rhythm, now: datetime) -> None:
    """Gives the member this rhythm from `now` on, and plans their next nudge by it."""
    member.weekdays, member.nudge_time = rhythm.weekdays, rhythm.at
    member.zone = rhythm.zone.key
    plan(member, now)


def plan(member: MemberRow, now: datetime) -> None:
    """Sets the member's next nudge to the first moment after `now` that is no day off."""
    member.next_nudge_at = next_round(member.rhythm, now, member.absences)


def today(member: MemberRow, now: datetime) -> date:
    """The date where the member is."""
    return local_day(now, member.rhythm.zone)


def add_absence(member: MemberRow, first: date, last: date | None, today: date) -> AbsenceRow:
    """Notes that the member is away from `first` to `last`; None: until they say so.

    A new end for the absence of `today` replaces the old one. Any other absence that the new one
    touches becomes one with it.

    Returns:
        The absence as it is now, which may be longer than what was asked.
    """
    for row in [row for row in member.absence_rows if _touches(row, first, last)]:
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


def _touches(row: AbsenceRow, first: date, last: date | None) -> bool:
    return (last is None or row.first_day <= last) and not _over(row, first)


def _end(member: MemberRow, row: AbsenceRow, day: date) -> None:
    """Ends an absence the day before `day`; nothing is left of one that begins later."""
    if row.first_day >= day:
        member.absence_rows.remove(row)
    else:
        row.last_day = day - timedelta(days=1)


def end_absences(member: MemberRow, day: date) -> bool:
    """Ends every absence that covers `day`, the day before it. Whether there was one."""
    current = [row for row in member.absence_rows if row.first_day <= day and not _over(row, day)]
    for row in current:
        _end(member, row, day)
    return bool(current)


def coming_absences(member: MemberRow, day: date) -> list[AbsenceRow]:
    """The absences that are not over on `day`."""
    return [row for row in member.absence_rows if not _over(row, day)]


def _over(row: AbsenceRow, day: date) -> bool:
    return row.last_day is not None and row.last_day < day


async def due_members(session: AsyncSession, now: datetime, limit: int) -> list[MemberRow]:
    """The members whose moment has come, longest waiting first, `limit` at most."""
    query = (
        select(MemberRow)
        .where(MemberRow.next_nudge_at <= now, MemberRow.gone_at.is_(None))
        .order_by(MemberRow.next_nudge_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL only: replicas take different members
    )
    return list((await session.scalars(query)).all())


async def addresses_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, tuple[str, str]]:
    """The channel and address of each member, the one they joined by."""
    query = (
        select(AddressRow)
        .where(AddressRow.member_id.in_(member_ids))
        .order_by(AddressRow.id.desc())
    )
    rows = (await session.scalars(query)).all()
    return {row.member_id: (row.channel, row.address) for row in rows}


async def forget(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Deletes the member and all that hangs on them, and notes that this number was erased."""
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))
    if await session.get(ErasureRow, member_id) is None:
        session.add(ErasureRow(member_id=member_id, at=at))


async def heard_before(session: AsyncSession, channel: str, key: str, at: datetime) -> bool:
    """Whether this was dealt with already; from now on it was."""
    if await session.get(HeardRow, (channel, key)) is not None:
        return True
    session.add(HeardRow(channel=channel, key=key, at=at))
    return False


async def forget_heard(session: AsyncSession, before: datetime) -> None:
    """Drops what was heard before this moment; no platform tells anything twice that late."""
    await session.execute(delete(HeardRow).where(HeardRow.at < before))
