"""Reflections: stored sealed under a key of the member who wrote them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.lifecycle import ledger
from bot.store.lifecycle.merge_changes import whose_words
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.ledger import Act
from bot.store.schema.nudges import NudgeRow, ReflectionRow


@dataclass(frozen=True, slots=True)
class Reflection:
    """An opened reflection: a message that a member wrote about a nudge.

    Attributes:
        id: of its row.
        nudge: the nudge.
        source: the key of the message, unique for this member.
        words: its text.
        written_at: when it came in.
        edited_at: when the member last edited it; None: never.
    """

    id: int
    nudge: NudgeRow
    source: str
    words: str
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
        `whose_words`.

        Raises:
            WrongKey: a reflection does not open that has to be sealed again.
        """
        others_keys = await ledger.ids_of_person(self._session, other_id)
        query = select(ReflectionRow).where(ReflectionRow.member_id == self._member_id)
        for row in (await self._session.scalars(query)).all():
            moves = row.nudge_id in nudge_ids
            row.member_id = other_id if moves else self._member_id
            if moves != (row.key_id in others_keys):
                label = _label(row.nudge_id)
                words = await self._vault.open(row.key_id, label, row.sealed)
                row.sealed = await self._vault.seal(row.member_id, label, words)
                row.key_id = row.member_id
        await self._session.flush()

    async def has(self, nudge_id: int) -> bool:
        """Returns whether there is a reflection about this nudge."""
        query = select(ReflectionRow.id).where(
            ReflectionRow.member_id == self._member_id, ReflectionRow.nudge_id == nudge_id
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def since(self, moment: datetime) -> list[Reflection]:
        """Returns the reflections written from `moment` on, oldest first.

        Raises:
            WrongKey: a reflection does not open.
        """
        return await self._opened(ReflectionRow.written_at >= moment)

    async def between(self, first: datetime, last: datetime) -> list[Reflection]:
        """Returns the reflections written from `first` to `last`, oldest first.

        Raises:
            WrongKey: a reflection does not open.
        """
        return await self._opened(ReflectionRow.written_at.between(first, last))

    async def on_challenge(self, nudge: NudgeRow) -> list[Reflection]:
        """Returns the reflections on earlier nudges with the challenge of this one, oldest first.

        Raises:
            WrongKey: a reflection does not open.
        """
        same = select(ChallengeRow.id).where(
            ChallengeRow.set_name == nudge.challenge.set_name,
            ChallengeRow.number == nudge.challenge.number,
        )
        return await self._opened(NudgeRow.challenge_id.in_(same), NudgeRow.id < nudge.id)

    async def find(self, reflection_id: int) -> Reflection | None:
        """Returns one reflection; None: this member has none with that id.

        Raises:
            WrongKey: it does not open.
        """
        found = await self._opened(ReflectionRow.id == reflection_id)
        return found[0] if found else None

    async def about(self, nudge_id: int) -> list[Reflection]:
        """Returns the reflections about a nudge, oldest first.

        Raises:
            WrongKey: a reflection does not open.
        """
        return await self._opened(ReflectionRow.nudge_id == nudge_id)

    async def _opened(self, *conditions: ColumnElement[bool]) -> list[Reflection]:
        query = (
            select(ReflectionRow, NudgeRow)
            .join(NudgeRow, NudgeRow.id == ReflectionRow.nudge_id)
            .where(ReflectionRow.member_id == self._member_id, *conditions)
            .order_by(ReflectionRow.id)
        )
        rows = (await self._session.execute(query)).all()
        return [
            Reflection(
                row.id,
                nudge,
                row.source,
                await self._vault.open(row.key_id, _label(row.nudge_id), row.sealed),
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

    async def _seal(self, nudge_id: int, words: str) -> tuple[int, bytes]:
        """Returns under whose key the words are sealed, and what came out."""
        key_id = await whose_words(self._session, self._member_id, nudge_id)
        return key_id, await self._vault.seal(key_id, _label(nudge_id), words)


async def members_without_key(session: AsyncSession, vault: Vault) -> int:
    """Returns of how many members a reflection cannot be opened, because its key is gone."""
    query = select(ReflectionRow.member_id, ReflectionRow.key_id).distinct()
    rows = (await session.execute(query)).all()
    known = await vault.store.member_ids() if rows else frozenset()
    return len({row.member_id for row in rows if row.key_id not in known})


def _label(nudge_id: int) -> str:
    return f"reflection/{nudge_id}"
