"""What ends by itself about links: requests that nobody answered, and the week to undo one."""

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.member.linking import link_requests as texts
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.unchanged import UnchangedRead
from bot.store.lifecycle.linking import link_requests, linking, links
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow

log = structlog.get_logger(__name__)


class LinkExpiry:
    """Ends link requests that nobody answered in time, and links that are older than a week.

    Args:
        database: where they are kept.
        vault: seals what the chats are told.
        clock: returns the present.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._next_end = UnchangedRead(database, _next_end)

    async def expire(self) -> None:
        """Ends what is over, and tells both chats of each request.

        The DELETE decides, so that of several replicas one tells them. A database that cannot be
        used is logged; the next call tries again.
        """
        try:
            await self._expire()
        except DATABASE_ERRORS as error:
            log.warning("link requests not looked at", error=error_message(error))

    async def _expire(self) -> None:
        now = self._clock()
        end = await self._next_end()
        if end is None or end > now:
            return
        async with self._database.transaction() as session:
            envelopes = []
            for request in await link_requests.take_expired(session, now):
                owner = await session.get_one(MemberRow, request.member_id)
                chats = await linking.chats_of(session, owner)
                envelopes += [
                    Envelope(address, message, f"link-request-{request.id}-{number}")
                    for number, (address, message) in enumerate(
                        texts.expired(request, owner, chats)
                    )
                ]
            await keep_for_later(session, self._vault, envelopes, now)
            await links.purge_links(session, now)


async def _next_end(session: AsyncSession) -> datetime | None:
    """Returns when a request or the week to undo a link ends next; None: there are none."""
    moments = (await link_requests.next_end(session), await links.next_end(session))
    return min((moment for moment in moments if moment is not None), default=None)
