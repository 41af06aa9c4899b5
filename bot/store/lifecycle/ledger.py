"""The ledger: acts that take something away, so that a restored backup does not bring it back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.schema.ledger import Act, LedgerEntryRow


def record(
    session: AsyncSession,
    act: Act,
    subject_ids: Iterable[int],
    at: datetime,
    other_id: int | None = None,
) -> None:
    """Writes an entry for each of the subjects, in the transaction of the act itself.

    Args:
        session: the transaction.
        act: what is done.
        subject_ids: the ids of what it is done to; see `Act`.
        at: the present.
        other_id: the second member of an act about two.
    """
    session.add_all(
        LedgerEntryRow(at=at, act=act, subject_id=subject_id, other_id=other_id)
        for subject_id in subject_ids
    )


def standing_merges(entries: Iterable[LedgerEntryRow | Row[Any]]) -> dict[int, int]:
    """Returns who was merged into whom, as far as that was not undone, in order of the merges.

    Args:
        entries: in the order of their numbers.

    Returns:
        By the id of the member who was merged away, the id of the one who stayed.
    """
    merges: dict[int, int] = {}
    for entry in entries:
        if entry.other_id is None:
            continue
        if entry.act is Act.MERGED:
            merges[entry.other_id] = entry.subject_id
        elif entry.act is Act.MERGE_UNDONE:
            merges.pop(entry.other_id, None)
    return merges


async def ids_of_person(session: AsyncSession, member_id: int) -> list[int]:
    """Returns all ids that one person has had: this one first, then those merged into it.

    Whatever erases a person goes through all of them: a backup from before a merge holds the other
    member, and so does the database itself while a merge can be undone.
    """
    query = (
        select(LedgerEntryRow)
        .where(LedgerEntryRow.act.in_((Act.MERGED, Act.MERGE_UNDONE)))
        .order_by(LedgerEntryRow.number)
    )
    merges = standing_merges((await session.scalars(query)).all())
    ids = [member_id]
    for known in ids:  # which grows meanwhile
        ids += [other for other, stays in merges.items() if stays == known and other not in ids]
    return ids
