"""Teams: who belongs to them, and which group chats are theirs."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.rhythm import Rhythm, Weekday, local_day, next_moment
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import MembershipRow, TeamChatRow, TeamRow

DIGEST = (Weekday.FRIDAY, time(15, 30))


class TeamNameTaken(Exception):
    """There is a team of this name already."""


def normalize_name(name: str) -> str:
    """A name in one line without spaces around; it may still be too long or empty."""
    return " ".join(name.split())


def is_valid_name(name: str) -> bool:
    """Whether it can be the name of a team: 1 to 60 characters that can be seen."""
    return 0 < len(name) <= NAME_LENGTH and name.isprintable()


async def create(
    session: AsyncSession, name: str, language: str, zone: str, at: datetime
) -> TeamRow:
    """A new team, whose digest comes on Friday at half past three.

    Raises:
        NameTaken: there is one of this name, in whichever capitals.
    """
    await _must_be_free(session, name)
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
        NameTaken: another team has it.
    """
    if name.casefold() != team.name_key:
        await _must_be_free(session, name)
    team.name, team.name_key = name, name.casefold()


async def _must_be_free(session: AsyncSession, name: str) -> None:
    if await find_team(session, name) is not None:
        raise TeamNameTaken(name)


def plan_digest(team: TeamRow, after: datetime) -> None:
    """Sets when the next digest is due, by the team's weekday, time and zone."""
    rhythm = Rhythm(
        frozenset({Weekday(team.digest_weekday)}), team.digest_time, ZoneInfo(team.zone)
    )
    team.next_digest_at = next_moment(rhythm, after)


def monday(team: TeamRow, at: datetime) -> date:
    """The Monday of the week it is for this team."""
    today = local_day(at, ZoneInfo(team.zone))
    return today - timedelta(days=today.weekday())


async def find_team(session: AsyncSession, name: str) -> TeamRow | None:
    """The team of this name, in whichever capitals."""
    return await session.scalar(
        select(TeamRow).where(TeamRow.name_key == normalize_name(name).casefold())
    )


@dataclass(frozen=True, slots=True)
class TeamSize:
    """A team with how many belong to it."""

    team: TeamRow
    members: int


async def all_teams(session: AsyncSession) -> list[TeamSize]:
    """Every team, by name."""
    query = (
        select(TeamRow, func.count(MembershipRow.id))
        .outerjoin(MembershipRow, MembershipRow.team_id == TeamRow.id)
        .group_by(TeamRow.id)
        .order_by(TeamRow.name_key)
    )
    return [TeamSize(team, count) for team, count in (await session.execute(query)).all()]


# -- who belongs


async def teams_of_member(
    session: AsyncSession, member_id: int
) -> list[tuple[TeamRow, MembershipRow]]:
    """The teams of a member, the one they joined first first."""
    query = (
        select(TeamRow, MembershipRow)
        .join(MembershipRow, MembershipRow.team_id == TeamRow.id)
        .where(MembershipRow.member_id == member_id)
        .order_by(MembershipRow.id)
    )
    return [(team, membership) for team, membership in (await session.execute(query)).all()]


async def teams_by_id(session: AsyncSession, numbers: frozenset[int]) -> list[TeamRow]:
    """These teams, by name."""
    query = select(TeamRow).where(TeamRow.id.in_(numbers)).order_by(TeamRow.name_key)
    return list((await session.scalars(query)).all())


async def membership(session: AsyncSession, team_id: int, member_id: int) -> MembershipRow | None:
    """That a member belongs to a team, if they do."""
    query = select(MembershipRow).where(
        MembershipRow.team_id == team_id, MembershipRow.member_id == member_id
    )
    return await session.scalar(query)


async def add_to_team(session: AsyncSession, team_id: int, member_id: int, at: datetime) -> bool:
    """The member belongs to the team from now on; False when they did already."""
    if await membership(session, team_id, member_id) is not None:
        return False
    session.add(MembershipRow(team_id=team_id, member_id=member_id, joined_at=at))
    await session.flush()
    return True


async def remove_from_team(session: AsyncSession, team_id: int, member_id: int) -> bool:
    """The member does not belong to the team any more; False when they did not."""
    found = await membership(session, team_id, member_id)
    if found is None:
        return False
    await session.delete(found)
    await session.flush()
    return True


async def members_of(session: AsyncSession, team_id: int) -> list[tuple[MemberRow, MembershipRow]]:
    """Who belongs to a team, in the order in which they came."""
    query = (
        select(MemberRow, MembershipRow)
        .join(MembershipRow, MembershipRow.member_id == MemberRow.id)
        .where(MembershipRow.team_id == team_id)
        .order_by(MembershipRow.id)
    )
    return [(member, belongs) for member, belongs in (await session.execute(query)).all()]


# -- its group chats


async def team_of_chat(session: AsyncSession, channel: str, address: str) -> TeamRow | None:
    """The team whose group chat this is."""
    query = (
        select(TeamRow)
        .join(TeamChatRow, TeamChatRow.team_id == TeamRow.id)
        .where(TeamChatRow.channel == channel, TeamChatRow.address == address)
    )
    return await session.scalar(query)


async def group_chats_of(session: AsyncSession, team_id: int) -> list[TeamChatRow]:
    """The group chats of a team, by channel."""
    query = select(TeamChatRow).where(TeamChatRow.team_id == team_id).order_by(TeamChatRow.channel)
    return list((await session.scalars(query)).all())


async def connect_group_chat(
    session: AsyncSession, team_id: int, channel: str, address: str, posting_address: str
) -> None:
    """Makes this group chat the team's on its channel, instead of another one, or another's.

    Args:
        session: the transaction.
        team_id: whose it becomes.
        channel: on which platform.
        address: of the chat.
        posting_address: where in it the bot speaks by itself: the chat, or a topic in it.
    """
    await session.execute(
        delete(TeamChatRow).where(
            TeamChatRow.channel == channel,
            (TeamChatRow.team_id == team_id) | (TeamChatRow.address == address),
        )
    )
    session.add(
        TeamChatRow(
            team_id=team_id, channel=channel, address=address, posting_address=posting_address
        )
    )
    await session.flush()


async def disconnect_group_chat(
    session: AsyncSession, channel: str, address: str
) -> TeamRow | None:
    """This group chat is nobody's any more; whose it was."""
    team = await team_of_chat(session, channel, address)
    await session.execute(
        delete(TeamChatRow).where(TeamChatRow.channel == channel, TeamChatRow.address == address)
    )
    return team


async def move_group_chat(session: AsyncSession, channel: str, old: str, new: str) -> bool:
    """A group chat has another address from now on; whether it was a team's.

    Topics keep their numbers.
    """
    row = await session.scalar(
        select(TeamChatRow).where(TeamChatRow.channel == channel, TeamChatRow.address == old)
    )
    if row is None or await team_of_chat(session, channel, new) is not None:
        return False
    row.address, row.posting_address = new, new + row.posting_address.removeprefix(old)
    await session.flush()
    return True
