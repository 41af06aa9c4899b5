"""Erasure: deleting a member and all that is about them."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.boxes import inbox, outbox
from bot.store.members import roles
from bot.store.schema.members import AddressRow, ErasureRow, MemberRow
from bot.store.schema.nudges import PendingChoicesRow
from bot.store.teams import digests, weeks


async def erase_rows(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Deletes the member and all that is about them, and records that this id was erased.

    Destroy the member's key first (`Vault.shred`): then no copy of the data, however old, holds
    reflections that can be read. The order of the steps matters: roles, pending choices and what
    waits in the inbox or the outbox are found by the member's addresses, figures and digests by
    their nudges, and all of those are gone once the member's row is, because foreign keys cascade.
    """
    addresses = select(AddressRow.address).where(
        AddressRow.member_id == member_id, AddressRow.channel == PendingChoicesRow.channel
    )
    await session.execute(delete(PendingChoicesRow).where(PendingChoicesRow.address.in_(addresses)))
    await inbox.forget_member(session, member_id)
    await outbox.drop_of_member(session, member_id)
    await roles.revoke_all(session, member_id)
    await weeks.keep_counts_of(session, member_id)
    await digests.mark_all_for_correction(session, member_id, at)
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))
    if await session.get(ErasureRow, member_id) is None:
        session.add(ErasureRow(member_id=member_id, erased_at=at))
