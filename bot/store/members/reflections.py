"""Reflections: stored sealed under a key of the member who wrote them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.keys.master_key import LostKey
from bot.store.lifecycle import ledger
from bot.store.lifecycle.linking.merge_changes import whose_words
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.ledger import Act
from bot.store.schema.nudges import NudgeRow, ReflectionRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reflection:
    """An opened reflection: a message that a member wrote about a nudge.

    Attributes:
        id: of its row.
        nudge: the nudge.
        source: the key of the message, unique for this member.
        words: its text; None: it cannot be opened any more, because its key is lost.
        written_at: when it came in.
        edited_at: when the member last edited it; None: never.
    """

    id: int
    nudge: NudgeRow
    source: str
    words: str | None
    written_at: datetime
    edited_at: datetime | None


class Diary:
    """A member's reflections.

    Args:
        session: the transaction to read and write in.
        vault: seals and opens them.
        member_id: the member.
    """

    def __init__(self, session: AsyncSession, vault: Vault, member_id: int) -> None:
        self._session, self._vault, self._member_id = session, vault, member_id

    async def write(self, nudge_id: int, source: str, words: str, at: datetime) -> int:
        """Stores `words` sealed; returns the id of the reflection.

        The same message (`source`) written again replaces its nudge and words.

        Raises:
            LostKey: there is a key for this member, and nobody can unwrap it.
        """
        key_id, sealed = await self._seal(nudge_id, words)
        row = await self._by_source(source)
        if row is None:
            row = ReflectionRow(member_id=self._member_id, source=source, written_at=at)
            self._session.add(row)
        row.nudge_id, row.key_id, row.sealed = nudge_id, key_id, sealed
        await self._session.flush()  # gives a new reflection its id
        return row.id

    async def rewrite(self, source: str, words: str, at: datetime) -> int | None:
        """Replaces the words of the message `source`, which was edited.

        Returns:
            The id of the nudge that it is about; None: the message is no reflection.

        Raises:
            LostKey: there is a key for this member, and nobody can unwrap it.
        """
        row = await self._by_source(source)
        if row is None:
            return None
        row.key_id, row.sealed = await self._seal(row.nudge_id, words)
        row.edited_at, row.moments_cut = at, False
        return row.nudge_id

    async def erase(self, reflection_id: int, at: datetime) -> None:
        """Deletes one reflection, if it is this member's."""
        deleted = await self._session.scalars(
            delete(ReflectionRow)
            .where(ReflectionRow.member_id == self._member_id, ReflectionRow.id == reflection_id)
            .returning(ReflectionRow.id)
        )
        ledger.record(self._session, Act.REFLECTION_DELETED, deleted.all(), at)

    async def erase_source(self, source: str, at: datetime) -> int | None:
        """Deletes the reflection in the message `source`.

        Returns:
            The id of the nudge that it was about; None: the message is no reflection.
        """
        row = await self._by_source(source)
        if row is None:
            return None
        ledger.record(self._session, Act.REFLECTION_DELETED, [row.id], at)
        await self._session.delete(row)
        await self._session.flush()
        return row.nudge_id

    async def give_back(self, other_id: int, nudge_ids: Collection[int]) -> None:
        """Gives another member back their reflections about these nudges, when a link is undone.

        Each of the two then has their words under keys of their own. They mostly are already: see
        `whose_words`. What cannot be sealed again, because a key is lost, stays as it is.
        """
        others_keys = await ledger.ids_of_person(self._session, other_id)
        query = select(ReflectionRow).where(ReflectionRow.member_id == self._member_id)
        for row in (await self._session.scalars(query)).all():
            moves = row.nudge_id in nudge_ids
            row.member_id = other_id if moves else self._member_id
            if moves != (row.key_id in others_keys):
                await self._seal_again(row)
        await self._session.flush()

    async def _seal_again(self, row: ReflectionRow) -> None:
        """Seals a reflection under the key of the member who has it now, if that can be done."""
        label = _label(row.nudge_id)
        try:
            words = await self._vault.open(row.key_id, label, row.sealed)
            row.sealed = await self._vault.seal(row.member_id, label, words)
        except LostKey:
            self._log_lost(1)
        else:
            row.key_id = row.member_id

    async def has_since(self, nudge_id: int, moment: datetime) -> bool:
        """Returns whether there is a reflection about this nudge, written from `moment` on."""
        query = select(ReflectionRow.id).where(
            ReflectionRow.member_id == self._member_id,
            ReflectionRow.nudge_id == nudge_id,
            ReflectionRow.written_at >= moment,
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def has(self, nudge_id: int) -> bool:
        """Returns whether there is a reflection about this nudge."""
        query = select(ReflectionRow.id).where(
            ReflectionRow.member_id == self._member_id, ReflectionRow.nudge_id == nudge_id
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def since(self, moment: datetime) -> list[Reflection]:
        """Returns the reflections written from `moment` on, oldest first."""
        return await self._opened(ReflectionRow.written_at >= moment)

    async def between(self, first: datetime, last: datetime) -> list[Reflection]:
        """Returns the reflections written from `first` to `last`, oldest first."""
        return await self._opened(ReflectionRow.written_at.between(first, last))

    async def on_challenge(self, nudge: NudgeRow) -> list[Reflection]:
        """Returns what was written on earlier nudges with the same challenge, oldest first."""
        same = select(ChallengeRow.id).where(
            ChallengeRow.set_name == nudge.challenge.set_name,
            ChallengeRow.number == nudge.challenge.number,
        )
        return await self._opened(NudgeRow.challenge_id.in_(same), NudgeRow.id < nudge.id)

    async def find(self, reflection_id: int) -> Reflection | None:
        """Returns one reflection; None: this member has none with that id."""
        found = await self._opened(ReflectionRow.id == reflection_id)
        return found[0] if found else None

    async def about(self, nudge_id: int) -> list[Reflection]:
        """Returns the reflections about a nudge, oldest first."""
        return await self._opened(ReflectionRow.nudge_id == nudge_id)

    async def _opened(self, *conditions: ColumnElement[bool]) -> list[Reflection]:
        query = (
            select(ReflectionRow, NudgeRow)
            .join(NudgeRow, NudgeRow.id == ReflectionRow.nudge_id)
            .where(ReflectionRow.member_id == self._member_id, *conditions)
            .order_by(ReflectionRow.id)
        )
        rows = (await self._session.execute(query)).all()
        opened = [
            Reflection(
                row.id, nudge, row.source, await self._words(row), row.written_at, row.edited_at
            )
            for row, nudge in rows
        ]
        self._log_lost(sum(each.words is None for each in opened))
        return opened

    async def _words(self, row: ReflectionRow) -> str | None:
        """Returns what is sealed in a row; None: its key is lost."""
        try:
            return await self._vault.open(row.key_id, _label(row.nudge_id), row.sealed)
        except LostKey:
            return None

    def _log_lost(self, lost: int) -> None:
        if lost:
            log.warning(
                "reflections cannot be opened: their key is lost",
                member=self._member_id,
                reflections=lost,
            )

    async def _by_source(self, source: str) -> ReflectionRow | None:
        query = select(ReflectionRow).where(
            ReflectionRow.member_id == self._member_id, ReflectionRow.source == source
        )
        return await self._session.scalar(query)

    async def _seal(self, nudge_id: int, words: str) -> tuple[int, bytes]:
        """Returns under whose key the words are sealed, and what came out."""
        key_id = await whose_words(self._session, self._member_id, nudge_id)
        return key_id, await self._vault.seal(key_id, _label(nudge_id), words)


async def members_without_key(session: AsyncSession, vault: Vault) -> int:
    """Returns of how many members a reflection cannot be opened, because its key is lost."""
    query = select(ReflectionRow.member_id, ReflectionRow.key_id).distinct()
    rows = (await session.execute(query)).all()
    known = await vault.members_with_key() if rows else frozenset()
    return len({row.member_id for row in rows if row.key_id not in known})


def _label(nudge_id: int) -> str:
    return f"reflection/{nudge_id}"
