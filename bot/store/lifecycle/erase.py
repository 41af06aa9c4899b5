"""Erasure: deleting a member and all that is about them."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.boxes import inbox, outbox
from bot.store.chat import farewells
from bot.store.lifecycle import ledger
from bot.store.lifecycle.linking import link_requests
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.chat import ChatBrowserRow, ChatKeyRow, MailboxRow
from bot.store.schema.ledger import Act, LedgerEntryRow
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import PendingChoicesRow, SentMessageRow
from bot.store.schema.teams import ShownMenuRow
from bot.store.schema.web import OrganisationAccountRow, OrganisationCodeRow
from bot.store.teams import digests

# What is kept about a chat and belongs to no member's row by a foreign key.
BY_ADDRESS = (
    PendingChoicesRow,
    SentMessageRow,
    ShownMenuRow,
    MailboxRow,
    ChatBrowserRow,
    ChatKeyRow,
    OrganisationAccountRow,
    OrganisationCodeRow,
)


async def erase_member(session: AsyncSession, vault: Vault, member_id: int, at: datetime) -> None:
    """Erases a person: destroys all keys that they have had, then deletes all their rows.

    The keys go first, and for good even if this transaction is rolled back: then nothing that they
    wrote can be read in any copy of the data, however old. An object of a member in the session is
    to be expunged afterwards.
    """
    ids = await ledger.ids_of_person(session, member_id)
    for person_id in ids:
        await vault.shred(person_id)
    for person_id in ids:
        await erase_rows(session, person_id, at)


async def keys_of_erased(session: AsyncSession, vault: Vault) -> set[int]:
    """Returns the numbers of erased members of whom there is a key.

    There is one when an older copy of the key store was put back, or a key was just being made
    while its member was erased.
    """
    query = select(LedgerEntryRow.subject_id).where(LedgerEntryRow.act == Act.ERASED)
    erased = set((await session.scalars(query)).all())
    return erased & await vault.store.member_ids() if erased else set()


async def shred_again(session: AsyncSession, vault: Vault) -> int:
    """Destroys the keys of erased members of whom there is one; returns how many those were."""
    found = await keys_of_erased(session, vault)
    for member_id in sorted(found):
        await vault.shred(member_id)
    return len(found)


async def erase_rows(session: AsyncSession, member_id: int, at: datetime) -> None:
    """Deletes the member and all that is about them, and records in the ledger that they are gone.

    Destroy the member's key first; `erase_member` does both. The order of the steps matters: roles,
    pending choices, sent messages, menus and what waits in the inbox or the outbox are found by the
    member's addresses, digests by their nudges, and all of those are gone once the member's row is,
    because foreign keys cascade.
    """
    await farewells.prepare(session, member_id, at)
    for row in BY_ADDRESS:
        addresses = select(AddressRow.address).where(
            AddressRow.member_id == member_id, AddressRow.channel == row.channel
        )
        await session.execute(delete(row).where(row.address.in_(addresses)))
    await link_requests.drop_of_member(session, member_id)
    await inbox.forget_member(session, member_id)
    await outbox.drop_of_member(session, member_id)
    await roles.revoke_all(session, member_id, at)
    await digests.mark_all_for_correction(session, member_id, at)
    await session.execute(delete(MemberRow).where(MemberRow.id == member_id))
    if not await _is_recorded(session, member_id):
        ledger.record(session, Act.ERASED, [member_id], at)


async def _is_recorded(session: AsyncSession, member_id: int) -> bool:
    query = select(LedgerEntryRow.number).where(
        LedgerEntryRow.act == Act.ERASED, LedgerEntryRow.subject_id == member_id
    )
    return await session.scalar(query.limit(1)) is not None
