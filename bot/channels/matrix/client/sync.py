"""Receives what happens on Matrix, and stores it before the next question to the homeserver."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import structlog
from nio import AsyncClient, BadEvent, Event, RoomInfo, RoomMemberEvent, SyncResponse

from bot.channels.base import (
    ItemReceiver,
    MessageRejected,
    SendError,
    Unreachable,
)
from bot.channels.connection.reconnect import Connection, retry_storing
from bot.channels.matrix.client.api import checked_response, parsed
from bot.masking import without_text
from bot.messages import ReceivedItem

log = structlog.get_logger(__name__)

POLL_MILLISECONDS = 25_000
TIMELINE = 50
# More events than this that were missed in one room are not read.
LONGEST_GAP = 1_000
FILTER: dict[str, Any] = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "ephemeral": {"types": []},
        "account_data": {"types": []},
        "timeline": {"limit": TIMELINE},
    },
}


class Translate(Protocol):
    """Makes items of what the homeserver reported."""

    async def changes(self, answer: SyncResponse) -> list[ReceivedItem]:
        """Returns the items in an answer as a whole: rooms that were left, and invitations."""
        ...

    def event(self, room_id: str, event: Event | BadEvent) -> ReceivedItem | None:
        """Returns an event in a room as an item; None: there is nothing in it for the bot."""
        ...


class SyncLoop:
    """Asks the homeserver for what is new, until cancelled.

    The position in the inbox is the account and the token up to which everything was stored. After
    a crash what came after it is delivered again, and known by its id.

    Args:
        client: logged in.
        connection: the state of the connection to the homeserver.
        inbox: where items go.
        translate: makes items.
        on_synced: called after each answer was stored.
    """

    def __init__(
        self,
        client: AsyncClient,
        connection: Connection,
        inbox: ItemReceiver,
        translate: Translate,
        on_synced: Callable[[], Awaitable[None]],
    ) -> None:
        self._client, self._connection, self._inbox = client, connection, inbox
        self._translate, self._on_synced = translate, on_synced

    async def run(self) -> None:
        """Syncs until cancelled.

        Raises:
            InvalidCredentials: this device is logged out.
        """
        since = await self._saved_token()
        full_state = True  # the first answer has the state of every room, changed or not
        while True:
            ask = partial(self._sync, since, full_state=full_state)
            answer = await self._connection.retry(parsed(ask))
            items = await self._translate.changes(answer)
            if since is not None:  # the events of the very first answer are history
                items += await self._events(answer, since)
            position = f"{self._client.user_id} {answer.next_batch}"
            # Stored first: the next request tells the homeserver that this answer has arrived.
            await retry_storing(partial(self._inbox.receive, items, position))
            self._connection.works()
            since, full_state = answer.next_batch, False
            await self._on_synced()
            await self._upkeep()

    async def _saved_token(self) -> str | None:
        """Returns the token to go on from; None: there is none for this account."""
        position = await retry_storing(self._inbox.position)
        user_id, _, token = (position or "").partition(" ")
        return token if token and user_id == self._client.user_id else None

    async def _events(self, answer: SyncResponse, since: str) -> list[ReceivedItem]:
        """Returns what happened in all rooms, in order within each."""
        rooms = [(room, info) for room, info in answer.rooms.join.items() if info.timeline.events]
        events = await asyncio.gather(
            *(
                self._connection.retry(parsed(partial(self._new_events, room_id, info, since)))
                for room_id, info in rooms
            )
        )
        return [
            item
            for (room_id, _), new in zip(rooms, events, strict=True)
            for event in new
            if isinstance(event, Event | BadEvent) and self._concerns_us(event)
            if (item := self._translate.event(room_id, event)) is not None
        ]

    def _concerns_us(self, event: Event | BadEvent) -> bool:
        return event.sender != self._client.user_id or isinstance(event, RoomMemberEvent)

    async def _sync(self, since: str | None, *, full_state: bool) -> SyncResponse:
        """Returns the next answer of the homeserver.

        Raises:
            SendError: there is none, or the library makes nothing of it.
        """
        wait = 0 if full_state else POLL_MILLISECONDS
        answer = self._client.sync(wait, FILTER, since, full_state=full_state)
        return await checked_response(answer)

    async def _upkeep(self) -> None:
        """Exchanges keys as encryption needs; what fails is tried again after the next answer."""
        client = self._client
        try:
            if client.should_upload_keys:
                await checked_response(client.keys_upload())
            if client.should_query_keys:
                await checked_response(client.keys_query())
            if client.should_claim_keys:
                await checked_response(client.keys_claim(client.get_users_for_key_claiming()))
            await client.send_to_device_messages()
        except SendError as error:
            log.info("keys could not be exchanged", error=str(error))
        except Exception as error:  # people and other homeservers write keys
            log.error("keys could not be exchanged", **without_text(error))

    async def _new_events(self, room_id: str, info: RoomInfo, since: str) -> Sequence[Event]:
        """Returns the new events of a room since the bot joined, also those the answer left out."""
        events: list[Event] = list(info.timeline.events)
        if (joined := self._join_index(events)) is not None:
            return events[joined:]
        if not info.timeline.limited:
            return events
        earlier: list[Event] = []
        start = info.timeline.prev_batch
        while start and len(earlier) < LONGEST_GAP:
            try:
                page = await checked_response(
                    self._client.room_messages(room_id, start=start, end=since, limit=100)
                )
            except (Unreachable, MessageRejected) as error:  # removed from the room in the meantime
                log.info("what was said earlier in a room cannot be read", error=str(error))
                break
            earlier += page.chunk
            if (joined := self._join_index(page.chunk)) is not None:
                earlier = earlier[: len(earlier) - len(page.chunk) + joined + 1]
                break
            start = page.end if page.chunk else None
        return [*reversed(earlier), *events]

    def _join_index(self, events: Sequence[Event]) -> int | None:
        """Returns where in `events` the bot joined; None: in none of them."""
        for number, event in enumerate(events):
            if (
                isinstance(event, RoomMemberEvent)
                and event.state_key == self._client.user_id
                and event.membership == "join"
                and event.prev_membership != "join"
            ):
                return number
        return None
