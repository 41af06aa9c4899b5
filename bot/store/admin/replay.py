"""Replaying the ledger on a restored database: what was taken away since stays away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.store.admin import kept_history, sequences
from bot.store.admin.kept_history import LEDGER, POSITIONS, KeptHistory
from bot.store.boxes import inbox, outbox
from bot.store.lifecycle import erase, ledger
from bot.store.lifecycle.linking import links
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.ledger import Act
from bot.store.schema.members import (
    AddressRow,
    LinkCodeRow,
    LinkRequestRow,
    LinkRow,
    MemberRow,
)
from bot.store.schema.nudges import ReflectionRow
from bot.store.schema.teams import (
    InvitationKind,
    InvitationRow,
    MembershipRow,
    RoleRow,
    ShareRow,
    TeamChatRow,
)
from bot.store.schema.web import (
    OrganisationAccountRow,
    OrganisationCodeRow,
    SignInRow,
    WebSessionRow,
)
from bot.store.teams import invitations, shares, teams


@dataclass(frozen=True, slots=True)
class Refused:
    """How many of each were dropped because nobody knows whether they were taken back since."""

    roles: int
    shares: int
    invitations: int
    group_chats: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was taken away from a restored database again.

    Attributes:
        acts: how many acts since the backup the ledger told of.
        erased: how many members were erased again.
        refused: what was dropped because there was no ledger; None: there was one.
    """

    acts: int
    erased: int
    refused: Refused | None


async def replay(session: AsyncSession, vault: Vault, at: datetime) -> Replayed:
    """Takes away from a restored database what was taken away since its backup was made.

    The ledger and the other tables of `CARRIED_OVER` are completed from what `kept_history` holds,
    which is dropped then. All that waited to be sent was sent since, so it goes; what waited in the
    inbox was handled, and what a platform brought since is not asked for again. Ids continue after
    the highest of both databases, so that no new row gets the id of an erased one.

    Without such a history, or with that of a database which is no later state of this one, nobody
    knows what was taken back since: then roles, shares, invitations and group chats are all
    dropped. Such a history is not carried over, because its ids are those of others.

    Args:
        session: one transaction for all of it.
        vault: with the key of this database, to merge members again.
        at: the present.

    Raises:
        OperationRefused: members have to be merged, and the key is another one.
    """
    kept = await kept_history.read(session)
    is_known = kept is not None and await _is_later(session, kept)
    entries = await _carry_over(session, kept) if kept is not None and is_known else []
    # Before anything is recorded: an entry may not get the number of one that was carried over.
    connection = await session.connection()
    await sequences.continue_after(connection, {} if kept is None else kept.highest_ids)
    erased = await _count_members(session, entries)
    await _repeat(session, vault, entries)
    refused = None if is_known else await _refuse_grants(session, at)
    if kept is not None and is_known:
        await _replace(session, kept)
    await invitations.revoke_everything(session, at, InvitationKind.GROUP)  # perhaps used since
    await _end_what_was_short(session, at)
    await inbox.start_over(session, _positions(kept))
    await outbox.drop_everything(session)
    await session.flush()
    await kept_history.drop(connection)
    return Replayed(len(entries), erased, refused)


async def _count_members(session: AsyncSession, entries: Iterable[Row[Any]]) -> int:
    """Returns how many of the members who were erased since are in this database."""
    erased = [entry.subject_id for entry in entries if entry.act is Act.ERASED]
    query = select(func.count()).select_from(MemberRow).where(MemberRow.id.in_(erased))
    return await session.scalar(query) or 0


# -- what is known


async def _is_later(session: AsyncSession, kept: KeptHistory) -> bool:
    """Returns whether the history goes on from this backup: it has all that the backup has."""
    own = await kept_history.rows_by_key(session, Base.metadata.tables[LEDGER])
    known = kept.rows[LEDGER]
    members = MemberRow.__tablename__
    own_highest = (await sequences.highest_ids(await session.connection()))[members]
    has_all = all(key in known and tuple(known[key]) == tuple(row) for key, row in own.items())
    return has_all and kept.highest_ids.get(members, 0) >= own_highest


async def _refuse_grants(session: AsyncSession, at: datetime) -> Refused:
    """Drops all that somebody may have taken back; the ledger says so, for the next restore."""
    await session.execute(delete(OrganisationAccountRow))  # which is linked again in a minute
    return Refused(
        roles=await roles.revoke_everything(session, at),
        shares=await shares.withdraw_everything(session, at),
        invitations=await invitations.revoke_everything(session, at),
        group_chats=await teams.disconnect_everything(session, at),
    )


async def _end_what_was_short(session: AsyncSession, at: datetime) -> None:
    """Ends what lasts minutes or hours, and may have been ended or used since: one signs in anew.

    A role of the organisation's that was to end by now is taken back, as it was then.
    """
    for row in (SignInRow, WebSessionRow, OrganisationCodeRow, LinkCodeRow, LinkRequestRow):
        await session.execute(delete(row))
    await roles.revoke_ended(session, at)


