"""The head of the audit trail: its last entry, kept in the key store, away from the trail itself.

Whoever can write to the data alone can take entries off the end of the trail; the head shows that.
It is written after the commit of the entry, once that is on disk. So after a crash it may be some
entries behind, and never ahead. Its MAC is made with the key of the trail.
"""

import hmac
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.keys.key_store import KeyStore
from bot.store.keys.key_tables import AUDIT_HEAD


@dataclass(frozen=True, slots=True)
class AuditHead:
    """An entry of the trail.

    Attributes:
        number: its number; 0: the trail is empty.
        hash: its hash.
    """

    number: int
    hash: str

    def mac(self, key: bytes) -> str:
        """Returns what nobody can compute for another entry without the key of the trail."""
        return hmac.digest(key, f"head {self.number} {self.hash}".encode(), "sha256").hex()


class AuditHeads:
    """Keeps the head in a key store.

    Args:
        store: where it is kept.
        key: the key of the trail.
    """

    def __init__(self, store: KeyStore, key: bytes) -> None:
        self._database, self._key = store.database, key

    async def read(self) -> AuditHead | None:
        """Returns the head; None: there is none, or one that was not written by this program."""
        async with self._database.reading() as session:
            row = (await session.execute(select(AUDIT_HEAD))).first()
        if row is None:
            return None
        head = AuditHead(row.number, row.hash)
        return head if hmac.compare_digest(head.mac(self._key), row.mac) else None

    async def begin(self, head: AuditHead) -> None:
        """Keeps the head of a trail that begins, unless there is one."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(AUDIT_HEAD).values(id=1, **self._values(head)))
        except IntegrityError:  # there is one, perhaps of another process
            return

    async def advance(self, before: AuditHead, head: AuditHead) -> bool:
        """Replaces the head, unless another process did so first.

        Returns:
            Whether `before` was still the head and is replaced.
        """
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(AUDIT_HEAD)
                .where(AUDIT_HEAD.c.number == before.number, AUDIT_HEAD.c.hash == before.hash)
                .values(self._values(head))
            )
        return changed.rowcount == 1

    async def replace(self, head: AuditHead) -> None:
        """Keeps another head, whatever it was: after a restore."""
        async with self._database.writing() as connection:
            changed = await connection.execute(update(AUDIT_HEAD).values(self._values(head)))
            if not changed.rowcount:
                await connection.execute(insert(AUDIT_HEAD).values(id=1, **self._values(head)))

    def _values(self, head: AuditHead) -> dict[str, int | str]:
        return {"number": head.number, "hash": head.hash, "mac": head.mac(self._key)}
