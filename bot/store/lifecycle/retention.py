"""Retention: what is too old is deleted, kind by kind, in batches that each are a transaction.

What is too old is one query per kind, which counts in a dry run and deletes otherwise.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Exists, Select, delete, exists, func, inspect, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.privacy.retention import Cutoffs
from bot.store.db.locks import leases
from bot.store.lifecycle import moments, old_rounds, silent_members
from bot.store.schema.base import Base
from bot.store.schema.challenges import DraftRow
from bot.store.schema.chat import (
    ChatBrowserRow,
    ChatFarewellRow,
    ChatKeyRow,
    MailboxRow,
)
from bot.store.schema.inbox import IS_SET_ASIDE, InboxRow
from bot.store.schema.members import AbsenceRow, AddressRow, LinkCodeRow
from bot.store.schema.nudges import (
    NudgeRow,
    PendingChoicesRow,
    ProcessedUpdateRow,
    ReceiptRow,
    ReflectionRow,
    SentMessageRow,
)
from bot.store.schema.outbox import OutboxRow
from bot.store.schema.teams import DigestRow, GroupRequestRow, InvitationRow, RoleRow, ShareRow
from bot.store.schema.web import (
    OpeningRow,
    OrganisationAccountRow,
    OrganisationCodeRow,
    SignInRow,
    WebSessionRow,
)

BATCH = 500

TooOld = Callable[[Cutoffs, int | None], Select[Any]]


class Kind(NamedTuple):
    """A kind of thing that is deleted when it is too old.

    Attributes:
        table: whose rows these are.
        too_old: returns the query for the primary keys of rows that are too old; at most so many.
    """

    table: type[Base]
    too_old: TooOld


def _reflections(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """Looks at the oldest only: they have the lowest ids, so no index on the moment is needed."""
    oldest = select(ReflectionRow).order_by(ReflectionRow.id).limit(limit).subquery()
    return select(oldest.c.id).where(oldest.c.written_at < cutoffs.reflections)


def _shares(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """What was shared goes with the reflections, not before."""
    written = exists().where(ReflectionRow.nudge_id == ShareRow.nudge_id)
    is_old = ShareRow.shared_at < cutoffs.reflections
    return select(ShareRow.nudge_id).where(is_old, ~written).limit(limit)


def _receipts(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    oldest = select(ReceiptRow).order_by(ReceiptRow.id).limit(limit).subquery()
    return (
        select(oldest.c.id)
        .join(NudgeRow, NudgeRow.id == oldest.c.nudge_id)
        .where(NudgeRow.day < cutoffs.receipts)
    )


def _absences(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """An absence on a day of which there is a nudge stays: without it that round was missed."""
    has_nudge = exists().where(
        NudgeRow.member_id == AbsenceRow.member_id,
        NudgeRow.day.between(AbsenceRow.first_day, AbsenceRow.last_day),
    )
    is_old = AbsenceRow.last_day < cutoffs.absences
    return select(AbsenceRow.id).where(is_old, ~has_nudge).limit(limit)


def _digests(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(DigestRow.id).where(DigestRow.monday < cutoffs.digests).limit(limit)


def _choices(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    is_old = PendingChoicesRow.offered_at < cutoffs.choices
    return select(PendingChoicesRow.id).where(is_old).limit(limit)


def _processed(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    row = ProcessedUpdateRow
    key: Select[Any] = select(*inspect(row).primary_key)
    return key.where(row.processed_at < cutoffs.processed).limit(limit)


def _sent_messages(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    row = SentMessageRow
    key: Select[Any] = select(*inspect(row).primary_key)
    return key.where(row.sent_at <= cutoffs.deletable).limit(limit)


def _link_codes(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(LinkCodeRow.member_id).where(LinkCodeRow.expires_at <= cutoffs.now).limit(limit)


def _sign_ins(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(SignInRow.address_id).where(SignInRow.expires_at <= cutoffs.now).limit(limit)


def _openings(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(OpeningRow.digest).where(OpeningRow.expires_at <= cutoffs.now).limit(limit)


def _organisation_codes(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    row = OrganisationCodeRow
    return select(row.id).where(row.expires_at <= cutoffs.now).limit(limit)


def _organisation_accounts(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """Of chats that have no member any more."""
    row = OrganisationAccountRow
    is_old = row.linked_at < cutoffs.mailbox
    return select(row.subject).where(is_old, ~_has_member(row)).limit(limit)


def _roles(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """Of those that the organisation's sign-in gave, and did not confirm since."""
    return select(RoleRow.id).where(RoleRow.until <= cutoffs.now).limit(limit)


