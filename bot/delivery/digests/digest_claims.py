"""Which digests go out: a row for each team whose time has come, leased and put in words.

All of it happens in one transaction. A crash before its commit leaves the team due, so the digest
is written by the next claim; a crash after it leaves a leased row, which another process claims
when the lease has run out. Never two rows for one week: the table has one for a team, a week and a
channel.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.render import board as board_rendering
from bot.conversation.render import digests as digest_rendering
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import local_day
from bot.core.rhythm.workdays import is_public_holiday
from bot.core.streaks.team_board import Board
from bot.messages import Address, Outgoing
from bot.store.db.locks import leases
from bot.store.members.vault import Vault
from bot.store.schema.teams import DigestRow, StoryRow, TeamRow
from bot.store.teams import digests, teams, weeks

# A digest that is later than this says nothing about the week any more.
EXPIRES_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LeasedDigest:
    """A digest to send: first the picture, then the text, which may be corrected later.

    Attributes:
        digest_id: the number of its row.
        attempts: how often it was tried, this time included.
        leased_until: from then on, another process may send it.
        to: the group chat.
        picture: the board of the team; None when the group has it already.
        text: the text; as a correction it replaces the one that the group has.
        lasting: the text without the stories that leave with the next digest.
    """

    digest_id: int
    attempts: int
    leased_until: datetime
    to: Address
    picture: Outgoing | None
    text: Outgoing
    lasting: str

    @property
    def is_correction(self) -> bool:
        """Whether the group has the digest, and its text changes."""
        return self.text.replaces is not None


class DigestClaim:
    """One claim of digests.

    Args:
        session: a transaction that writes, to which all of the claim belongs.
        vault: decrypts what was shared.
        minimum: how many members need to have had a round before a team has figures.
        now: the present.
    """

    def __init__(self, session: AsyncSession, vault: Vault, minimum: int, now: datetime) -> None:
        self._session, self._vault, self._minimum, self._now = session, vault, minimum, now
        self._boards: dict[int, Board] = {}
        self._titles: dict[str, board_rendering.Titles] = {}

    async def write_due(self, limit: int) -> int:
        """Writes the digests of teams that are due; returns how many teams, `limit` at most.

        The teams are locked until the transaction ends; PostgreSQL passes over those that another
        replica has locked. Each gets the moment of its next digest, also when there is none now.
        """
        due_teams = await digests.due_teams(self._session, self._now, limit)
        for team in due_teams:
            due_at = team.next_digest_at or self._now
            teams.plan_digest(team, self._now)
            if self._now - due_at <= EXPIRES_AFTER and not _is_holiday(team, due_at):
                await self._write(team)
        return len(due_teams)

    async def lease(
        self, channels: Collection[str], limit: int, in_flight: Collection[int]
    ) -> list[DigestRow]:
        """Leases digests that are to be sent by now on one of `channels`, at most `limit`.

        Args:
            channels: the channels that this process sends on.
            limit: how many at most.
            in_flight: the numbers of digests that this process is sending. They are left alone,
                because two texts under way at once may arrive in the wrong order.
        """
        rows = await digests.pending_to_send(self._session, self._now, channels, limit)
        leased = []
        for row in rows:
            if row.id in in_flight:
                continue
            if row.receipt is None and self._now - (row.send_at or self._now) > EXPIRES_AFTER:
                leases.release(row, None)
                continue
            leases.take(row, self._now + leases.DIGEST_LEASE)
            leased.append(row)
        return leased

    async def compose(self, row: DigestRow, *, has_picture: bool) -> LeasedDigest:
        """Returns what to send for a leased row.

        Args:
            row: leased by this claim.
            has_picture: whether the group has the picture already.
        """
        stories = await digests.stories_in(self._session, self._vault, row)
        text = digest_rendering.text_of(row, stories)
        if row.receipt is None and not any(not story.named for story in stories):
            row.nameless, row.nameless_until = 0, None  # one was taken back before anybody read it
        picture = None
        if row.receipt is None and not has_picture:
            picture = await self._picture(row)
        return LeasedDigest(
            row.id,
            row.attempts,
            row.leased_until or self._now,
            Address(row.channel, row.address),
            picture,
            Outgoing(text, replaces=row.receipt),
            digest_rendering.lasting_text_of(row, stories),
        )

    async def _write(self, team: TeamRow) -> None:
        """Writes a row for each group chat of the team, in a week in which enough had a round."""
        chats = await teams.group_chats_of(self._session, team.id)
        if not chats or await weeks.have_had_round(self._session, team, self._now) < self._minimum:
            return
        board = await self._board(team, is_locked=True)  # by `due_teams`
        say, monday = Words(team.language), teams.monday(team, self._now)
        stories = await digests.new_stories(self._session, self._vault, team.id, self._now)
        titles = await self._titles_in(team.language)
        nameless = sum(not story.named for story in stories)
        for chat in chats:
            if await digests.digest_of_week(self._session, team.id, monday, chat.channel):
                continue
            row = DigestRow(
                team_id=team.id,
                monday=monday,
                channel=chat.channel,
                address=chat.posting_address,
                language=team.language,
                body=board_rendering.words(board, titles, say),
                question=say.one_of("digest.questions", monday.isocalendar().week),
                send_at=self._now,
                nameless=nameless,
                nameless_until=team.next_digest_at if nameless else None,
            )
            self._session.add(row)
            await self._session.flush()  # the stories refer to its number
            for position, story in enumerate(stories):
                self._session.add(
                    StoryRow(
                        digest_id=row.id,
                        nudge_id=story.nudge_id,
                        position=position,
                        named=story.named,
                    )
                )
        await self._session.flush()  # so that `lease` finds the rows

    async def _picture(self, row: DigestRow) -> Outgoing:
        team = await self._session.get_one(TeamRow, row.team_id)
        say, titles = Words(row.language), await self._titles_in(row.language)
        heading = say("digest.heading", team=team.name)
        picture = board_rendering.picture(await self._board(team), titles, say)
        return Outgoing(heading, picture=picture)

    async def _board(self, team: TeamRow, *, is_locked: bool = False) -> Board:
        """Returns the team's board now; looking closes past weeks, so it locks the team."""
        if team.id not in self._boards:
            self._boards[team.id] = await weeks.board_of(
                self._session, team, self._minimum, self._now, is_locked=is_locked
            )
        return self._boards[team.id]

    async def _titles_in(self, language: str) -> board_rendering.Titles:
        if language not in self._titles:
            self._titles[language] = await board_rendering.titles_in(self._session, language)
        return self._titles[language]


def _is_holiday(team: TeamRow, due_at: datetime) -> bool:
    return is_public_holiday(local_day(due_at, ZoneInfo(team.zone)))
