"""Reflections: kept sealed, opened only for the one who wrote them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.members.vault import Vault
from bot.store.schema.nudges import NudgeRow, ReflectionRow


@dataclass(frozen=True, slots=True)
class Reflection:
    """What a member wrote about one nudge, opened."""

    nudge: NudgeRow
    source: str
    words: str
    written_at: datetime
    edited_at: datetime | None


class Diary:
    """A member's reflections.

    Args:
        session: the transaction to read and write in.
        vault: what seals and opens them.
        member_id: whose they are.
    """

    def __init__(self, session: AsyncSession, vault: Vault, member_id: int) -> None:
        self._session, self._vault, self._member_id = session, vault, member_id

    async def write(self, nudge_id: int, source: str, words: str, at: datetime) -> int:
        """Keeps `words`, and returns its number; the same message (`source`) is kept once."""
        sealed = await self._seal(nudge_id, words)
        row = await self._by_source(source)
        if row is None:
            row = ReflectionRow(member_id=self._member_id, source=source, written_at=at)
            self._session.add(row)
        row.nudge_id, row.sealed = nudge_id, sealed
        await self._session.flush()
        return row.id

    async def rewrite(self, source: str, words: str, at: datetime) -> int | None:
        """Replaces what the message `source` said; about which nudge, if it was a reflection."""
        row = await self._by_source(source)
        if row is None:
            return None
        row.sealed = await self._seal(row.nudge_id, words)
        row.edited_at = at
        return row.nudge_id

    async def erase(self, number: int) -> None:
        """Deletes one reflection, if it is theirs."""
        await self._session.execute(
            delete(ReflectionRow).where(
                ReflectionRow.member_id == self._member_id, ReflectionRow.id == number
            )
        )

    async def erase_source(self, source: str) -> int | None:
        """Deletes the reflection that this message was, if it was one; about which nudge."""
        row = await self._by_source(source)
        if row is None:
            return None
        await self._session.delete(row)
        await self._session.flush()
        return row.nudge_id

    async def move_to(self, member_id: int) -> None:
        """All that was written becomes this member's, sealed under their key."""
        query = select(ReflectionRow).where(ReflectionRow.member_id == self._member_id)
        for row in (await self._session.scalars(query)).all():
            label = _label(row.nudge_id)
            words = await self._vault.open(self._session, self._member_id, label, row.sealed)
            row.sealed = await self._vault.seal(self._session, member_id, label, words)
            row.member_id = member_id
        await self._session.flush()

    async def has(self, nudge_id: int) -> bool:
        """Whether anything was written about this nudge."""
        query = select(ReflectionRow.id).where(
            ReflectionRow.member_id == self._member_id, ReflectionRow.nudge_id == nudge_id
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def since(self, moment: datetime) -> list[Reflection]:
        """What was written from `moment` on, oldest first."""
        return await self._opened(ReflectionRow.written_at >= moment)

    async def about(self, nudge_id: int) -> list[Reflection]:
        """What was written about a nudge, oldest first."""
        return await self._opened(ReflectionRow.nudge_id == nudge_id)

    async def _opened(self, which: ColumnElement[bool]) -> list[Reflection]:
        query = (
            select(ReflectionRow, NudgeRow)
            .join(NudgeRow, NudgeRow.id == ReflectionRow.nudge_id)
            .where(ReflectionRow.member_id == self._member_id, which)
            .order_by(ReflectionRow.id)
        )
        rows = (await self._session.execute(query)).all()
        return [
            Reflection(
                nudge,
                row.source,
                await self._vault.open(
                    self._session, self._member_id, _label(row.nudge_id), row.sealed
                ),
                row.written_at,
                row.edited_at,
            )
            for row, nudge in rows
        ]

    async def _by_source(self, source: str) -> ReflectionRow | None:
        query = select(ReflectionRow).where(
            ReflectionRow.member_id == self._member_id, ReflectionRow.source == source
        )
        return await self._session.scalar(query)

    async def _seal(self, nudge_id: int, words: str) -> bytes:
        return await self._vault.seal(self._session, self._member_id, _label(nudge_id), words)


def _label(nudge_id: int) -> str:
    return f"reflection/{nudge_id}"
