"""Histories: what members received and did, and what they want, for selecting the next one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import Tag, WorkProfile
from bot.core.challenges.nerve import DONE_FOR_THREE, REMEMBERED, Response
from bot.core.challenges.selection import History, Selected
from bot.core.streaks.rounds import COUNTS, Answer
from bot.store.db.many_values import Ids, insert_of, is_one_of
from bot.store.db.plans import find_by_index
from bot.store.nudges import round_counts
from bot.store.schema.challenges import ChallengeRow, HistoryRow, decode_bit_sets, encode_bit_sets
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import COUNTS_FOR_STREAK, NudgeRow, RoundCountsRow

OPEN_WEEK = "w"  # a challenge of this week that can still be done
BETWEEN = " "  # the names of sets have none


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member for whom a challenge is selected.

    Attributes:
        history: what they received and did.
        unsuitable: the bit set of the challenges that they said do not suit their work.
        has_open_week: whether they have a challenge of this week that can still be done.
        work: what they said about their work.
        max_daring: the highest daring that they want, 1..3.
        zone: the time zone they are in.
    """

    history: History
    unsuitable: int
    has_open_week: bool
    work: WorkProfile
    max_daring: int
    zone: ZoneInfo


async def recipients(
    session: AsyncSession, member_ids: Collection[int], at: datetime, *, planned: bool
) -> dict[int, Recipient]:
    """Returns what selecting needs to know of each member.

    A history that is not stored yet is built from the nudges, and stored. Who has none is new, and
    has an empty one, which is stored with the first challenge.

    Args:
        session: the transaction.
        member_ids: the members.
        at: the present.
        planned: whether one of their own rounds begins now, which ends the one before.
    """
    stored = await _stored(session, member_ids, at, planned=planned)
    if missing := set(member_ids) - stored.keys():
        await _rebuild(session, missing)
        stored |= await _stored(session, missing, at, planned=planned)
    return stored


async def _stored(
    session: AsyncSession, member_ids: Collection[int], at: datetime, *, planned: bool
) -> dict[int, Recipient]:
    """Returns the members whose history is stored, and those who are new."""
    await find_by_index(session)
    parameters = {"member_ids": list(member_ids), "at": at}
    connection = await session.connection()
    rows = await connection.execute(_recipients_query(connection.dialect.name), parameters)
    return {
        member_id: _recipient(row, planned=planned)
        for member_id, is_known, *row in rows
        if is_known
    }


@cache
def _recipients_query(dialect: str) -> Select[Any]:
    """Returns the query of members and their histories; once, for putting it together is slow.

    The second column is whether the history is stored, or empty because the member is new.
    """
    # Not as EXISTS, which PostgreSQL may answer for all of them at once, from all nudges.
    one_nudge = select(NudgeRow.id).where(NudgeRow.member_id == MemberRow.id).limit(1)
    counts = select(RoundCountsRow.member_id).where(RoundCountsRow.member_id == MemberRow.id)
    is_new = one_nudge.scalar_subquery().is_(None) & counts.scalar_subquery().is_(None)
    history, is_own = _own_history(dialect)
    return (
        select(
            MemberRow.id,
            history.c.member_id.is_not(None) | is_new,
            func.coalesce(history.c.received_bits, ""),
            func.coalesce(history.c.unsuitable_bits, "0"),
            func.coalesce(history.c.darings, ""),
            func.coalesce(history.c.themes, ""),
            func.coalesce(history.c.rounds, 0),
            case((history.c.done >= DONE_FOR_THREE, history.c.done), else_=_done_by_now()),
            _last_responses(),
            MemberRow.workplaces,
            MemberRow.contacts,
            MemberRow.avoids,
            MemberRow.max_daring,
            MemberRow.zone,
        )
        .outerjoin(history, is_own)
        .where(is_one_of(MemberRow.id, bindparam("member_ids", type_=Ids())))
    )


