"""Teams: their names, memberships and group chats."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm.rhythm import Rhythm, Weekday, local_day, next_moment
from bot.store.lifecycle import ledger
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.ledger import Act
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import MembershipRow, TeamChatRow, TeamRow

DIGEST = (Weekday.FRIDAY, time(15, 30))


class TeamNameTaken(Exception):
    """A team with this name exists already."""


def normalize_name(name: str) -> str:
    """Returns the name in one line, with single spaces; it may still be too long or empty."""
    return " ".join(name.split())


def is_valid_name(name: str) -> bool:
    """Returns whether a team may have this name: 1 to 60 characters, all of them printable."""
    return 0 < len(name) <= NAME_LENGTH and name.isprintable()


async def create(
    session: AsyncSession, name: str, language: str, zone: str, at: datetime
) -> TeamRow:
    """Adds a team whose digest is due on Fridays at half past three, and returns it.

    Raises:
        TeamNameTaken: a team has this name; upper and lower case make no difference.
    """
    await _require_free_name(session, name)
    weekday, digest_time = DIGEST
    today = local_day(at, ZoneInfo(zone))
    team = TeamRow(
        name=name,
        name_key=name.casefold(),
        language=language,
        zone=zone,
        created_at=at,
        open_week=today - timedelta(days=today.weekday()),
        digest_weekday=int(weekday),
        digest_time=digest_time,
    )
    plan_digest(team, at)
    session.add(team)
    await session.flush()
    return team


async def rename(session: AsyncSession, team: TeamRow, name: str) -> None:
    """Gives a team another name.

    Raises:
        TeamNameTaken: another team has it.
    """
    if name.casefold() != team.name_key:
        await _require_free_name(session, name)
    team.name, team.name_key = name, name.casefold()


async def _require_free_name(session: AsyncSession, name: str) -> None:
    if await find_team(session, name) is not None:
        raise TeamNameTaken(name)


def plan_digest(team: TeamRow, after: datetime) -> None:
    """Sets when the next digest is due: the team's first digest moment after `after`."""
    rhythm = Rhythm(
        frozenset({Weekday(team.digest_weekday)}), team.digest_time, ZoneInfo(team.zone)
    )
    team.next_digest_at = next_moment(rhythm, after)


def monday(team: TeamRow, at: datetime) -> date:
    """Returns the Monday of the week in which `at` falls in the team's zone."""
    today = local_day(at, ZoneInfo(team.zone))
    return today - timedelta(days=today.weekday())


async def find_team(session: AsyncSession, name: str) -> TeamRow | None:
    """Returns the team with this name, or None; upper and lower case make no difference."""
    return await session.scalar(
        select(TeamRow).where(TeamRow.name_key == normalize_name(name).casefold())
    )


@dataclass(frozen=True, slots=True)
class TeamSize:
    """A team and the number of its members."""

    team: TeamRow
    members: int


async def all_teams(session: AsyncSession) -> list[TeamSize]:
    """Returns all teams with their sizes, by name."""
    query = (
        select(TeamRow, func.count(MembershipRow.id))
        .outerjoin(MembershipRow, MembershipRow.team_id == TeamRow.id)
        .group_by(TeamRow.id)
    )
    sizes = [TeamSize(team, count) for team, count in (await session.execute(query)).all()]
    return sorted(sizes, key=lambda size: size.team.name_key)  # sealed, so SQL cannot sort by it


# -- memberships


async def teams_of_member(
    session: AsyncSession, member_id: int
) -> list[tuple[TeamRow, MembershipRow]]:
    """Returns the teams of a member with the memberships, in the order in which they joined."""
    query = (
        select(TeamRow, MembershipRow)
        .join(MembershipRow, MembershipRow.team_id == TeamRow.id)
        .where(MembershipRow.member_id == member_id)
        .order_by(MembershipRow.id)
    )
    return [(team, membership) for team, membership in (await session.execute(query)).all()]


async def teams_by_id(session: AsyncSession, team_ids: frozenset[int]) -> list[TeamRow]:
    """Returns the teams with these ids that exist, by name."""
    rows = await session.scalars(select(TeamRow).where(TeamRow.id.in_(team_ids)))
    return sorted(rows.all(), key=lambda team: team.name_key)


async def membership(session: AsyncSession, team_id: int, member_id: int) -> MembershipRow | None:
    """Returns the membership, or None when the member does not belong to the team."""
    query = select(MembershipRow).where(
        MembershipRow.team_id == team_id, MembershipRow.member_id == member_id
    )
    return await session.scalar(query)


