"""Members: finding and adding them, their rhythm, and the addresses where they can be reached."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import cache

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import WorkProfile
from bot.core.rhythm.rhythm import Rhythm, Weekday, local_day
from bot.core.rhythm.workdays import next_round
from bot.store.db.many_values import Ids, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow

FIRST_WEEKDAYS = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
FIRST_TIME = time(9, 30)


async def find_member(
    session: AsyncSession, channel: str, address: str, *, for_update: bool = False
) -> MemberRow | None:
    """Returns the member at this address, or None.

    Args:
        session: the transaction.
        channel: the name of the channel.
        address: the chat on that channel.
        for_update: locks the member's row until the transaction ends (PostgreSQL). The lock leaves
            the key free (`FOR NO KEY UPDATE`), so that other transactions can still insert rows
            that refer to the member, such as a team's.
    """
    query = (
        select(MemberRow)
        .join(AddressRow, AddressRow.member_id == MemberRow.id)
        .where(AddressRow.channel == channel, AddressRow.address == address)
    )
    if for_update:
        query = query.with_for_update(of=MemberRow, key_share=True)
    return await session.scalar(query)


async def chats_of_members(
    session: AsyncSession, member_ids: Collection[int]
) -> list[tuple[str, str]]:
    """Returns channel and address of each chat of these members, oldest first."""
    query = (
        select(AddressRow.channel, AddressRow.address)
        .where(is_one_of(AddressRow.member_id, member_ids))
        .order_by(AddressRow.id)
    )
    return [(row.channel, row.address) for row in (await session.execute(query)).all()]


async def add_member(
    session: AsyncSession, channel: str, address: str, language: str, zone: str, at: datetime
) -> MemberRow:
    """Adds a member at this address, with the first rhythm: Tuesday and Thursday, 9:30."""
    member = MemberRow(
        language=language,
        weekdays=FIRST_WEEKDAYS,
        nudge_time=FIRST_TIME,
        zone=zone,
        joined_at=at,
        seen_on=at.date(),
        absence_rows=[],
    )
    session.add(member)
    await session.flush()  # gives the member the id that the address refers to
    session.add(AddressRow(member_id=member.id, channel=channel, address=address))
    return member


def note_sign_of_life(member: MemberRow, at: datetime) -> None:
    """Records the day of it, once a day; a notice that they would be erased counts no more."""
    if member.seen_on < at.date():
        member.seen_on = at.date()
    member.notice_at = None


async def set_rhythm(
    session: AsyncSession, member: MemberRow, rhythm: Rhythm, now: datetime
) -> None:
    """Gives the member this rhythm from `now` on, and plans their next nudge by it."""
    member.weekdays, member.nudge_time = rhythm.weekdays, rhythm.at
    member.zone = rhythm.zone.key
    await plan_next_nudge(session, member, now)


def set_work(member: MemberRow, work: WorkProfile) -> None:
    """Sets what the member said about their work; the bot does not ask for it any more."""
    member.workplaces, member.contacts, member.avoids = work.places, work.contacts, work.avoids
    member.asked_about_work = True


async def plan_next_nudge(session: AsyncSession, member: MemberRow, now: datetime) -> None:
    """Sets the member's next nudge to the first moment of their rhythm after `now` on a workday.

    It is on a later day than their last round, whatever changed since: a day has one round.
    """
    last_day = await day_of_last_round(session, member)
    member.next_nudge_at = next_round(member.rhythm, now, member.absences, last_day)


async def day_of_last_round(session: AsyncSession, member: MemberRow) -> date | None:
    """Returns the local day of the last round that reached this member, or will; None: no round.

    A round of a chat that they linked is one too; what they asked for with /nu is none.
    """
    query = select(NudgeRow.day).where(
        NudgeRow.member_id == member.id,
        NudgeRow.asked_for.is_(False),
        NudgeRow.sent_at.is_not(None) | NudgeRow.send_at.is_not(None),
    )
    return await session.scalar(query.order_by(NudgeRow.round_at.desc()).limit(1))


def today(member: MemberRow, now: datetime) -> date:
    """Returns the date in the member's time zone."""
    return local_day(now, member.rhythm.zone)


async def move_address(session: AsyncSession, channel: str, old: str, new: str) -> bool:
    """Moves a chat from the address `old` to `new`; returns False when `new` has another member."""
    if await find_member(session, channel, new) is not None:
        return await find_member(session, channel, old) is None  # it was moved before
    is_old = (AddressRow.channel == channel, AddressRow.address == old)
    await session.execute(update(AddressRow).where(*is_old).values(address=new))
    return True


async def addresses_of(
    session: AsyncSession, preferred: Mapping[int, str | None], channels: Collection[str]
) -> dict[int, tuple[str, str]]:
    """Returns the channel and address at which each member gets their nudges.

    Args:
        session: the transaction.
        preferred: the channel that each member chose, by member; None: they left it open.
        channels: the channels that may be used.

    Returns:
        By member, their address on the channel of their choice, or else their oldest one. A member
        without an address on `channels` is left out.
    """
    if not preferred:  # when nobody is due
        return {}
    await find_by_index(session)
    connection = await session.connection()
    rows = await connection.execute(_addresses_query(), {"member_ids": list(preferred)})
    # Filtered here: with the channel in the query, SQLite scans its whole unique index. And sorted
    # here: PostgreSQL may read the whole table in this order. The oldest comes last, and stays.
    return {
        member_id: (channel, address)
        for _, member_id, channel, address in sorted(rows, reverse=True)
        if channel in channels and preferred[member_id] in (None, channel)
    }


@cache
def _addresses_query() -> Select[int, int, str, str]:
    return select(
        AddressRow.id, AddressRow.member_id, AddressRow.channel, AddressRow.address
    ).where(is_one_of(AddressRow.member_id, bindparam("member_ids", type_=Ids())))
