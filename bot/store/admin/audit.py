"""The audit trail: who did what that matters to others, in a chain that shows any change.

Each entry holds the HMAC-SHA-256 of the hash before it and of itself in a canonical form: the JSON
array `[number, at, actor, action, subject, detail]` with `at` in UTC to the microsecond, without
spaces (compare RFC 8785). The key is derived from one in the key store (see `bot.store.members.
vault`), so whoever has the database alone cannot write later hashes anew. Who has the keys as well
can; then the last hash, which `olievlek audit verify` prints, is another. Entries that were taken
off the end are missed by the head, which is in the key store (see `bot.store.keys.audit_head`).
"""

import hmac
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.column_types import audit_key_of, follower_of
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.locks.advisory import ADVISORY_LOCK_SPACE
from bot.store.db.notifications.after_commit import after_commit
from bot.store.keys.audit_head import AuditHead, AuditHeads
from bot.store.schema.audit import DETAIL_LENGTH, HASH_LENGTH, AuditEntryRow

log = structlog.get_logger(__name__)

FIRST_HASH = "0" * HASH_LENGTH
SEEN_DIGITS = 16  # hexadecimal digits of a hash, as the entry of a restore has it
AUDIT_LOCK = 1  # beside 0, which publishing and upgrading take
SYSTEM = "system"
GROUP = "group"  # what an invitation is for, if not for people


class Action(StrEnum):
    """What was done."""

    GRANTED = "granted"
    REVOKED = "revoked"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    WITHDRAWN = "withdrawn"
    PROGRAMME_ORDERED = "programme_ordered"
    EXPORTED = "exported"
    ERASED = "erased"
    LINKED = "linked"
    UNLINKED = "unlinked"
    INVITED = "invited"
    INVITATION_REVOKED = "invitation_revoked"
    GROUP_CONNECTED = "group_connected"
    GROUP_DISCONNECTED = "group_disconnected"
    RESTORED = "restored"
    KEYS_ROTATED = "keys_rotated"
    DISCARDED = "discarded"
    TEAM_CREATED = "team_created"
    TEAM_RENAMED = "team_renamed"
    TEAM_DELETED = "team_deleted"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is recorded.

    Attributes:
        actor: `operator:beheer`, `member:12` or `system`.
        action: what they did.
        subject: to what, such as `team:3`: the kind and the id of a row, or a keyed digest; never
            a name.
        detail: more, such as `version:3,team:7`; never what somebody wrote to the bot.
    """

    actor: str
    action: Action
    subject: str
    detail: str = ""


class Ending(StrEnum):
    """How the end of the trail compares with its head.

    Each but the first is the message about it. `BEHIND` is what a crash between the two databases
    leaves; the next entry takes the head along.
    """

    WHOLE = "whole"
    BEHIND = "trail.behind"
    CUT_OFF = "trail.cut_off"
    OTHER = "trail.other"
    NO_HEAD = "trail.no_head"

    @property
    def is_trouble(self) -> bool:
        """Whether entries are missing, or nobody can tell."""
        return self not in (Ending.WHOLE, Ending.BEHIND)


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of following the chain.

    Attributes:
        entries: how many there are up to the first broken one.
        last_hash: the hash of the last of these.
        broken: the number of the first entry that does not fit; None: all do.
    """

    entries: int
    last_hash: str
    broken: int | None


def member(member_id: int) -> str:
    """Returns how the trail calls a member, as actor and as subject."""
    return f"member:{member_id}"


def team(team_id: int) -> str:
    """Returns how the trail calls a team."""
    return f"team:{team_id}"


def challenge_set(name: str) -> str:
    """Returns how the trail calls a challenge set."""
    return f"set:{name}"


def programme(name: str) -> str:
    """Returns how the trail calls a programme."""
    return f"programme:{name}"


def publication(version: int, audience: Iterable[int | None]) -> str:
    """Returns how the trail calls a version for teams, or for everybody (None)."""
    team_ids = [team_id for team_id in audience if team_id is not None]
    return ",".join([f"version:{version}", *map(team, team_ids)])


def role(name: str, team_id: int | None) -> str:
    """Returns how the trail calls a role, with its team if it has one."""
    return name if team_id is None else f"{name},{team(team_id)}"


def invitation(uses: int, until: datetime) -> str:
    """Returns how the trail calls an invitation of people."""
    return f"uses:{uses},until:{until:%Y-%m-%d}"


def one_invitation(number: int) -> str:
    """Returns how the trail calls one invitation that was revoked alone."""
    return f"invitation:{number}"


async def record(session: AsyncSession, act: NewEntry, at: datetime) -> None:
    """Adds an entry, in the transaction of the act itself: there is never one without the other.

    Call it last. Entries are added one at a time, so that the chain cannot fork: on PostgreSQL by
    an advisory lock that is held until the transaction ends, on SQLite because a transaction that
    writes is the only one.
    """
    await session.flush()
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:ours, :audit)"),
            {"ours": ADVISORY_LOCK_SPACE, "audit": AUDIT_LOCK},
        )
    query = select(AuditEntryRow).order_by(AuditEntryRow.number.desc()).limit(1)
    last = await session.scalar(query)
    row = AuditEntryRow(
        number=1 if last is None else last.number + 1,
        at=at,
        actor=act.actor,
        action=act.action,
        subject=act.subject,
        detail=act.detail[:DETAIL_LENGTH],
    )
    row.hash = _hash(
        audit_key_of(session.get_bind().dialect), FIRST_HASH if last is None else last.hash, row
    )
    session.add(row)
    await session.flush()
    follow = follower_of(session.get_bind().dialect)
    if follow is not None:
        head = AuditHead(row.number, row.hash)
        after_commit(session, partial(follow, head, replaces=act.action is Action.RESTORED))


