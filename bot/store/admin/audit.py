"""The audit trail: who did what that matters to others, in a chain that shows any change.

Each entry holds the HMAC-SHA-256 of the hash before it and of itself in a canonical form: the JSON
array `[number, at, actor, action, subject, detail]` with `at` in UTC to the microsecond, without
spaces (compare RFC 8785). The key is derived from one in the key store (see `bot.store.members.
vault`), so whoever has the database alone cannot write later hashes anew. Who has the keys as well
can; then the last hash, which `olievlek audit verify` prints, is another.
"""

import hmac
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.db.column_types import audit_key_of
from bot.store.db.engine import ADVISORY_LOCK_SPACE
from bot.store.schema.audit import DETAIL_LENGTH, HASH_LENGTH, AuditEntryRow

FIRST_HASH = "0" * HASH_LENGTH
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
    TEAM_CREATED = "team_created"
    TEAM_RENAMED = "team_renamed"
    TEAM_DELETED = "team_deleted"


@dataclass(frozen=True, slots=True)
class Act:
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


async def record(session: AsyncSession, act: Act, at: datetime) -> None:
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
        audit_key_of(connection.dialect), FIRST_HASH if last is None else last.hash, row
    )
    session.add(row)
    await session.flush()


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
    """Follows the chain from its beginning to the end, or to the first entry that does not fit."""
    key = audit_key_of(session.get_bind().dialect)
    number, last_hash = 0, FIRST_HASH
    async for row in entries(session):
        if row.number != number + 1 or row.hash != _hash(key, last_hash, row):
            return Verification(number, last_hash, number + 1)
        number, last_hash = row.number, row.hash
    return Verification(number, last_hash, None)


def _hash(key: bytes, before: str, row: AuditEntryRow) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    values = [row.number, at, row.actor, row.action, row.subject, row.detail]
    canonical = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, f"{before}{canonical}".encode(), "sha256").hex()
