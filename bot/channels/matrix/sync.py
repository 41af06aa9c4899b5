"""What comes in on Matrix: everything once, in order within a room, rooms side by side."""

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
from bot.retries import MATRIX_EVENT

log = structlog.get_logger(__name__)

POLL_MILLISECONDS = 25_000
STOP_SECONDS = 5.0
TIMELINE = 50
# More than this from one room, while we were away, is no conversation.
LONGEST_GAP = 1_000
# A key may come after what it opens; so long what follows in that room waits for it.
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
    """Asks the homeserver for what is new, again and again.

    How far everything was dealt with is kept in a file. After a crash what came after is told
    again; whoever hears it knows each event by its id.

    Args:
        client: logged in.
        file: where that is kept.
        line: tells whether the homeserver answers.
        deal: deals with one event in a room that the bot is in.
        look: looks at each answer as a whole, before its events are dealt with, and tells what else
            has to be done because of it.
    """

    def __init__(
        self, client: AsyncClient, file: Path, line: Connection, deal: HandleEvent, look: Maintain
    ) -> None:
        self._client, self._file, self._line = client, file, line
        self._deal, self._look = deal, look
        self._rooms: dict[str, asyncio.Task[None]] = {}
        self._batches: deque[tuple[str, list[asyncio.Task[None]]]] = deque()
        self._keys_came = asyncio.Condition()
        self._asked_for: set[str] = set()
        self._lost: set[str] = set()

    async def run(self) -> None:
        """Listens until cancelled; what was begun is finished first.

        Raises:
            BadToken: we are logged out.
        """
        try:
            since = (read_private(self._file) or {}).get("next_batch")
            whole = True  # the first answer tells the state of every room, changed or not
            while True:
                answer = await self._line.until_it_works(partial(self._ask, since, whole=whole))
                self._line.trouble = None
                self._begin(answer, since, await self._look(answer))
                since, whole = answer.next_batch, False
                async with self._keys_came:
                    self._keys_came.notify_all()
                await self._upkeep()
        finally:
            await self._finish()

    async def _ask(self, since: str | None, *, whole: bool) -> SyncResponse:
        wait = 0 if whole else POLL_MILLISECONDS
        return await checked_response(self._client.sync(wait, FILTER, since, full_state=whole))

    async def _upkeep(self) -> None:
        """What encryption asks for between two answers; what fails is tried after the next one."""
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

    def _begin(self, answer: SyncResponse, since: str | None, more: list[Work]) -> None:
        """Begins to deal with all that an answer holds; the first one ever is the past."""
        begun = [asyncio.create_task(_retry_or_log(one)) for one in more]
        if since is not None:
            for room_id, info in answer.rooms.join.items():
                if not info.timeline.events:
                    continue
                before = self._rooms.get(room_id)
                task = asyncio.create_task(self._room(room_id, info, since, before))
                self._rooms[room_id] = task
                begun.append(task)
        self._batches.append((answer.next_batch, begun))
        for task in begun:
            task.add_done_callback(lambda _: self._keep())
        self._keep()

    def _keep(self) -> None:
        """Writes down how far everything was dealt with; what was broken off was not."""
        reached: str | None = None
        while self._batches and all(_is_finished(task) for task in self._batches[0][1]):
            reached, _ = self._batches.popleft()
        if reached is not None:
            write_private(self._file, {"next_batch": reached})
        self._rooms = {room: task for room, task in self._rooms.items() if not task.done()}

    async def _room(
        self, room_id: str, info: RoomInfo, since: str, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        own = self._client.user_id
        for event in await self._line.until_it_works(partial(self._events, room_id, info, since)):
            if event.sender != own or isinstance(event, RoomMemberEvent):
                opened = await self._opened(room_id, event)
                await _retry_or_log(partial(self._deal, room_id, opened))

    async def _events(self, room_id: str, info: RoomInfo, since: str) -> Sequence[Event]:
        """All that is new in a room since we came into it, also what the answer left out."""
        events: list[Event] = list(info.timeline.events)
        if (joined := self._coming_in(events)) is not None:
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
            except (Unreachable, MessageRejected) as error:  # put out of the room meanwhile
                log.info("what was said earlier in a room cannot be read", error=str(error))
                break
            earlier += page.chunk
            if (joined := self._coming_in(page.chunk)) is not None:
                earlier = earlier[: len(earlier) - len(page.chunk) + joined + 1]
                break
            start = page.end if page.chunk else None
        return [*reversed(earlier), *events]

    def _coming_in(self, events: Sequence[Event]) -> int | None:
        """Where in `events` the bot joined."""
        for number, event in enumerate(events):
            if (
                isinstance(event, RoomMemberEvent)
                and event.state_key == self._client.user_id
                and event.membership == "join"
                and event.prev_membership != "join"
            ):
                return number
        return None

    async def _opened(self, room_id: str, event: Event) -> Event:
        """The event as it was meant, once its key is there; still sealed when none comes."""
        if not isinstance(event, MegolmEvent):
            return event
        event.room_id = room_id
        if (opened := self._try_to_open(event)) is not None:
            return opened
        self._ask_for_key(event)
        if event.session_id in self._lost:
            return event
        try:
            async with asyncio.timeout(KEY_SECONDS), self._keys_came:
                while (opened := self._try_to_open(event)) is None:
                    await self._keys_came.wait()
                return opened
        except TimeoutError:
            self._lost.add(event.session_id)  # nobody waits for the same key twice
            return event

    def _try_to_open(self, event: MegolmEvent) -> Event | None:
        try:
            opened = self._client.decrypt_event(event)
        except EncryptionError:
            return None
        return opened if isinstance(opened, Event) else None

    def _ask_for_key(self, event: MegolmEvent) -> None:
        """Asks the device that sealed it; the library itself asks only devices of our own."""
        if event.session_id not in self._asked_for:
            self._asked_for.add(event.session_id)
            self._client.olm.outgoing_to_device_messages.append(
                event.as_key_request(
                    event.sender, self._client.device_id, event.session_id, event.device_id
                )
            )

    async def _finish(self) -> None:
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
    """Does something, again if it fails; after some times it is logged and left.

    One thing that we stumble over must not keep the others from being heard.

    Raises:
        BadToken: we are logged out; it is done after the next login.
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
        log.error("event not dealt with: a fault of ours", exc_info=error)
