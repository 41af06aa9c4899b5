"""Looking what is new, for all who follow a chat: those who ask at the same time share two queries.

Thousands of streams look every twenty seconds, and all at once in a wave. One by one they would
take all connections to the database, and most of the processor.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.store.chat import browsers, mailbox
from bot.store.chat.mailbox import Chat, Stored
from bot.store.db.engine import Database
from bot.store.members.vault import Vault

MOST = 100  # in one query


@dataclass(frozen=True, slots=True)
class Look:
    """What one page wants to know.

    Attributes:
        browser_id: the browser that it is open in.
        chat: whose it is.
        after: up to where it is.
        at: the present.
    """

    browser_id: int
    chat: Chat
    after: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is.

    Attributes:
        language: of whose browser it is; empty: they are no member; None: it may not read any more.
        messages: those that came or changed since, oldest first.
    """

    language: str | None
    messages: Sequence[Stored]


class Looks:
    """Collects who looks while others are looking, and looks for all of them next."""

    def __init__(self) -> None:
        self._pending: list[tuple[Look, asyncio.Future[Seen]]] = []
        self._looking: asyncio.Task[None] | None = None
        self._asking = 0

    async def ask(self, database: Database, vault: Vault, look: Look) -> Seen:
        """Returns what one page wants to know.

        Raises:
            SQLAlchemyError: the database cannot be read.
        """
        seen: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._pending.append((look, seen))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_for_all(database, vault))
        self._asking += 1
        try:
            return await seen
        finally:
            self._asking -= 1
            if not seen.done() or seen.cancelled():
                await self._end_for_nobody()

    async def _end_for_nobody(self) -> None:
        """Ends the look of those who are all gone, so that it does not outlive the database.

        Whoever was cancelled may be cancelled again while it waits here, by a task group that ends.
        """
        while not (self._asking or self._looking is None or self._looking.done()):
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait([self._looking])

    async def _look_for_all(self, database: Database, vault: Vault) -> None:
        while waiting := [each for each in self._pending if not each[1].done()]:
            batch, self._pending = waiting[:MOST], waiting[MOST:]
            try:
                found = await _look(database, vault, [look for look, _ in batch])
            except asyncio.CancelledError:
                if self._pending:  # somebody came since
                    self._looking = asyncio.create_task(self._look_for_all(database, vault))
                raise
            except Exception as error:
                for _, seen in batch:
                    if not seen.done():
                        seen.set_exception(error)
                continue
            for (_, seen), result in zip(batch, found, strict=True):
                if not seen.done():  # its page was closed meanwhile
                    seen.set_result(result)


async def _look(database: Database, vault: Vault, looks: Sequence[Look]) -> list[Seen]:
    now = max(each.at for each in looks)
    async with database.reading() as session:
        languages = await browsers.languages_of(session, [each.browser_id for each in looks], now)
        after: dict[Chat, int] = {}
        for each in looks:
            if each.browser_id in languages:
                after[each.chat] = min(each.after, after.get(each.chat, each.after))
        kept = await mailbox.since_each(session, vault, after)
    return [
        Seen(
            language := languages.get(each.browser_id),
            [one for one in kept.get(each.chat, ()) if one.changed >= each.after]
            if language is not None
            else [],
        )
        for each in looks
    ]
