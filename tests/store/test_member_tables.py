"""Every table and column about members takes part in export, erasure, merging and copying.

A new table or column fails a test here that names it, until it is handled, or is named below with
the reason why it need not be.
"""

from datetime import time
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Enum,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Time,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.core.rhythm.rhythm import Weekday
from bot.startup import open_database
from bot.store.admin.copy import copy_database
from bot.store.db import migrate
from bot.store.db.column_types import Moment, Tags, Weekdays
from bot.store.db.engine import Database
from bot.store.lifecycle.erase import erase_member
from bot.store.lifecycle.export import COLUMNS_NOT_EXPORTED, exported_columns
from bot.store.lifecycle.linking.links import UNDO_WITHIN, link_members, purge_links
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.members import MemberRow
from tests.support.fakes import MONDAY

# The list in the export that holds what each table says about the member.
EXPORTED = {
    "members": "member",
    "addresses": "member",
    "absences": "absences",
    "nudges": "nudges",
    "round_counts": "counts",
    "reflections": "reflections",
    "shares": "reflections",
    "memberships": "teams",
    "programme_starts": "programmes",
    "drafts": "drafts",
    "roles": "roles",
    "organisation_accounts": "organisation_accounts",
    "receipts": "messages",
}
NOT_EXPORTED = {
    "link_codes": "only the digest of a code is kept, for minutes",
    "link_requests": "is answered within minutes, or ends",
    "sign_ins": "only the digest of a link is kept, for minutes",
    "openings": "only the digest of a moment is kept, for minutes",
    "organisation_codes": "only digests are kept and what the chat is asked, for minutes",
    "web_sessions": "is on the page of sessions, and ends within hours",
    "links": "what was whose, as ids that mean nothing outside the database, for a week",
    "challenge_histories": "follows from the nudges",
    "digest_stories": "follows from the shares",
    "digests": "at the address of a group chat, and about a team",
    "team_chats": "at the address of a group chat",
    "group_requests": "at the address of a group chat",
    "pending_choices": "follows from the nudges; kept for days",
    "sent_messages": "the ids of messages that can still be deleted, for two days",
    "shown_menus": "follows from the roles",
    "inbox": "what is not handled yet, for a moment, or cannot be, for days",
    "mailbox": "what stands in the chat, for a day, and says what else the export holds",
    "chat_browsers": "is on the page of browsers",
    "chat_keys": "only the digest of a link or a code is kept",
    "outbox": "is about to be sent to them, and says what else the export holds",
}
# Tables that hold an address and do not belong to a member's rows by a foreign key.
ERASED_BY_ADDRESS = {
    "roles",
    "pending_choices",
    "sent_messages",
    "shown_menus",
    "inbox",
    "outbox",
    "mailbox",
    "chat_browsers",
    "chat_keys",
    "organisation_accounts",
    "organisation_codes",
}
ADDRESS_STAYS = {
    "team_chats": "at the address of a group chat",
    "group_requests": "at the address of a group chat",
    "digests": "at the address of a group chat",
}
MOVED_ON_MERGE = {
    "addresses",
    "absences",
    "nudges",
    "receipts",
    "round_counts",
    "reflections",
    "shares",
    "digest_stories",
    "memberships",
    "programme_starts",
}
FOLLOWS_ADDRESS = {"openings", "sign_ins", "web_sessions"}  # which moves
DROPPED_ON_MERGE = {
    "challenge_histories": "is rebuilt from the nudges of both",
    "link_codes": "it was used, or links to a member who is no more",
    "link_requests": "ends within minutes",
    "links": "of one member at a time",
    "drafts": "what was not published is sent again",
}
# What becomes of each column of `members` when two members are merged.
MERGED_COLUMNS = {
    "id": "of the member who stays",
    "name": "of the member who stays",
    "nudge_channel": "of the member who stays",
    "language": "of whoever was welcomed",
    "weekdays": "of whoever was welcomed",
    "nudge_time": "of whoever was welcomed",
    "zone": "of whoever was welcomed",
    "welcomed": "if one of them was",
    "expecting": "of the member who stays, until they are welcomed by it",
    "expecting_nudge_id": "as `expecting`",
    "next_nudge_at": "planned again",
    "joined_at": "the earliest",
    "left_at": "empty: they are here",
    "seen_on": "now: linking is a sign of life",
    "notice_at": "empty: they are here",
    "check_in": "of the member who stays",
    "quiet_since": "empty: they are here",
    "back_at": "of the member who stays",
    "looked_back_at": "of the member who stays",
    "explained": "of the member who stays",
    "workplaces": "of the member who stays, or of the other if that one said nothing",
    "contacts": "as `workplaces`",
    "avoids": "as `workplaces`",
    "asked_about_work": "if one of them was",
    "max_daring": "the lower one",
}


