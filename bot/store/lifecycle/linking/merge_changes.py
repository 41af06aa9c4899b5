"""What a merge of two members changed: with this it can be undone, and each gets their own."""

from datetime import datetime, time

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import Tag
from bot.core.rhythm.rhythm import Weekday
from bot.store.nudges.round_counts import KeptCounts
from bot.store.schema.members import AddressRow, LinkRow
from bot.store.schema.nudges import ReceiptRow


class MemberSettings(BaseModel, from_attributes=True):
    """The columns of a member that a merge may change."""

    language: str
    weekdays: frozenset[Weekday]
    nudge_time: time
    zone: str
    welcomed: bool
    workplaces: frozenset[Tag]
    contacts: frozenset[Tag]
    avoids: frozenset[Tag]
    asked_about_work: bool
    max_daring: int
    joined_at: datetime


class SharedMembership(BaseModel, from_attributes=True):
    """A membership of a team that both belonged to; one of the two goes."""

    team_id: int
    joined_at: datetime
    hidden: bool


class MergeChanges(BaseModel):
    """What a merge moved and changed: enough to give each member their own again.

    Attributes:
        is_new: whether the member who joined was made for it: they had written nothing before.
        addresses: the ids of the chats that moved.
        nudges: the ids of the nudges that moved, with all that belongs to them.
        made_extra: the ids of the nudges of either that became extra.
        last_nudge: the highest id of a nudge then.
        absences: the ids of the absences that moved.
        memberships: the ids of the memberships that moved.
        shared_memberships: what the member who joined had in teams that both belonged to.
        moved_programme: whether the programme of the member who joined moved.
        counts_before: what was left of the oldest rounds of the member who stays, before the merge.
        before: the settings of the member who stays, before the merge.
        after: the same after it; what the member changed since is not set back.
    """

    is_new: bool = False
    addresses: list[int]
    nudges: list[int]
    made_extra: list[int]
    last_nudge: int
    absences: list[int]
    memberships: list[int]
    shared_memberships: list[SharedMembership]
    moved_programme: bool
    counts_before: KeptCounts | None = None
    before: MemberSettings
    after: MemberSettings


async def whose_words(session: AsyncSession, member_id: int, nudge_id: int) -> int:
    """Returns the id of the member whose words about a nudge are.

    While a link can be undone that is the one who would get the nudge back: so what one of the two
    wrote is never sealed under the key of the other, in no copy of the data.
    """
    link = await session.scalar(select(LinkRow).where(LinkRow.member_id == member_id))
    if link is None:
        return member_id
    changes = MergeChanges.model_validate_json(link.changes)
    if nudge_id <= changes.last_nudge:
        return link.joined_member_id if nudge_id in changes.nudges else member_id
    query = (
        select(ReceiptRow.id)
        .join(
            AddressRow,
            (AddressRow.channel == ReceiptRow.channel) & (AddressRow.address == ReceiptRow.address),
        )
        .where(ReceiptRow.nudge_id == nudge_id, AddressRow.id.in_(changes.addresses))
    )
    arrived_there = await session.scalar(query.limit(1)) is not None
    return link.joined_member_id if arrived_there else member_id
