"""Export: everything that is stored about one member, as a ZIP of JSON and CSV."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from bot.csv_text import csv_of
from bot.store.challenges import drafts, programmes
from bot.store.members import organisation, roles
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.nudges import nudges, round_counts
from bot.store.schema.challenges import DraftRow
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReceiptRow
from bot.store.schema.teams import Role
from bot.store.teams import shares, teams

BIT_SETS = {"received_bits", "unsuitable_bits"}  # exported as `earlier_challenges`
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]
# Columns of `members` that are not in the export as they are, and why.
COLUMNS_NOT_EXPORTED = {
    "id": "an internal id, which means nothing outside the database",
    "expecting_nudge_id": "an internal id; `expecting` says what the bot waits for",
    "weekdays": "exported as names",
    **dict.fromkeys(("workplaces", "contacts", "avoids"), "exported as a list"),
    "nudge_time": "exported as `time`, in hours and minutes",
}


class Export(NamedTuple):
    """A copy of what is stored about one member.

    Attributes:
        content: a ZIP.
        lost: how many reflections are in it without their text, because their key is lost.
    """

    content: bytes
    lost: int


async def export_of(session: AsyncSession, vault: Vault, member: MemberRow, at: datetime) -> Export:
    """Returns a ZIP with `member.json` and a CSV for each list in it; moments are ISO 8601 in UTC.

    Reflections are decrypted in it.
    """
    fields: dict[str, Any] = {"exported_at": at, "member": await _member(session, member)}
    lists: dict[str, Rows] = {
        "absences": [
            {"first_day": row.first_day, "last_day": row.last_day, "planned": row.planned}
            for row in member.absence_rows
        ],
        "nudges": await _nudges(session, member),
        "counts": await _counts(session, member),
        "earlier_challenges": await _earlier_challenges(session, member),
        "reflections": await _reflections(session, vault, member),
        "teams": await _teams(session, member),
        "programmes": await _programmes(session, member),
        "drafts": await _drafts(session, member),
        "roles": await _roles(session, member),
        "organisation_accounts": await _organisation_accounts(session, member),
        "messages": await _messages(session, member),
    }
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        text = json.dumps(fields | lists, ensure_ascii=False, indent=2, default=_plain)
        archive.writestr("member.json", text)
        for name, rows in lists.items():
            columns = list(rows[0]) if rows else []
            plain = ({key: _plain(value) for key, value in row.items()} for row in rows)
            archive.writestr(f"{name}.csv", csv_of(columns, plain))
    lost = sum(row["text"] is None for row in lists["reflections"])
    return Export(content.getvalue(), lost)


async def _member(session: AsyncSession, member: MemberRow) -> dict[str, Any]:
    query = select(AddressRow).where(AddressRow.member_id == member.id)
    addresses = (await session.scalars(query)).all()
    return {
        "addresses": [f"{row.channel}:{row.address}" for row in addresses],
        **exported_columns(member),
        "weekdays": [day.name.lower() for day in sorted(member.weekdays)],
        "time": f"{member.nudge_time:%H:%M}",
        "workplaces": sorted(member.workplaces),
        "contacts": sorted(member.contacts),
        "avoids": sorted(member.avoids),
    }


def exported_columns(row: DeclarativeBase) -> dict[str, Any]:
    """Returns the values of a member's row by column, also of columns that are new.

    Columns that are exported in another form, or that do not describe the member, are listed in
    `COLUMNS_NOT_EXPORTED`.
    """
    columns = row.__table__.columns.keys()
    return {name: getattr(row, name) for name in columns if name not in COLUMNS_NOT_EXPORTED}


async def _nudges(session: AsyncSession, member: MemberRow) -> Rows:
    return [
        {
            "nudge": row.id,
            "round_at": row.round_at,
            "day": row.day,
            "extra": row.extra,
            "asked_for": row.asked_for,
            "set": row.challenge.set_name,
            "challenge": row.challenge.slug,
            "task": row.challenge.text_in(member.language)["task"],
            "sent_at": row.sent_at,
            "answer": row.answer,
            "answered_at": row.answered_at,
            "open_until": row.open_until,
            "swaps": row.swaps,
            "send_at": row.send_at,
            "attempts": row.attempts,
        }
        for row in await nudges.all_of_member(session, member.id)
    ]


async def _counts(session: AsyncSession, member: MemberRow) -> Rows:
    counts = await round_counts.of_member(session, member.id)
    return [] if counts is None else [counts.model_dump(exclude=BIT_SETS)]


async def _earlier_challenges(session: AsyncSession, member: MemberRow) -> Rows:
    """Returns what came in rounds of which only counts are left."""
    counts = await round_counts.of_member(session, member.id)
    received = [] if counts is None else await round_counts.received_challenges(session, counts)
    return [
        {"set": name, "challenge": slug, "times": times, "suits": suits}
        for name, slug, times, suits in received
    ]


async def _messages(session: AsyncSession, member: MemberRow) -> Rows:
    query = (
        select(ReceiptRow)
        .join(NudgeRow, NudgeRow.id == ReceiptRow.nudge_id)
        .where(NudgeRow.member_id == member.id)
    )
    return [
        {
            "nudge": row.nudge_id,
            "channel": row.channel,
            "message": row.receipt,
            "purpose": row.purpose,
            "asks": row.has_buttons,
        }
        for row in (await session.scalars(query)).all()
    ]


async def _reflections(session: AsyncSession, vault: Vault, member: MemberRow) -> Rows:
    shared = await shares.shares_of_member(session, member.id)
    return [
        {
            "nudge": entry.nudge.id,
            "message": entry.source,
            "written_at": entry.written_at,
            "edited_at": entry.edited_at,
            "shared_with": shared[entry.nudge.id].team if entry.nudge.id in shared else None,
            "with_name": shared[entry.nudge.id].named if entry.nudge.id in shared else None,
            "text": entry.words,
        }
        for entry in await Diary(session, vault, member.id).since(BEGINNING)
    ]


async def _teams(session: AsyncSession, member: MemberRow) -> Rows:
    return [
        {"team": team.name, "joined_at": membership.joined_at, "hidden": membership.hidden}
        for team, membership in await teams.teams_of_member(session, member.id)
    ]


async def _programmes(session: AsyncSession, member: MemberRow) -> Rows:
    course = await programmes.of_member(session, member.id)
    return [] if course is None else [{"name": course.programme, "starts_on": course.starts_on}]


async def _drafts(session: AsyncSession, member: MemberRow) -> Rows:
    draft = await session.get(DraftRow, member.id)
    return (
        []
        if draft is None
        else [{"at": draft.saved_at, "set": drafts.set_in(draft).model_dump_json()}]
    )


async def _roles(session: AsyncSession, member: MemberRow) -> Rows:
    granted = await roles.of_member(session, member.id)
    led_teams = [team.name for team in await teams.teams_by_id(session, granted.leads)]
    return [
        *({"role": Role.LEAD, "team": name} for name in led_teams),
        *([{"role": Role.TRAINER, "team": None}] if granted.trainer else []),
        *([{"role": Role.ADMIN, "team": None}] if granted.admin else []),
    ]


async def _organisation_accounts(session: AsyncSession, member: MemberRow) -> Rows:
    """Returns for which chats an account at the organisation signs in; it is kept as a digest."""
    query = select(AddressRow).where(AddressRow.member_id == member.id).order_by(AddressRow.id)
    linked = [
        (row, await organisation.linked_since(session, (row.channel, row.address)))
        for row in (await session.scalars(query)).all()
    ]
    return [
        {"chat": f"{row.channel}:{row.address}", "linked_at": since}
        for row, since in linked
        if since is not None
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a row
    return value.isoformat() if hasattr(value, "isoformat") else value