def parents(table: Table) -> set[str]:
    """The tables that own the rows of this one: with theirs, these go as well."""
    return {
        key.column.table.name
        for key in table.foreign_keys
        if key.column.table.name in ("members", "addresses", "nudges")
    }


def about_members(metadata: MetaData) -> list[Table]:
    """The tables with a row per member, per nudge of a member, or per address."""
    return [
        table
        for table in metadata.sorted_tables
        if table.name == "members"
        or parents(table)
        or set(table.columns.keys()) & {"member_id", "nudge_id", "address"}
    ]


def unaccounted(metadata: MetaData) -> list[str]:
    """What export, erasure or merging leave out, by the name of the table or column."""
    faults = []
    for table in about_members(metadata):
        if table.name not in EXPORTED.keys() | NOT_EXPORTED.keys():
            faults.append(f"export: {table.name}")
        faults += [
            f"erase: {table.name}.{key.parent.name} does not cascade"
            for key in table.foreign_keys
            if key.column.table.name in parents(table) and key.ondelete != "CASCADE"
        ]
        known = {*ERASED_BY_ADDRESS, *ADDRESS_STAYS, "members"}
        if not parents(table) and table.name not in known:
            faults.append(f"erase: {table.name}")
        by_address = {*ERASED_BY_ADDRESS, *ADDRESS_STAYS, "members"}  # merging keeps addresses
        merged = MOVED_ON_MERGE | FOLLOWS_ADDRESS | DROPPED_ON_MERGE.keys() | by_address
        if table.name not in merged:
            faults.append(f"merge: {table.name}")
    columns = metadata.tables["members"].columns.keys()
    return faults + [f"merge: members.{name}" for name in columns if name not in MERGED_COLUMNS]


def test_every_table_about_members_is_accounted_for() -> None:
    assert unaccounted(Base.metadata) == []
    names = {table.name for table in about_members(Base.metadata)}
    assert EXPORTED.keys() | NOT_EXPORTED.keys() == names
    assert COLUMNS_NOT_EXPORTED.keys() <= set(MemberRow.__table__.columns.keys())


def test_a_new_table_or_column_is_named() -> None:
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    metadata.tables["members"].append_column(Column("shoe_size", Integer))
    Table("pets", metadata, Column("member_id", ForeignKey("members.id"), primary_key=True))
    Table("postcards", metadata, Column("address", String(255), primary_key=True))
    assert unaccounted(metadata) == [
        "export: postcards",
        "erase: postcards",
        "merge: postcards",
        "export: pets",
        "erase: pets.member_id does not cascade",
        "merge: pets",
        "merge: members.shoe_size",
    ]


def test_a_new_column_of_a_member_is_exported_by_itself() -> None:
    class ToyBase(DeclarativeBase):
        """Tables of this test alone."""

    class ToyMember(ToyBase):
        """A member with one more column."""

        __tablename__ = "members"
        id: Mapped[int] = mapped_column(primary_key=True)
        shoe_size: Mapped[int]

    assert exported_columns(ToyMember(id=7, shoe_size=43)) == {"shoe_size": 43}


BY_NAME = {
    "zone": "Europe/Amsterdam",
    "language": "nl",
    **dict.fromkeys(("received_bits", "unsuitable_bits"), "5"),
}
BY_TYPE: dict[type[Any], object] = {
    Moment: MONDAY,
    Weekdays: frozenset({Weekday.MONDAY}),
    Tags: frozenset(),
    Date: MONDAY.date(),
    Time: time(9, 30),
    Boolean: False,
    Integer: 1,
    Float: 0.5,
    LargeBinary: b"x",
    JSON: [],
}


def value_of(column: ColumnElement[Any], name: str) -> object:
    """Some value of the column's type."""
    if name in BY_NAME:
        return BY_NAME[name]
    if isinstance(column.type, Enum):
        assert column.type.enum_class is not None
        return next(iter(column.type.enum_class))
    kinds = [value for kind, value in BY_TYPE.items() if isinstance(column.type, kind)]
    return kinds[0] if kinds else name


