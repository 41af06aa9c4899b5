"""Who takes part, where they can be reached, and whose moment has come."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.rhythm import Rhythm, Weekday, local_day
from bot.core.workdays import Absence, next_round
from bot.store.members import roles
from bot.store.schema.members import AbsenceRow, AddressRow, ErasureRow, Expecting, MemberRow
from bot.store.schema.nudges import PendingChoicesRow, ProcessedUpdateRow
from bot.store.teams import digests, weeks

FIRST_WEEKDAYS = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
FIRST_TIME = time(9, 30)


async def find_member(
    session: AsyncSession, channel: str, address: str, *, for_update: bool = False
) -> MemberRow | None:
    """The member at this address.

    With `for_update`, nobody else changes anything about them until this transaction is over.
    """
    query = (
        select(MemberRow)
        .join(AddressRow, AddressRow.member_id == MemberRow.id)
        .where(AddressRow.channel == channel, AddressRow.address == address)
    )
    # Rows that merely name this member, such as a team's, may be made meanwhile.
    locked = query.with_for_update(of=MemberRow, key_share=True)
    return await session.scalar(locked if for_update else query)


async def add_member(
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
    plan_next_nudge(member, now)


def plan_next_nudge(member: MemberRow, now: datetime) -> None:
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


def _overlaps(row: AbsenceRow, first: date, last: date | None) -> bool:
    return (last is None or row.first_day <= last) and not _is_over(row, first)


def _end(member: MemberRow, row: AbsenceRow, day: date) -> None:
    """Ends an absence the day before `day`; nothing is left of one that begins later."""
    if row.first_day >= day:
        member.absence_rows.remove(row)
    else:
        row.last_day = day - timedelta(days=1)


def end_absences(member: MemberRow, day: date) -> bool:
    """Ends every absence that covers `day`, the day before it. Whether there was one."""
    current = [
        row for row in member.absence_rows if row.first_day <= day and not _is_over(row, day)
    ]
    for row in current:
        _end(member, row, day)
    return bool(current)


def coming_absences(member: MemberRow, day: date) -> list[AbsenceRow]:
    """The absences that are not over on `day`."""
    return [row for row in member.absence_rows if not _is_over(row, day)]


def _is_over(row: AbsenceRow, day: date) -> bool:
    return row.last_day is not None and row.last_day < day


@dataclass(frozen=True, slots=True)
class DueMember:
    """Someone whose moment has come, with all that a nudge for them asks."""

    id: int
    language: str
    rhythm: Rhythm
    planned: datetime
    channel: str
    address: str


async def due_members(
    session: AsyncSession, now: datetime, channels: Collection[str], limit: int
) -> list[DueMember]:
    """Whose moment has come, on one of `channels`; longest waiting first, `limit` at most.

    On PostgreSQL they are locked, and those whom another replica locked are passed over.
    """
    query = (
        select(
            MemberRow.id,
            MemberRow.language,
            MemberRow.weekdays,
            MemberRow.nudge_time,
            MemberRow.zone,
            MemberRow.next_nudge_at,
            MemberRow.nudge_channel,
        )
        .where(
            MemberRow.next_nudge_at <= now,
            MemberRow.left_at.is_(None),
            prefers_channel(channels),
            has_address(MemberRow.id, channels),
        )
        .order_by(MemberRow.next_nudge_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=MemberRow, key_share=True)
    )
    rows = (await (await session.connection()).execute(query)).all()
    wanted = {row.id: row.nudge_channel for row in rows}
    addresses = await addresses_of(session, wanted, channels)
    return [
        DueMember(number, language, _rhythm(weekdays, at, zone), planned or now, *addresses[number])
        for number, language, weekdays, at, zone, planned, _ in rows
    ]


def has_address(
    member_id: InstrumentedAttribute[int], channels: Collection[str]
) -> ColumnElement[bool]:
    """Whether a member has an address on one of `channels`.

    As EXISTS, so that it is asked of those who are due; a join could begin with all addresses.
    """
    return exists().where(AddressRow.member_id == member_id, AddressRow.channel.in_(channels))


def prefers_channel(channels: Collection[str]) -> ColumnElement[bool]:
    """Whether a member wants nudges on one of `channels`, or left it open."""
    return MemberRow.nudge_channel.is_(None) | MemberRow.nudge_channel.in_(channels)


@lru_cache(maxsize=1_000)
def _rhythm(weekdays: frozenset[Weekday], at: time, zone: str) -> Rhythm:
    return Rhythm(weekdays, at, ZoneInfo(zone))


async def moment_counts(
    session: AsyncSession, first: datetime, last: datetime
) -> dict[datetime, int]:
    """How many members have each moment from `first` to `last` as their next one."""
    query = (
        select(MemberRow.next_nudge_at, func.count())
        .where(MemberRow.next_nudge_at.between(first, last))
        .group_by(MemberRow.next_nudge_at)
    )
    return {at: count for at, count in (await session.execute(query)).all() if at is not None}


async def absences_of(
    session: AsyncSession, member_ids: Collection[int]
) -> dict[int, list[Absence]]:
    """When each of these members is away, first one first; who never is, is not in it."""
    query = (
        select(AbsenceRow.member_id, AbsenceRow.first_day, AbsenceRow.last_day)
        .where(AbsenceRow.member_id.in_(member_ids))
        .order_by(AbsenceRow.first_day)
    )
    found: dict[int, list[Absence]] = defaultdict(list)
    for member_id, first, last in (await session.execute(query)).all():
        found[member_id].append(Absence(first, last))
    return found


async def reschedule(
    session: AsyncSession, moments: Mapping[int, datetime | None], nudged: Collection[int]
) -> None:
    """Sets the next moment of many members at once.

    Args:
        session: the transaction.
        moments: the next moment of each member.
        nudged: who gets a new nudge; what the bot waited for about an earlier one, it no longer
            waits for.
    """
    connection = await session.connection()
    if moments:
        await connection.execute(
            update(MemberRow)
            .where(MemberRow.id == bindparam("member"))
            .values(next_nudge_at=bindparam("moment")),
            [{"member": member, "moment": moment} for member, moment in moments.items()],
        )
    if nudged:
        about_a_nudge = (Expecting.REFLECTION, Expecting.SHARING)
        await connection.execute(
            update(MemberRow)
            .where(MemberRow.id.in_(nudged), MemberRow.expecting.in_(about_a_nudge))
            .values(expecting=None, expecting_nudge_id=None)
        )


async def move_address(session: AsyncSession, channel: str, old: str, new: str) -> bool:
    """The chat at `old` is at `new` from now on; False when somebody else is there already."""
    if await find_member(session, channel, new) is not None:
        return False
    here = (AddressRow.channel == channel, AddressRow.address == old)
    await session.execute(update(AddressRow).where(*here).values(address=new))
    return True


async def addresses_of(
    session: AsyncSession, wanted: Mapping[int, str | None], channels: Collection[str]
) -> dict[int, tuple[str, str]]:
    """The channel and address of each member, on one of `channels`.

    `wanted` says which channel each of them chose; without a choice it is the first one.
    """
    query = (
        select(AddressRow.member_id, AddressRow.channel, AddressRow.address)
        .where(AddressRow.member_id.in_(wanted))
        .order_by(AddressRow.id.desc())
    )
    rows = (await (await session.connection()).execute(query)).all()
    # The channel is looked at here: asked for in the query, SQLite goes through its whole index.
    return {
        member_id: (channel, address)
        for member_id, channel, address in rows
        if channel in channels and wanted[member_id] in (None, channel)
    }


async def erase_rows(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Deletes the member and all that hangs on them, and notes that this number was erased."""
    theirs = select(AddressRow.address).where(
        AddressRow.member_id == member_id, AddressRow.channel == PendingChoicesRow.channel
    )
    await session.execute(delete(PendingChoicesRow).where(PendingChoicesRow.address.in_(theirs)))
    await roles.revoke_all(session, member_id)
    await weeks.keep_counts_of(session, member_id)
    await digests.mark_all_for_correction(session, member_id, at)
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))
    if await session.get(ErasureRow, member_id) is None:
        session.add(ErasureRow(member_id=member_id, erased_at=at))


async def is_already_processed(session: AsyncSession, channel: str, key: str, at: datetime) -> bool:
    """Whether this was dealt with already; from now on it was."""
    if await session.get(ProcessedUpdateRow, (channel, key)) is not None:
        return True
    session.add(ProcessedUpdateRow(channel=channel, key=key, processed_at=at))
    return False


async def forget_processed(session: AsyncSession, before: datetime) -> None:
    """Drops what was heard before this moment; no platform tells anything twice that late."""
    await session.execute(
        delete(ProcessedUpdateRow).where(ProcessedUpdateRow.processed_at < before)
    )