def _web_sessions(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(WebSessionRow.id).where(WebSessionRow.expires_at <= cutoffs.now).limit(limit)


def _mailbox(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(MailboxRow.id).where(MailboxRow.sent_at < cutoffs.mailbox).limit(limit)


def _chat_farewells(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(ChatFarewellRow.digest).where(ChatFarewellRow.at < cutoffs.mailbox).limit(limit)


def _chat_browsers(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """Of those that began nothing within a day too: of a chat without a member nothing is kept."""
    row = ChatBrowserRow
    is_old = (row.expires_at <= cutoffs.now) | (
        (row.created_at < cutoffs.mailbox) & ~_has_member(row)
    )
    return select(row.id).where(is_old).limit(limit)


def _chat_keys(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """Of chats that have had no member for a day too, as of their browsers."""
    row = ChatKeyRow
    key: Select[Any] = select(*inspect(row).primary_key)
    is_old = (row.expires_at <= cutoffs.now) | (
        (row.created_at < cutoffs.mailbox) & ~_has_member(row)
    )
    return key.where(is_old).limit(limit)


def _has_member(
    row: type[ChatBrowserRow] | type[ChatKeyRow] | type[OrganisationAccountRow],
) -> Exists:
    return exists().where(AddressRow.channel == row.channel, AddressRow.address == row.address)


def _invitations(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    is_old = InvitationRow.expires_at < cutoffs.invitations
    return select(InvitationRow.id).where(is_old).limit(limit)


def _group_requests(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    row = GroupRequestRow
    return select(row.id).where(row.expires_at <= cutoffs.now).limit(limit)


def _drafts(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    return select(DraftRow.member_id).where(DraftRow.saved_at < cutoffs.drafts).limit(limit)


def _set_aside(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    is_old = InboxRow.set_aside_at < cutoffs.set_aside
    return select(InboxRow.id).where(IS_SET_ASIDE, is_old).limit(limit)


def _outbox(cutoffs: Cutoffs, limit: int | None) -> Select[Any]:
    """What is being sent is left alone, whoever sends it."""
    is_free = leases.is_free(OutboxRow.leased_until, cutoffs.now)
    return select(OutboxRow.id).where(OutboxRow.expires_at <= cutoffs.now, is_free).limit(limit)


KINDS: Mapping[str, Kind] = {
    "reflections": Kind(ReflectionRow, _reflections),
    "shares": Kind(ShareRow, _shares),
    "digests": Kind(DigestRow, _digests),
    "absences": Kind(AbsenceRow, _absences),
    "receipts": Kind(ReceiptRow, _receipts),
    "pending_choices": Kind(PendingChoicesRow, _choices),
    "processed_updates": Kind(ProcessedUpdateRow, _processed),
    "sent_messages": Kind(SentMessageRow, _sent_messages),
    "link_codes": Kind(LinkCodeRow, _link_codes),
    "sign_ins": Kind(SignInRow, _sign_ins),
    "openings": Kind(OpeningRow, _openings),
    "organisation_codes": Kind(OrganisationCodeRow, _organisation_codes),
    "organisation_accounts": Kind(OrganisationAccountRow, _organisation_accounts),
    "roles": Kind(RoleRow, _roles),
    "web_sessions": Kind(WebSessionRow, _web_sessions),
    "mailbox": Kind(MailboxRow, _mailbox),
    "chat_farewells": Kind(ChatFarewellRow, _chat_farewells),
    "chat_browsers": Kind(ChatBrowserRow, _chat_browsers),
    "chat_keys": Kind(ChatKeyRow, _chat_keys),
    "invitations": Kind(InvitationRow, _invitations),
    "group_requests": Kind(GroupRequestRow, _group_requests),
    "drafts": Kind(DraftRow, _drafts),
    "inbox": Kind(InboxRow, _set_aside),
    "outbox": Kind(OutboxRow, _outbox),
}


async def count(session: AsyncSession, kind: Kind, cutoffs: Cutoffs) -> int:
    """Returns how many rows of this kind are too old."""
    return await _count(session, kind.too_old(cutoffs, None))


async def _count(session: AsyncSession, query: Select[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(query.subquery())) or 0


async def delete_batch(session: AsyncSession, kind: Kind, cutoffs: Cutoffs) -> int:
    """Deletes at most `BATCH` rows of this kind that are too old; returns how many those were.

    None left means that nothing is too old any more.
    """
    key = inspect(kind.table).primary_key
    too_old = kind.too_old(cutoffs, BATCH)
    deleted = await session.execute(
        delete(kind.table)
        .where(tuple_(*key).in_(too_old))
        .returning(*key)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


async def preview(session: AsyncSession, cutoffs: Cutoffs) -> dict[str, int]:
    """Returns how much of each kind is too old, and changes nothing."""
    counts = {
        "notices": await _count(session, silent_members.to_notify(cutoffs)),
        "members": await _count(session, silent_members.to_erase(cutoffs)),
    }
    for name, kind in KINDS.items():
        counts[name] = await count(session, kind, cutoffs)
    counts["answers"] = await _count_old_rounds(session, cutoffs)
    counts["moments"] = await moments.count_moments(session, cutoffs)
    counts["written"] = await moments.count_written(session, cutoffs)
    return counts


async def _count_old_rounds(session: AsyncSession, cutoffs: Cutoffs) -> int:
    """Returns how many nudges are of rounds of which counts are enough."""
    total, last = 0, 0
    while member_ids := await old_rounds.members_with_old(session, cutoffs, last):
        last = member_ids[-1]
        found = await old_rounds.old_rounds_of(session, member_ids, cutoffs)
        total += sum(len(old.nudges) for old in found)
    return total