async def fill(session: AsyncSession, member_id: int, skip: frozenset[str] = frozenset()) -> None:
    """Puts one row into every table, all of them this member's."""
    ids: dict[str, Any] = {"members": member_id}
    for table in Base.metadata.sorted_tables:
        if table.name in {"members", *skip}:
            continue
        row: dict[str, object] = {}
        for column in table.columns:
            key = next(iter(column.foreign_keys), None)
            if key is not None:
                row[column.name] = ids[key.column.table.name]
            elif column.name == "member_id":
                row[column.name] = member_id
            elif column is not table.autoincrement_column:
                row[column.name] = value_of(column, column.name)
        first = next(iter(table.primary_key))
        ids[table.name] = await session.scalar(insert(table).values(row).returning(first))


async def rows_of(session: AsyncSession, table: Table, member_id: int) -> int:
    """How many rows a table has that are this member's, by their number, nudges or address."""
    count = select(func.count()).select_from(table)
    if "member_id" in table.columns:
        return await session.scalar(count.where(table.c.member_id == member_id)) or 0
    if "nudge_id" in table.columns:
        nudges = Base.metadata.tables["nudges"]
        owned = select(nudges.c.id).where(nudges.c.member_id == member_id)
        return await session.scalar(count.where(table.c.nudge_id.in_(owned))) or 0
    if "address_id" in table.columns:
        addresses = Base.metadata.tables["addresses"]
        own = select(addresses.c.id).where(addresses.c.member_id == member_id)
        return await session.scalar(count.where(table.c.address_id.in_(own))) or 0
    return await session.scalar(count.where(table.c.address == "address")) or 0


async def new_member(session: AsyncSession) -> MemberRow:
    """A member without anything else."""
    values = {
        column.name: value_of(column, column.name)
        for column in Base.metadata.tables["members"].columns
        if not column.nullable and column.name != "id"
    }
    member = MemberRow(**values)
    session.add(member)
    await session.flush()
    await session.refresh(member)
    return member


async def test_erasure_leaves_nothing_of_a_member_in_any_table(
    database: Database, vault: Vault
) -> None:
    await migrate.upgrade(database)
    async with database.transaction() as session:
        member = await new_member(session)
        await fill(session, member.id, skip=frozenset({"ledger_entries", "links"}))
        member_id = member.id
        session.expunge(member)
        await erase_member(session, vault, member_id, MONDAY)
    async with database.reading() as session:
        left = {
            table.name
            for table in about_members(Base.metadata)
            if table.name != "members" and await rows_of(session, table, member_id)
        }
        assert await session.get(MemberRow, member_id) is None
    assert left == ADDRESS_STAYS.keys()


async def test_merging_moves_all_rows_but_those_that_are_named(
    database: Database, vault: Vault
) -> None:
    await migrate.upgrade(database)
    made_by_hand = frozenset({"reflections", "links"})
    async with database.transaction() as session:
        member, other = await new_member(session), await new_member(session)
        await fill(session, other.id, skip=made_by_hand)
        nudge = await session.scalar(select(Base.metadata.tables["nudges"].c.id)) or 0
        await Diary(session, vault, other.id).write(nudge, "1", "Wat ik schreef", MONDAY)
        other_id = other.id
        await link_members(session, member, other, MONDAY, is_new=False)
        await purge_links(session, MONDAY + UNDO_WITHIN)
    async with database.reading() as session:
        moved, left = set(), set()
        for table in about_members(Base.metadata):
            if "member_id" in table.columns or "nudge_id" in table.columns:
                moved |= {table.name} if await rows_of(session, table, member.id) else set()
                left |= {table.name} if await rows_of(session, table, other_id) else set()
    assert moved == MOVED_ON_MERGE
    assert not left


async def test_copying_takes_the_rows_of_every_table(database: Database, tmp_path: Path) -> None:
    await migrate.upgrade(database)
    async with database.transaction() as session:
        await fill(session, (await new_member(session)).id)
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'copy.db'}") as copy:
        counts = await copy_database(database, copy, lambda done, total: None)
    assert counts.keys() == Base.metadata.tables.keys()
    assert all(counts.values()), counts
