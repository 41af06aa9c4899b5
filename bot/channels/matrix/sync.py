"""Receives events from Matrix: each once, in order within a room, rooms in parallel."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from nio import AsyncClient, Event, MegolmEvent, RoomInfo, RoomMemberEvent, SyncResponse
from nio.exceptions import EncryptionError

from bot.channels.base import InvalidCredentials, MessageRejected, SendError, Unreachable
from bot.channels.matrix.api import checked_response
from bot.channels.matrix.private_file import read_private, write_private
from bot.channels.reconnect import Connection
from bot.masking import without_text
from bot.retries import MATRIX_EVENT

log = structlog.get_logger(__name__)

POLL_MILLISECONDS = 25_000
STOP_SECONDS = 5.0
TIMELINE = 50
# More events than this that were missed in one room are not read.
LONGEST_GAP = 1_000
# A key may arrive after the event it decrypts; for so long the rest of the room waits for it.
KEY_SECONDS = 8.0
FILTER: dict[str, Any] = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "ephemeral": {"types": []},
        "account_data": {"types": []},
        "timeline": {"limit": TIMELINE},
    },
}

HandleEvent = Callable[[str, Event], Awaitable[None]]
Work = Callable[[], Awaitable[None]]
Maintain = Callable[[SyncResponse], Awaitable[list[Work]]]


class SyncLoop:
    """Asks the homeserver for new events until cancelled.

    A file holds the point up to which every event was handled. After a crash the events after it
    are delivered again; the handler recognises repeats by their ids.

    Args:
        client: logged in.
        file: where that point is saved.
        connection: the state of the connection to the homeserver.
        handle_event: handles one event in a room that the bot is in.
        maintain: handles each answer as a whole, before its events, and returns further work that
            has to be done before the answer counts as handled.
    """

    def __init__(
        self,
        client: AsyncClient,
        file: Path,
        connection: Connection,
        handle_event: HandleEvent,
        maintain: Maintain,
    ) -> None:
        self._client, self._file, self._connection = client, file, connection
        self._handle_event, self._maintain = handle_event, maintain
        self._rooms: dict[str, asyncio.Task[None]] = {}
        self._batches: deque[tuple[str, list[asyncio.Task[None]]]] = deque()
        self._keys_arrived = asyncio.Condition()
        self._requested_keys: set[str] = set()
        self._missing_keys: set[str] = set()

    async def run(self) -> None:
        """Syncs until cancelled, and then finishes the events that were started.

        Raises:
            InvalidCredentials: this device is logged out.
        """
        try:
            since = (read_private(self._file) or {}).get("next_batch")
            full_state = True  # the first answer has the state of every room, changed or not
            while True:
                answer = await self._connection.retry(
                    partial(self._sync, since, full_state=full_state)
                )
                self._connection.trouble = None
                self._start_batch(answer, since, await self._maintain(answer))
                since, full_state = answer.next_batch, False
                async with self._keys_arrived:
                    self._keys_arrived.notify_all()
                await self._upkeep()
        finally:
            await self._drain()

    async def _sync(self, since: str | None, *, full_state: bool) -> SyncResponse:
        wait = 0 if full_state else POLL_MILLISECONDS
        return await checked_response(self._client.sync(wait, FILTER, since, full_state=full_state))

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

    def _start_batch(self, answer: SyncResponse, since: str | None, work: list[Work]) -> None:
        """Starts handling an answer; the events of the very first are history, and are ignored."""
        tasks = [asyncio.create_task(_retry_or_log(item)) for item in work]
        if since is not None:
            for room_id, info in answer.rooms.join.items():
                if not info.timeline.events:
                    continue
                previous = self._rooms.get(room_id)
                task = asyncio.create_task(self._handle_room(room_id, info, since, previous))
                self._rooms[room_id] = task
                tasks.append(task)
        self._batches.append((answer.next_batch, tasks))
        for task in tasks:
            task.add_done_callback(lambda _: self._save_progress())
        self._save_progress()

    def _save_progress(self) -> None:
        """Saves the point up to which every event was handled.

        Batches count from the oldest on and only when all their tasks have succeeded, so that a
        crash repeats events and loses none.
        """
        reached: str | None = None
        while self._batches and all(_is_finished(task) for task in self._batches[0][1]):
            reached, _ = self._batches.popleft()
        if reached is not None:
            write_private(self._file, {"next_batch": reached})
        self._rooms = {room: task for room, task in self._rooms.items() if not task.done()}

    async def _handle_room(
        self, room_id: str, info: RoomInfo, since: str, previous: asyncio.Task[None] | None
    ) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        own = self._client.user_id
        for event in await self._connection.retry(partial(self._new_events, room_id, info, since)):
            if event.sender != own or isinstance(event, RoomMemberEvent):
                decrypted = await self._decrypted(room_id, event)
                await _retry_or_log(partial(self._handle_event, room_id, decrypted))

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

    async def _decrypted(self, room_id: str, event: Event) -> Event:
        """Returns the event decrypted, as soon as its key is there; encrypted if none arrives."""
        if not isinstance(event, MegolmEvent):
            return event
        event.room_id = room_id
        if (decrypted := self._decrypt(event)) is not None:
            return decrypted
        self._request_key(event)
        if event.session_id in self._missing_keys:
            return event
        try:
            async with asyncio.timeout(KEY_SECONDS), self._keys_arrived:
                while (decrypted := self._decrypt(event)) is None:
                    await self._keys_arrived.wait()
                return decrypted
        except TimeoutError:
            self._missing_keys.add(event.session_id)  # later events with this key do not wait
            return event

    def _decrypt(self, event: MegolmEvent) -> Event | None:
        try:
            decrypted = self._client.decrypt_event(event)
        except EncryptionError:
            return None
        return decrypted if isinstance(decrypted, Event) else None

    def _request_key(self, event: MegolmEvent) -> None:
        """Requests the key from the sender's device; the library asks only our own devices."""
        if event.session_id not in self._requested_keys:
            self._requested_keys.add(event.session_id)
            self._client.olm.outgoing_to_device_messages.append(
                event.as_key_request(
                    event.sender, self._client.device_id, event.session_id, event.device_id
                )
            )

    async def _drain(self) -> None:
        tasks = [task for _, batch in self._batches for task in batch if not task.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _is_finished(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _may_succeed_later(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, InvalidCredentials)


async def _retry_or_log(work: Work) -> None:
    """Does some work, up to five times; the last failure is logged.

    An event that cannot be handled must not block the ones after it.

    Raises:
        InvalidCredentials: this device is logged out; the work is repeated after the next log-in.
    """
    try:
        async for attempt in MATRIX_EVENT.attempts(_may_succeed_later):
            with attempt:
                await work()
    except InvalidCredentials:
        raise
    except SendError as error:
        log.error("event not dealt with", error=str(error))
    except Exception as error:
        log.error("event not handled: a fault of ours", **without_text(error))
