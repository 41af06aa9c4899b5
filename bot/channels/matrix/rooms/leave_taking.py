"""Takes leave of somebody who was erased: their rooms, and what the bot can reach of them there."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial

import structlog
from nio import RedactedEvent

from bot.channels.base import MessageRejected, Unreachable, always_send
from bot.channels.matrix.client.api import checked_response
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.client.pace import Pace
from bot.channels.matrix.rooms.rooms import Rooms

log = structlog.get_logger(__name__)
# For all of somebody's rooms together. What is older than the bot comes to by then stays encrypted
# on the homeserver, and nobody has the bot's keys to it any more.
REDACT_SECONDS = 20.0
PAGE = 100


async def take_leave(
    client: MatrixClient,
    rooms: Rooms,
    user_id: str,
    pace: Pace,
    say_farewell: Callable[[str], Awaitable[None]],
) -> None:
    """Redacts what was said to a person, says farewell, leaves their rooms and deletes their keys.

    A crash on the way has all of it done again, as far as the rooms are still there. The farewell
    itself stays: once the bot has left, it cannot redact it.

    Args:
        client: logged in.
        rooms: the rooms that the bot is in.
        user_id: who was erased.
        pace: how fast the homeserver lets the bot send.
        say_farewell: says it in the room of this id.

    Raises:
        SendError: the homeserver cannot be reached now, or does not take the farewell.
    """
    meant_for_them = rooms.meant_for(user_id)
    await _redact_own_messages(client, meant_for_them, pace)
    if (room_id := rooms.known_with(user_id)) is not None:
        await say_farewell(room_id)
    await rooms.leave_person(user_id)
    _forget_keys(client, meant_for_them, user_id)


async def _redact_own_messages(client: MatrixClient, rooms: Collection[str], pace: Pace) -> None:
    """Redacts what the bot said in these rooms, the newest first, for `REDACT_SECONDS` at most.

    Raises:
        TemporaryFailure: the homeserver cannot be reached now.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(REDACT_SECONDS):
            for room_id in rooms:
                try:
                    await _redact_in(client, room_id, pace)
                except (Unreachable, MessageRejected) as error:  # removed from it, perhaps
                    log.info("messages stay in a room", error=str(error))
            return
    log.info("older messages stay in a room: time is up")


async def _redact_in(client: MatrixClient, room_id: str, pace: Pace) -> None:
    own = {"senders": [client.user_id], "types": ["m.room.message", "m.room.encrypted"]}
    start: str | None = None
    while True:
        page = await checked_response(
            client.room_messages(room_id, start=start, limit=PAGE, message_filter=own)
        )
        for event in page.chunk:
            if not isinstance(event, RedactedEvent):
                key = f"redact-{event.event_id}"  # a repeat is the same redaction
                redact = partial(client.room_redact, room_id, event.event_id, tx_id=key)
                await pace.call(room_id, redact, urgent=False, should_send=always_send)
        if not page.end or page.end == start:
            return
        start = page.end


def _forget_keys(client: MatrixClient, rooms: Collection[str], user_id: str) -> None:
    """Deletes the keys of rooms, and of the person's devices unless they share another room.

    So the copy of what was said that the homeserver keeps cannot be decrypted with what the bot
    has.
    """
    olm = client.olm
    for room_id in rooms:
        olm.inbound_group_store[room_id].clear()
        olm.outbound_group_sessions.pop(room_id, None)
        client.encrypted_rooms.discard(room_id)
    requests = olm.outgoing_key_requests
    for request_id in [key for key, request in requests.items() if request.room_id in rooms]:
        del requests[request_id]
    client.store.forget_rooms(rooms)
    if any(user_id in room.users for room in client.rooms.values()):
        return
    devices = olm.device_store[user_id]
    sender_keys = [device.curve25519 for device in devices.values()]
    for sender_key in sender_keys:
        olm.session_store[sender_key].clear()
    devices.clear()
    olm.tracked_users.discard(user_id)
    olm.users_for_key_query.discard(user_id)
    client.store.forget_devices(user_id, sender_keys)