async def entries(session: AsyncSession) -> AsyncIterator[AuditEntryRow]:
    """Yields all entries, the oldest first."""
    rows = await session.stream_scalars(select(AuditEntryRow).order_by(AuditEntryRow.number))
    async for row in rows:
        yield row


async def newest(session: AsyncSession, limit: int) -> Sequence[AuditEntryRow]:
    """Returns at most so many entries, the newest first."""
    query = select(AuditEntryRow).order_by(AuditEntryRow.number.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def entries_of_team(
    session: AsyncSession, team_id: int, before: int | None, limit: int
) -> list[AuditEntryRow]:
    """Returns entries about a team, the newest first: it is the subject, or in the detail.

    Args:
        session: a transaction.
        team_id: the team.
        before: the number of an entry: only entries before that; None: the newest.
        limit: how many at most.
    """
    in_detail = ("," + AuditEntryRow.detail + ",").contains(f",{team(team_id)},")
    query = select(AuditEntryRow).where((AuditEntryRow.subject == team(team_id)) | in_detail)
    if before is not None:
        query = query.where(AuditEntryRow.number < before)
    rows = await session.scalars(query.order_by(AuditEntryRow.number.desc()).limit(limit))
    return list(rows.all())


async def verify(session: AsyncSession) -> Verification:
    """Checks the hash of each entry, from the first to the last or to one that does not fit.

    Returns:
        How many entries fit, the hash of the last of them, and the number of the first that does
        not; None: all fit.
    """
    key = audit_key_of(session.get_bind().dialect)
    number, last_hash = 0, FIRST_HASH
    async for row in entries(session):
        if row.number != number + 1 or row.hash != _hash(key, last_hash, row):
            return Verification(number, last_hash, number + 1)
        number, last_hash = row.number, row.hash
    return Verification(number, last_hash, None)


def seen(head: AuditHead | None) -> str:
    """Returns the detail of a restore's entry: `head:57,…` for the head it replaces."""
    return "head:none" if head is None else f"head:{head.number},{head.hash[:SEEN_DIGITS]}"


async def ending(session: AsyncSession, head: AuditHead | None) -> Ending:
    """Returns how the end of the trail compares with its head.

    A restore shortens the trail rightly: its entry names the head that it saw, so that one fits
    although a crash kept it from being replaced.
    """
    if head is None:
        return Ending.NO_HEAD
    last = await session.scalar(select(func.max(AuditEntryRow.number))) or 0
    if await _has(session, head):
        return Ending.WHOLE if last == head.number else Ending.BEHIND
    query = select(AuditEntryRow.detail).where(AuditEntryRow.action == Action.RESTORED)
    restored = await session.scalar(query.order_by(AuditEntryRow.number.desc()).limit(1))
    if restored == seen(head):
        return Ending.BEHIND
    return Ending.CUT_OFF if last < head.number else Ending.OTHER


async def last_entry(session: AsyncSession) -> AuditHead:
    """Returns the last entry, which is to be the head."""
    [*rows] = await newest(session, 1)
    return AuditHead(rows[0].number, rows[0].hash) if rows else AuditHead(0, FIRST_HASH)


async def _has(session: AsyncSession, head: AuditHead) -> bool:
    """Returns whether the trail has this entry, or is to begin with it."""
    if head.number == 0:
        return head.hash == FIRST_HASH
    query = select(AuditEntryRow.hash).where(AuditEntryRow.number == head.number)
    return await session.scalar(query) == head.hash


async def begin_head(database: Database, heads: AuditHeads) -> None:
    """Keeps a head for a trail without entries, unless there is one.

    Where there are no tables yet, the next start does that.
    """
    with suppress(*DATABASE_ERRORS):
        async with database.reading() as session:
            last = await last_entry(session)
        if last.number == 0:
            await heads.begin(last)


async def follow(database: Database, heads: AuditHeads, head: AuditHead, *, replaces: bool) -> None:
    """Takes the head along to an entry that was committed.

    Not to one of a trail that lost the entry at the head: then that stays seen.

    Args:
        database: with the trail.
        heads: keeps the head.
        head: the entry.
        replaces: whether it is the entry of a restore, which the head follows anywhere.
    """
    try:
        if replaces:
            await heads.replace(head)
            return
        while (before := await heads.read()) is not None and before.number < head.number:
            async with database.reading() as session:
                if not await _has(session, before):
                    log.error("entries are missing from the audit trail", head=before.number)
                    return
            if await heads.advance(before, head):
                return
    except DATABASE_ERRORS as error:  # the entry is there, and the next one takes the head along
        log.warning("the head of the audit trail was not kept", error=error_message(error))


def _hash(key: bytes, before: str, row: AuditEntryRow) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    values = [row.number, at, row.actor, row.action, row.subject, row.detail]
    canonical = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, f"{before}{canonical}".encode(), "sha256").hex()
