"""Receipts: the platform's ids of messages about nudges, and which of them carry buttons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, bindparam, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.messages import Purpose
from bot.store.db.column_types import Moment
from bot.store.db.engine import upsert
from bot.store.db.locks import leases
from bot.store.schema.nudges import FollowUp, NudgeRow, ReceiptRow

FOLLOW_UPS = frozenset({Purpose.CHECK_IN, Purpose.PACE})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's id of a message about a nudge.

    Attributes:
        nudge_id: which nudge.
        purpose: what the message was for.
        channel: where it was sent.
        address: to whom.
        receipt: the platform's id.
        at: when it arrived, aware.
        has_buttons: whether it carries buttons.
    """

    nudge_id: int
    purpose: Purpose
    channel: str
    address: str
    receipt: str
    at: datetime
    has_buttons: bool


async def record_receipts(connection: AsyncConnection, receipts: Sequence[Receipt]) -> None:
    """Records that messages about nudges arrived; ids of nudges that were erased are skipped.

    The nudges are updated in order of their id, so that two replicas that do this at the same time
    wait for each other's locks in the same order, and do not deadlock.
    """
    arrived = {
        receipt.nudge_id: receipt.at for receipt in receipts if receipt.purpose is Purpose.NUDGE
    }
    if arrived:
        moments = [{"nudge": nudge_id, "arrived": at} for nudge_id, at in sorted(arrived.items())]
        await connection.execute(_MARK_SENT, moments)
    followed = {receipt.nudge_id for receipt in receipts if receipt.purpose in FOLLOW_UPS}
    if followed:
        await connection.execute(_END_FOLLOW_UP, [{"nudge": number} for number in sorted(followed)])
    await connection.execute(
        _insert_receipt(connection.dialect.name),
        [
            {
                "nudge": receipt.nudge_id,
                "channel": receipt.channel,
                "address": receipt.address,
                "receipt": receipt.receipt,
                "purpose": receipt.purpose,
                "has_buttons": receipt.has_buttons,
            }
            for receipt in receipts
        ],
    )


_MARK_SENT = (
    update(NudgeRow)
    .where(NudgeRow.id == bindparam("nudge"))
    .values(
        sent_at=func.coalesce(NudgeRow.sent_at, bindparam("arrived", type_=Moment)),
        # No lease: the member pressed *Later* before this was recorded, which set a new `send_at`.
        # A first arrival plans the check-in; later ones are copies, or edits.
        follow_up=case(
            (NudgeRow.leased_until.is_(None) | NudgeRow.sent_at.is_not(None), NudgeRow.follow_up),
            (
                NudgeRow.check_in_at.is_not(None),
                literal(FollowUp.CHECK_IN, NudgeRow.follow_up.type),
            ),
            else_=None,
        ),
        **leases.released_values(
            case(
                (NudgeRow.leased_until.is_(None), NudgeRow.send_at),
                (NudgeRow.sent_at.is_(None), NudgeRow.check_in_at),
                else_=None,
            )
        ),
    )
)
_END_FOLLOW_UP = (
    update(NudgeRow)
    # No lease: it was answered or put off meanwhile, and `send_at` is about something else.
    .where(NudgeRow.id == bindparam("nudge"), NudgeRow.leased_until.is_not(None))
    .values(follow_up=None, check_in_at=None, **leases.released_values(None))
)


@cache
def _insert_receipt(dialect: str) -> Executable:
    """Builds the INSERT of a receipt whose nudge exists.

    An edited message keeps its id, so that a conflict means that its purpose or buttons changed.
    """
    names = ("channel", "address", "receipt", "purpose", "has_buttons")
    table = ReceiptRow.__table__
    values = [bindparam(name, type_=table.c[name].type) for name in names]
    values_of_nudge = select(NudgeRow.id, *values).where(NudgeRow.id == bindparam("nudge"))
    new = upsert(dialect, ReceiptRow)
    return new.from_select(["nudge_id", *names], values_of_nudge).on_conflict_do_update(
        index_elements=["channel", "address", "receipt"],
        set_={"purpose": new.excluded.purpose, "has_buttons": new.excluded.has_buttons},
    )


async def messages_with_buttons(
    session: AsyncSession, nudge_id: int, address: tuple[str, str], *purposes: Purpose
) -> list[str]:
    """Returns the ids of messages at this address with buttons, and records that they have none."""
    query = select(ReceiptRow).where(
        ReceiptRow.nudge_id == nudge_id,
        ReceiptRow.purpose.in_(purposes),
        ReceiptRow.has_buttons,
        ReceiptRow.channel == address[0],
        ReceiptRow.address == address[1],
    )
    rows = (await session.scalars(query)).all()
    for row in rows:
        row.has_buttons = False
    return [row.receipt for row in rows]


async def receipts_of_nudges(
    session: AsyncSession, nudge_ids: Collection[int], address: tuple[str, str]
) -> dict[int, str]:
    """Returns the id of the message with each of these nudges at this address, by nudge."""
    query = select(ReceiptRow.nudge_id, ReceiptRow.receipt).where(
        ReceiptRow.nudge_id.in_(nudge_ids),
        ReceiptRow.purpose == Purpose.NUDGE,
        ReceiptRow.channel == address[0],
        ReceiptRow.address == address[1],
    )
    return {row.nudge_id: row.receipt for row in (await session.execute(query)).all()}


async def was_message_sent(session: AsyncSession, nudge_id: int, purpose: Purpose) -> bool:
    """Returns whether a message for this purpose about the nudge arrived at any address."""
    query = select(ReceiptRow.id).where(
        ReceiptRow.nudge_id == nudge_id, ReceiptRow.purpose == purpose
    )
    return await session.scalar(query.limit(1)) is not None


async def find_by_receipt(
    session: AsyncSession, member_id: int, address: tuple[str, str], receipt: str
) -> NudgeRow | None:
    """Returns the nudge of this member that the message `receipt` was about, or None."""
    query = (
        select(NudgeRow)
        .join(ReceiptRow, ReceiptRow.nudge_id == NudgeRow.id)
        .where(
            NudgeRow.member_id == member_id,
            ReceiptRow.channel == address[0],
            ReceiptRow.address == address[1],
            ReceiptRow.receipt == receipt,
        )
    )
    return await session.scalar(query)