async def _carry_over(session: AsyncSession, kept: KeptHistory) -> Sequence[Row[Any]]:
    """Adds the rows that this database lacks; returns the entries of the ledger among them."""
    await session.flush()
    missing: dict[str, list[Row[Any]]] = {}
    for table in kept_history.carried_over_tables():
        own = await kept_history.rows_by_key(session, table)
        rows = [row for key, row in kept.rows.get(table.name, {}).items() if key not in own]
        missing[table.name] = rows
        if rows:
            await session.execute(insert(table), [dict(row._mapping) for row in rows])
    return missing[LEDGER]


async def _replace(session: AsyncSession, kept: KeptHistory) -> None:
    """Has the rows of now take the place of those of the backup, where they say who may come in."""
    for table in kept_history.replaced_tables():
        if table.name in kept.rows:
            await session.execute(delete(table))
            rows = [dict(row._mapping) for row in kept.rows[table.name].values()]
            if rows:
                await session.execute(insert(table), rows)


def _positions(kept: KeptHistory | None) -> dict[str, tuple[str, datetime]]:
    rows = {} if kept is None else kept.rows.get(POSITIONS, {})
    return {row.channel: (row.position, row.reached_at) for row in rows.values()}


# -- doing it again


async def _repeat(session: AsyncSession, vault: Vault, entries: Sequence[Row[Any]]) -> None:
    """Does again what the entries say, as far as what it was done to is there.

    Merges that were undone go first: who was split off and erased would take nothing along, and
    the other one keeps what is theirs. Then the erasures, because who is gone is not merged again.
    Merges go next, because what was done to the member who stayed may be about rows that the other
    one had.
    """
    about_two = [row for row in entries if row.other_id is not None]
    await _undo_again(session, vault, about_two)
    erased = [entry for entry in entries if entry.act is Act.ERASED]
    for entry in erased:
        await erase.erase_member(session, vault, entry.subject_id, entry.at)
        await session.flush()
        session.expunge_all()  # their objects, of which the rows are gone
    await _merge_again(session, vault, about_two)
    for entry in entries:
        await _repeat_on_row(session, entry)


async def _undo_again(session: AsyncSession, vault: Vault, entries: Iterable[Row[Any]]) -> None:
    """Splits members again whom the backup holds as one, with what it takes to undo that."""
    for entry in entries:
        if entry.act is not Act.MERGE_UNDONE:
            continue
        query = select(LinkRow).where(
            LinkRow.member_id == entry.subject_id, LinkRow.joined_member_id == entry.other_id
        )
        link = await session.scalar(query)
        member = await session.get(MemberRow, entry.subject_id)
        if link is None or member is None:
            continue
        await _drop_unreadable(session, vault, member.id)  # of who was erased since
        await links.undo_link(session, vault, member, link, entry.at)


async def _merge_again(session: AsyncSession, vault: Vault, entries: Iterable[Row[Any]]) -> None:
    moments = {entry.other_id: entry.at for entry in entries}
    for other_id, member_id in ledger.standing_merges(entries).items():
        member = await session.get(MemberRow, member_id)
        other = await session.get(MemberRow, other_id)
        if member is None or other is None:
            continue
        await _drop_unreadable(session, vault, other_id)
        # For a week since they did so themselves, they can undo it.
        await links.link_members(session, member, other, moments[other_id], is_new=False)


async def _drop_unreadable(session: AsyncSession, vault: Vault, member_id: int) -> None:
    """Deletes the reflections of a member of which the key is gone."""
    own = ReflectionRow.member_id == member_id
    query = select(ReflectionRow.key_id).where(own).distinct()
    for key_id in (await session.scalars(query)).all():
        if await vault.store.member_key(key_id) is None:
            await session.execute(delete(ReflectionRow).where(own, ReflectionRow.key_id == key_id))


async def _repeat_on_row(session: AsyncSession, entry: Row[Any]) -> None:
    row_id = entry.subject_id
    match entry.act:
        case Act.ROLE_REVOKED:
            await session.execute(delete(RoleRow).where(RoleRow.id == row_id))
        case Act.LEFT_TEAM:
            await session.execute(delete(MembershipRow).where(MembershipRow.id == row_id))
        case Act.HIDDEN | Act.SHOWN as act:
            await session.execute(
                update(MembershipRow)
                .where(MembershipRow.id == row_id)
                .values(hidden=act is Act.HIDDEN)
            )
        case Act.SHARE_WITHDRAWN:
            await session.execute(delete(ShareRow).where(ShareRow.nudge_id == row_id))
        case Act.INVITATION_REVOKED:
            await session.execute(
                update(InvitationRow)
                .where(InvitationRow.id == row_id, InvitationRow.revoked_at.is_(None))
                .values(revoked_at=entry.at)
            )
        case Act.GROUP_DISCONNECTED:
            await session.execute(delete(TeamChatRow).where(TeamChatRow.id == row_id))
        case Act.REFLECTION_DELETED:
            await session.execute(delete(ReflectionRow).where(ReflectionRow.id == row_id))
        case Act.CHAT_UNLINKED:
            await _unlink_again(session, row_id)


async def _unlink_again(session: AsyncSession, address_id: int) -> None:
    """Removes a chat, unless its member would have none: they linked the other one since."""
    others = aliased(AddressRow)
    has_others = exists().where(
        others.member_id == AddressRow.member_id, others.id != AddressRow.id
    )
    await session.execute(
        delete(AddressRow)
        .where(AddressRow.id == address_id, has_others)
        .execution_options(synchronize_session=False)
    )