def _own_history(dialect: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Returns the history of the member in the query around it, and the condition to join it on.

    PostgreSQL looks for it beside each member; joined in another way it may read all histories.
    """
    history = HistoryRow.__table__.alias("history")
    is_own = history.c.member_id == MemberRow.id
    if dialect != "postgresql":
        return history, is_own
    return select(history).where(is_own).limit(1).lateral("own_history"), true()


def _recipient(row: Sequence[Any], *, planned: bool) -> Recipient:
    """Returns the member of a row of `_recipients_query`, without its first two columns."""
    received, unsuitable, darings, themes, rounds, done, letters, *work, max_daring, zone = row
    responses, has_open_week = _read_responses(letters or "", planned)
    return Recipient(
        History(
            decode_bit_sets(received),
            _darings(darings),
            tuple(themes.split()),
            responses,
            rounds,
            done,
        ),
        int(unsuitable, 16),
        has_open_week,
        _profile(*work),
        max_daring,
        ZoneInfo(zone),
    )


@lru_cache(maxsize=1_000)
def _profile(
    places: frozenset[Tag], contacts: frozenset[Tag], avoids: frozenset[Tag]
) -> WorkProfile:
    return WorkProfile(places, contacts, avoids)


def _done_by_now() -> ScalarSelect[int]:
    """Returns how many challenges the member of a history did, as far as that matters.

    Those of rounds of which only counts are left are among them.
    """
    done = (
        select(literal_column("1"))
        .where(NudgeRow.member_id == MemberRow.id, COUNTS_FOR_STREAK)
        .limit(DONE_FOR_THREE)
        .correlate(MemberRow)
        .subquery()
    )
    before = (
        select(RoundCountsRow.done)
        .where(RoundCountsRow.member_id == MemberRow.id)
        .correlate(MemberRow)
        .scalar_subquery()
    )
    counted = func.count() + func.coalesce(before, 0)
    return select(counted).select_from(done).correlate(MemberRow).scalar_subquery()


def _last_responses() -> ScalarSelect[str]:
    """Returns the responses to the last nudges of the member of a history, at the moment `at`.

    The newest comes first. Each is a letter (see `Response` and `OPEN_WEEK`), a capital for a
    challenge that was asked for.
    """
    last = (
        select(_response().label("response"))
        .where(NudgeRow.member_id == MemberRow.id)
        .order_by(NudgeRow.round_at.desc(), NudgeRow.id.desc())
        .limit(REMEMBERED)
        .correlate(MemberRow)
        .subquery()
    )
    return (
        select(func.aggregate_strings(last.c.response, ""))
        .select_from(last)
        .correlate(MemberRow)
        .scalar_subquery()
    )


def _response() -> ColumnElement[str]:
    """Returns the response to a nudge at the moment `at`, as a letter."""
    response = case(
        (NudgeRow.answer.in_(COUNTS), Response.DID.value),
        (NudgeRow.answer == Answer.SKIPPED, Response.SKIPPED.value),
        (NudgeRow.answer == Answer.SWAPPED, Response.SWAPPED.value),
        (NudgeRow.answer == Answer.UNSUITABLE, Response.UNSUITABLE.value),
        (NudgeRow.answer.is_not(None) | NudgeRow.sent_at.is_(None), Response.NEUTRAL.value),
        (NudgeRow.open_until > bindparam("at", type_=NudgeRow.open_until.type), OPEN_WEEK),
        (NudgeRow.extra, Response.NEUTRAL.value),
        else_=Response.SILENT.value,
    )
    return case((NudgeRow.extra, func.upper(response)), else_=response)


@lru_cache(maxsize=10_000)
def _read_responses(letters: str, planned: bool) -> tuple[tuple[Response, ...], bool]:
    """Returns the responses, and whether a challenge of this week is open.

    Unless a planned round begins now, the last one is still open, so that its silence says nothing.
    """
    own = [number for number, letter in enumerate(letters) if not letter.isupper()]
    responses = [
        Response.NEUTRAL if letter == OPEN_WEEK else Response(letter) for letter in letters.lower()
    ]
    if not planned and own and responses[own[0]] is Response.SILENT:
        responses[own[0]] = Response.NEUTRAL
    return tuple(responses), OPEN_WEEK in letters.lower()


@lru_cache(maxsize=10_000)
def _darings(digits: str) -> tuple[int, ...]:
    return tuple(map(int, digits))


async def _rebuild(session: AsyncSession, member_ids: Collection[int]) -> None:
    """Builds the histories of these members from all their nudges, and stores them.

    They begin with what is left of nudges that are too old to be kept.
    """
    query = (
        select(
            NudgeRow.member_id,
            ChallengeRow.number,
            ChallengeRow.set_name,
            ChallengeRow.daring,
            (~NudgeRow.extra & (NudgeRow.swaps == 0)).label("planned"),
            NudgeRow.answer,
        )
        .join(ChallengeRow, ChallengeRow.id == NudgeRow.challenge_id)
        .where(is_one_of(NudgeRow.member_id, member_ids))
        .order_by(NudgeRow.round_at, NudgeRow.id)
    )
    before = await round_counts.of_members(session, member_ids)
    histories = dict.fromkeys(member_ids, History())
    histories |= {member_id: counts.history for member_id, counts in before.items()}
    done = {member_id: own.done for member_id, own in histories.items()}
    unsuitable = dict.fromkeys(member_ids, 0)
    unsuitable |= {member_id: counts.unsuitable for member_id, counts in before.items()}
    connection = await session.connection()
    for row in await connection.execute(query):
        selected = Selected(row.number, row.set_name, row.daring)
        histories[row.member_id] = histories[row.member_id].after_receiving(
            selected, planned=bool(row.planned)
        )
        done[row.member_id] += row.answer in COUNTS
        unsuitable[row.member_id] |= (row.answer is Answer.UNSUITABLE) << row.number
    # In the order of the members, so that two transactions lock the rows in the same order.
    rows = [
        {
            **_column_values(member_id, history),
            "unsuitable_bits": f"{unsuitable[member_id]:x}",
            "done": min(done[member_id], DONE_FOR_THREE),
        }
        for member_id, history in sorted(histories.items())
    ]
    statement, parameters = insert_of(connection.dialect.name, HistoryRow, rows)
    await connection.execute(statement, parameters)


@dataclass(frozen=True, slots=True)
class Received:
    """A challenge that a member receives.

    Attributes:
        recipient: the member, as they were before it.
        selected: the challenge.
        planned: whether it begins one of the member's own rounds.
    """

    recipient: Recipient
    selected: Selected
    planned: bool


async def record_received(session: AsyncSession, received: Mapping[int, Received]) -> None:
    """Stores that these members, by id, each received another challenge.

    An upsert, and not an UPDATE: it finds each row through the unique index by definition.
    PostgreSQL planned the UPDATE as a scan of the whole table for each member until autovacuum
    had counted the rows of a new table; that took two thirds of the time of a claim.
    """
    if not received:
        return
    rows = []
    # In the order of the members, so that two transactions lock the rows in the same order.
    for member_id, item in sorted(received.items()):
        history = item.recipient.history.after_receiving(item.selected, planned=item.planned)
        unsuitable = f"{item.recipient.unsuitable:x}"
        rows.append({**_column_values(member_id, history), "unsuitable_bits": unsuitable})
    connection = await session.connection()
    statement, parameters = insert_of(connection.dialect.name, HistoryRow, rows)
    changed = [name for name in rows[0] if name != "member_id"]
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id"],
            set_={name: statement.excluded[name] for name in changed},
        ).returning(HistoryRow.member_id),  # so that many rows go in one statement
        parameters,
    )


def _column_values(member_id: int, history: History) -> dict[str, object]:
    return {
        "member_id": member_id,
        "received_bits": encode_bit_sets(history.times_received),
        "darings": "".join(map(str, history.darings)),
        "themes": BETWEEN.join(history.themes),
        "rounds": history.rounds,
        "done": min(history.done, DONE_FOR_THREE),
    }


async def discard(session: AsyncSession, member_ids: Iterable[int]) -> None:
    """Deletes the stored histories of these members, of whose nudges more than the last changed.

    They are rebuilt from the nudges when they are needed next.
    """
    await session.execute(
        delete(HistoryRow).where(is_one_of(HistoryRow.member_id, list(member_ids)))
    )
