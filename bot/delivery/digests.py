"""The week's message to each team's group chat: claimed, sent, and told anew when it has to be."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import wait_exponential_jitter

from bot.channels.base import MessageRejected, SendError, TemporaryFailure, Unreachable
from bot.conversation.render import board
from bot.conversation.render import digests as stories
from bot.conversation.team.group_chats import messages_for_leads
from bot.conversation.words import Words
from bot.core.rhythm import local_day
from bot.core.team_board import Phase
from bot.core.workdays import is_public_holiday
from bot.delivery.backoff import wait_before_try
from bot.delivery.sender import Sender
from bot.messages import Address, Clock, OtherChats, Outgoing
from bot.store.db import leases
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.members.vault import Vault
from bot.store.schema.teams import DigestRow, StoryRow, TeamRow
from bot.store.teams import digests, teams, weeks

log = structlog.get_logger(__name__)
BATCH = 20
# What is later than this says nothing of the week any more.
EXPIRES_AFTER = timedelta(hours=24)
BETWEEN_TRIES = wait_exponential_jitter(multiplier=5, max=600, jitter=5)
MAX_ATTEMPTS = 30  # some four hours
# Of a week in which nobody had a round, or in which nothing may be shown, nothing is told.
WORTH_TELLING = frozenset({Phase.EARLY, Phase.COUNTS})


@dataclass(frozen=True, slots=True)
class _LeasedDigest:
    """A digest that goes out: first the picture, then the words that may change later."""

    id: int
    leased_until: datetime
    to: Address
    picture: Outgoing | None
    words: Outgoing
    again: int


class DigestSender:
    """Tells each team once a week how it goes.

    Args:
        database: where teams are.
        vault: opens what was shared.
        delivery: brings one message.
        clock: tells the present.
        held: the names of the channels that this process may send on now.
        minimum: how many members need to have had a round before a team has figures.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        delivery: Sender,
        clock: Clock,
        held: Callable[[], Collection[str]],
        minimum: int,
    ) -> None:
        self._database, self._vault, self._delivery = database, vault, delivery
        self._clock, self._held, self._minimum = clock, held, minimum
        self._pictured: set[int] = set()  # whose picture is there, and whose words are not yet

    async def tick(self) -> int:
        """Sends what is due; how many digests were attempted."""
        channels = list(self._held())
        if not channels:
            return 0
        try:
            parcels = await self._claim(channels)
        except DATABASE_ERRORS as error:  # told by the sending of nudges already
            log.info("digests not looked at", error=error_message(error))
            return 0
        for parcel in parcels:
            try:
                await self._send(parcel)
            except DATABASE_ERRORS as error:
                log.error("digest not noted", digest=parcel.id, error=error_message(error))
            except Exception as error:
                log.error("digest not sent: a fault of ours", digest=parcel.id, exc_info=error)
        return len(parcels)

    async def close_weeks(self) -> None:
        """Makes counts of the weeks that are over, of every team."""
        now = self._clock()
        begun = (now + timedelta(hours=14)).date()  # wherever a Monday begins first
        monday = begun - timedelta(days=begun.weekday())
        while True:
            async with self._database.transaction() as session:
                found = await weeks.teams_to_close(session, monday, BATCH)
                before = [team.open_week for team in found]
                for team in found:
                    await weeks.close_weeks(session, team, self._minimum, now)
                if before == [team.open_week for team in found]:
                    return

    async def _claim(self, channels: Collection[str]) -> list[_LeasedDigest]:
        now = self._clock()
        async with self._database.transaction() as session:
            for team in await digests.due_teams(session, now, BATCH):
                due = team.next_digest_at or now
                teams.plan_digest(team, now)
                if now - due <= EXPIRES_AFTER and not _is_holiday(team, due):
                    await self._write(session, team, now)
            parcels = []
            for row in await digests.pending_to_send(session, now, channels, BATCH):
                if row.receipt is None and now - (row.send_at or now) > EXPIRES_AFTER:
                    leases.release(row, None)
                    continue
                leases.take(row, now + digests.LEASE)
                parcels.append(await self._parcel(session, row, now))
        return parcels

    async def _write(self, session: AsyncSession, team: TeamRow, now: datetime) -> None:
        """A row for each group chat of the team, if there is anything to tell."""
        chats = await teams.group_chats_of(session, team.id)
        shown = await weeks.board_of(session, team, self._minimum, now)
        if not chats or shown.phase not in WORTH_TELLING:
            return
        say, monday = Words(team.language), teams.monday(team, now)
        told = await digests.new_stories(session, self._vault, team.id, now)
        titles = await board.titles_in(session, team.language)
        for chat in chats:
            if await digests.digest_of_week(session, team.id, monday, chat.channel) is not None:
                continue
            row = DigestRow(
                team_id=team.id,
                monday=monday,
                channel=chat.channel,
                address=chat.posting_address,
                language=team.language,
                body=board.words(shown, titles, say),
                question=say.one_of("digest.questions", monday.isocalendar().week),
                send_at=now,
            )
            session.add(row)
            await session.flush()
            for position, story in enumerate(told):
                session.add(StoryRow(digest_id=row.id, nudge_id=story.nudge_id, position=position))
        await session.flush()

    async def _parcel(self, session: AsyncSession, row: DigestRow, now: datetime) -> _LeasedDigest:
        say = Words(row.language)
        text = await stories.current_text(session, self._vault, row)
        picture = None
        if row.receipt is None and row.id not in self._pictured:
            team = await session.get_one(TeamRow, row.team_id)
            shown = await weeks.board_of(session, team, self._minimum, now)
            titles = await board.titles_in(session, row.language)
            heading = say("digest.heading", team=team.name)
            picture = Outgoing(heading, picture=board.picture(shown, titles, say))
        words = Outgoing(text, replaces=row.receipt)
        until = row.leased_until or now
        return _LeasedDigest(
            row.id, until, Address(row.channel, row.address), picture, words, row.attempts
        )

    async def _send(self, parcel: _LeasedDigest) -> None:
        key = f"digest-{parcel.id}"
        try:
            if parcel.picture is not None:
                await self._delivery.bring(parcel.to, parcel.picture, f"{key}-picture")
                self._pictured.add(parcel.id)
            # Each time that it is told anew is a message of its own to the platform.
            again = f"{key}-{self._clock().timestamp():.0f}" if parcel.words.replaces else key
            receipt = await self._delivery.bring(parcel.to, parcel.words, again)
        except (Unreachable, MessageRejected) as error:
            log.info("digest refused", channel=parcel.to.channel, error=str(error))
            await self._give_up(parcel, gone=isinstance(error, Unreachable))
        except SendError as error:
            log.warning("digest not sent", digest=parcel.id, error=str(error))
            await self._again(parcel, error)
        else:
            await self._arrived(parcel, receipt)

    async def _arrived(self, parcel: _LeasedDigest, receipt: str | None) -> None:
        """Notes it; what was taken back while it was on its way, has it told anew.

        So does a first time that was a repeat: the platform may have kept the words of before.
        """
        self._pictured.discard(parcel.id)
        async with self._database.transaction() as session:
            row = await session.get(DigestRow, parcel.id)
            if row is None:
                return
            repeated = row.receipt is None and parcel.again > 1
            row.receipt = row.receipt or receipt
            row.sent_at = row.sent_at or self._clock()
            if not leases.is_still_ours(row, parcel.leased_until):  # it has to be told anew already
                return
            stands = await stories.current_text(session, self._vault, row) == parcel.words.text
            anew = row.receipt is not None and (repeated or not stands)
            leases.release(row, self._clock() if anew else None)

    async def _again(self, parcel: _LeasedDigest, error: SendError) -> None:
        asked = error.after if isinstance(error, TemporaryFailure) else timedelta()
        async with self._database.transaction() as session:
            row = await session.get(DigestRow, parcel.id)
            if row is not None:
                wait = max(asked, wait_before_try(BETWEEN_TRIES, parcel.again))
                leases.release(row, self._clock() + wait if parcel.again < MAX_ATTEMPTS else None)

    async def _give_up(self, parcel: _LeasedDigest, *, gone: bool) -> None:
        """It will not be said there; the leads are told, and a chat that is gone is forgotten."""
        told: OtherChats = []
        self._pictured.discard(parcel.id)
        async with self._database.transaction() as session:
            row = await session.get(DigestRow, parcel.id)
            if row is None:
                return
            leases.release(row, None)
            team = await session.get_one(TeamRow, row.team_id)
            chats = {chat.channel: chat for chat in await teams.group_chats_of(session, team.id)}
            chat = chats.get(parcel.to.channel)
            if (
                parcel.words.replaces is None
                and chat is not None
                and chat.posting_address == parcel.to.id
            ):
                told = await messages_for_leads(
                    session, team, "lead.put_out" if gone else "lead.muted"
                )
                if gone:
                    await teams.disconnect_group_chat(session, chat.channel, chat.address)
        for where, message in told:
            if where.channel not in self._delivery.channels:
                continue
            try:
                key = f"digest-{parcel.id}-lead-{where.id}"
                await self._delivery.bring(where, message, key)
            except SendError as error:
                log.warning("lead not told", channel=where.channel, error=str(error))


def _is_holiday(team: TeamRow, due: datetime) -> bool:
    return is_public_holiday(local_day(due, ZoneInfo(team.zone)))
