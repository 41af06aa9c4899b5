"""Erasure: deleting a member and all that is about them."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.boxes import inbox, outbox
from bot.store.lifecycle import link_requests, links
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.members import AddressRow, ErasureRow, MemberRow
from bot.store.schema.nudges import PendingChoicesRow
from bot.store.teams import digests, weeks


async def erase_rows(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Deletes the member and all that is about them, and records that this id was erased.

    Destroy the member's key first (`Vault.shred`): then even a copy of the file from a moment ago
    holds nothing that can be read. The order of the steps matters: roles, pending choices and what
    waits in the inbox or the outbox are found by the member's addresses, figures and digests by
    their nudges, and all of those are gone once the member's row is, because foreign keys cascade.
    Members who joined this one a moment ago go as well: all that was theirs is this member's now.
    """
    for joined_id in await links.joined_members(session, member_id):
        await Vault.shred(session, joined_id)
        await erase_rows(session, joined_id, at)
    addresses = select(AddressRow.address).where(
        AddressRow.member_id == member_id, AddressRow.channel == PendingChoicesRow.channel
    )
    await link_requests.drop_of_member(session, member_id)
    await session.execute(delete(PendingChoicesRow).where(PendingChoicesRow.address.in_(addresses)))
    await inbox.forget_member(session, member_id)
    await outbox.drop_of_member(session, member_id)
    await roles.revoke_all(session, member_id)
    await weeks.keep_counts_of(session, member_id)
    await digests.mark_all_for_correction(session, member_id, at)
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))
    if await session.get(ErasureRow, member_id) is None:
        session.add(ErasureRow(member_id=member_id, erased_at=at))