async def add_to_team(session: AsyncSession, team_id: int, member_id: int, at: datetime) -> bool:
    """Adds a member to a team; returns False when they belong to it already."""
    if await membership(session, team_id, member_id) is not None:
        return False
    session.add(MembershipRow(team_id=team_id, member_id=member_id, joined_at=at))
    await session.flush()
    return True


async def remove_from_team(
    session: AsyncSession, team_id: int, member_id: int, at: datetime
) -> bool:
    """Removes a member from a team; returns False when they do not belong to it."""
    row = await membership(session, team_id, member_id)
    if row is None:
        return False
    ledger.record(session, Act.LEFT_TEAM, [row.id], at)
    await session.delete(row)
    await session.flush()
    return True


def set_hidden(session: AsyncSession, row: MembershipRow, hidden: bool, at: datetime) -> None:
    """Sets whether a member counts for themselves alone."""
    if row.hidden is not hidden:
        ledger.record(session, Act.HIDDEN if hidden else Act.SHOWN, [row.id], at)
    row.hidden = hidden


async def members_of(session: AsyncSession, team_id: int) -> list[tuple[MemberRow, MembershipRow]]:
    """Returns the members of a team with their memberships, in the order in which they joined."""
    query = (
        select(MemberRow, MembershipRow)
        .join(MembershipRow, MembershipRow.member_id == MemberRow.id)
        .where(MembershipRow.team_id == team_id)
        .order_by(MembershipRow.id)
    )
    return [(member, membership) for member, membership in (await session.execute(query)).all()]


# -- group chats


async def team_of_chat(session: AsyncSession, channel: str, address: str) -> TeamRow | None:
    """Returns the team whose group chat this is, or None."""
    query = (
        select(TeamRow)
        .join(TeamChatRow, TeamChatRow.team_id == TeamRow.id)
        .where(TeamChatRow.channel == channel, TeamChatRow.address == address)
    )
    return await session.scalar(query)


async def group_chats_of(session: AsyncSession, team_id: int) -> list[TeamChatRow]:
    """Returns the group chats of a team, by channel."""
    query = select(TeamChatRow).where(TeamChatRow.team_id == team_id).order_by(TeamChatRow.channel)
    return list((await session.scalars(query)).all())


async def connect_group_chat(
    session: AsyncSession,
    team_id: int,
    channel: str,
    address: str,
    posting_address: str,
    at: datetime,
) -> None:
    """Connects a group chat to a team.

    It replaces the chat that the team had on this channel, and the team that this chat belonged to.

    Args:
        session: the transaction.
        team_id: the team that gets the chat.
        channel: the name of the chat's channel.
        address: the address of the chat.
        posting_address: where digests are posted: the address of the chat, or of a topic in it.
        at: the present.
    """
    is_replaced = (TeamChatRow.team_id == team_id) | (TeamChatRow.address == address)
    await _disconnect_where(session, at, TeamChatRow.channel == channel, is_replaced)
    session.add(
        TeamChatRow(
            team_id=team_id, channel=channel, address=address, posting_address=posting_address
        )
    )
    await session.flush()


async def disconnect_group_chat(
    session: AsyncSession, channel: str, address: str, at: datetime
) -> TeamRow | None:
    """Disconnects a group chat; returns the team that it belonged to, or None."""
    team = await team_of_chat(session, channel, address)
    is_it = (TeamChatRow.channel == channel, TeamChatRow.address == address)
    await _disconnect_where(session, at, *is_it)
    return team


async def disconnect_everything(session: AsyncSession, at: datetime) -> int:
    """Disconnects the group chats of all teams; returns how many there were."""
    return await _disconnect_where(session, at)


async def disconnect_all(session: AsyncSession, team_id: int, at: datetime) -> int:
    """Disconnects the group chats of one team; returns how many there were."""
    return await _disconnect_where(session, at, TeamChatRow.team_id == team_id)


async def _disconnect_where(
    session: AsyncSession, at: datetime, *conditions: ColumnElement[bool]
) -> int:
    deleted = await session.scalars(
        delete(TeamChatRow).where(*conditions).returning(TeamChatRow.id)
    )
    chat_ids = deleted.all()
    ledger.record(session, Act.GROUP_DISCONNECTED, chat_ids, at)
    return len(chat_ids)


async def move_group_chat(session: AsyncSession, channel: str, old: str, new: str) -> bool:
    """Gives a team's group chat a new address; topics in it keep their numbers.

    Returns:
        Whether it was moved: not when no team has the old address, or one has the new address.
    """
    row = await session.scalar(
        select(TeamChatRow).where(TeamChatRow.channel == channel, TeamChatRow.address == old)
    )
    if row is None or await team_of_chat(session, channel, new) is not None:
        return False
    row.address, row.posting_address = new, new + row.posting_address.removeprefix(old)
    await session.flush()
    return True
