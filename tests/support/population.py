"""Many members at once, written straight into the store, and what it says of their nudges."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from bot.core.rhythm.rhythm import WORKWEEK, Rhythm
from bot.core.rhythm.workdays import next_round
from bot.core.streaks.rounds import Answer
from bot.store.db.engine import Database
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import MembershipRow, TeamChatRow
from bot.store.teams import teams


async def enrol(
    database: Database,
    people: Mapping[int, Rhythm],
    at: datetime,
    *,
    channel: str = "telegram",
    addresses: Mapping[int, str] | None = None,
) -> None:
    """Everyone in `people` takes part from `at` on.

    Their chat's number is their member's too, unless `addresses` says where they are.
    """
    members = [
        {
            "id": chat,
            "language": "nl",
            "weekdays": rhythm.weekdays,
            "nudge_time": rhythm.at,
            "zone": rhythm.zone.key,
            "joined_at": at,
            "welcomed": True,
            "seen_on": at.date(),
            "next_nudge_at": next_round(rhythm, at, []),
        }
        for chat, rhythm in people.items()
    ]
    where = addresses or {chat: str(chat) for chat in people}
    rows = [{"member_id": chat, "channel": channel, "address": where[chat]} for chat in people]
    async with database.transaction() as session:
        await session.execute(insert(MemberRow), members)
        await session.execute(insert(AddressRow), rows)


async def all_are_due(database: Database, at: datetime) -> None:
    """The moment of everyone has come."""
    async with database.transaction() as session:
        await session.execute(update(MemberRow).values(next_nudge_at=at))


async def all_have_answered(database: Database, at: datetime, answer: Answer = Answer.DONE) -> None:
    """Everyone answered what they got; whoever never answers gets no more after a while."""
    unanswered = update(NudgeRow).where(NudgeRow.sent_at.is_not(None), NudgeRow.answer.is_(None))
    async with database.transaction() as session:
        await session.execute(unanswered.values(answer=answer, answered_at=at))


async def nudges_per_member(database: Database) -> dict[int, list[int]]:
    """The numbers of each member's nudges, oldest first."""
    query = select(NudgeRow.member_id, NudgeRow.id).order_by(NudgeRow.id)
    found: dict[int, list[int]] = {}
    async with database.reading() as session:
        for member, nudge in (await session.execute(query)).all():
            found.setdefault(member, []).append(nudge)
    return found


async def recorded(database: Database) -> set[int]:
    """The nudges of which it is noted that they were sent."""
    query = select(NudgeRow.id).where(NudgeRow.sent_at.is_not(None))
    async with database.reading() as session:
        return set((await session.scalars(query)).all())


async def enrol_teams(
    database: Database, groups: Sequence[str], at: datetime, *, channel: str = "telegram"
) -> None:
    """Enrols a team of five for each of these group chats; its digest is due at `at`.

    All of them did a challenge the day before. The database has the bundled sets and no members.
    """
    day = at.date() - timedelta(days=1)
    round_at = at - timedelta(days=1)
    members = {team: range(team * 5 + 1, team * 5 + 6) for team in range(1, len(groups) + 1)}
    everyone = [member for team in members.values() for member in team]
    rhythm = Rhythm(WORKWEEK, time(9, 30), ZoneInfo("Europe/Amsterdam"))
    await enrol(database, dict.fromkeys(everyone, rhythm), at, channel=channel)
    async with database.transaction() as session:
        for team in members:
            row = await teams.create(session, f"Team {team}", "nl", "Europe/Amsterdam", round_at)
            row.id, row.next_digest_at = team, at
        await session.flush()
        await session.execute(
            insert(TeamChatRow),
            [
                {"team_id": team, "channel": channel, "address": chat, "posting_address": chat}
                for team, chat in zip(members, groups, strict=True)
            ],
        )
        await session.execute(
            insert(MembershipRow),
            [
                {"team_id": team, "member_id": member, "joined_at": round_at, "hidden": False}
                for team, numbers in members.items()
                for member in numbers
            ],
        )
        challenge = await session.scalar(select(ChallengeRow.id).limit(1))
        done = {
            "challenge_id": challenge,
            "round_at": round_at,
            "day": day,
            "per_week": 5,
            "extra": False,
            "swaps": 0,
            "attempts": 1,
            "sent_at": round_at,
            "answer": Answer.DONE,
            "answered_at": round_at,
        }
        await session.execute(insert(NudgeRow), [{"member_id": one, **done} for one in everyone])
