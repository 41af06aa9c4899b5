"""Sends the key of an encrypted room to the devices in it, before anything is encrypted with it."""

import asyncio
from typing import Any
from uuid import uuid4

from bot.channels.base import MessageRejected, TemporaryFailure, Unreachable
from bot.channels.matrix.client.api import call, checked_response
from bot.channels.matrix.client.client import MatrixClient

TO_DEVICES = "/sendToDevice/m.room.encrypted"


async def share_room_key(client: MatrixClient, room_id: str) -> None:
    """Makes sure that the devices in a room have its key, and no others; usually they have.

    `room_send` would do the same. But that takes requests, during which the sync may bring somebody
    into the room; after this, `room_send` encrypts before anything else can happen.

    Raises:
        SendError: the homeserver could not be asked for devices, or not pass the key on.
    """
    room = client.rooms.get(room_id)
    if room is None or not room.encrypted:
        return
    if not room.members_synced:
        await checked_response(client.joined_members(room_id))
    await _query_devices(client)  # or one that is new in the room cannot decrypt the message
    # Again when somebody came or left in the meantime, for which the key is dropped.
    while _needs_sharing(client, room_id):
        if (sharing := client.sharing_session.get(room_id)) is not None:
            await sharing.wait()
        else:
            await _query_devices(client)
            await _share(client, room_id)


async def _query_devices(client: MatrixClient) -> None:
    if client.should_query_keys:
        await checked_response(client.keys_query())


def _needs_sharing(client: MatrixClient, room_id: str) -> bool:
    _drop_if_others_have_it(client, room_id)
    return room_id in client.rooms and client.olm.should_share_group_session(room_id)


def _drop_if_others_have_it(client: MatrixClient, room_id: str) -> None:
    """Drops the key of a room if somebody has it who is not there any more.

    The library does so when somebody leaves, but not while it is still sending the key around.
    """
    room, session = client.rooms.get(room_id), client.olm.outbound_group_sessions.get(room_id)
    if room is not None and session is not None:
        holders = {user for user, _ in session.users_shared_with}
        if not holders <= room.users.keys():
            client.invalidate_outbound_session(room_id)


async def _share(client: MatrixClient, room_id: str) -> None:
    """Gives the key of a room to each device in it; after an error the next try has a new key.

    The library would do the same, but pass over the devices for which the homeserver had an error,
    and they could not read what follows. A key that some of them may have is not used: whoever
    leaves before the next try would keep it.

    Raises:
        SendError: not every device could be given it.
    """
    shared = client.sharing_session[room_id] = asyncio.Event()
    session = None
    try:
        # Again for those who came meanwhile.
        while requests := await _requests(client, room_id):
            session = client.olm.outbound_group_sessions[room_id]
            for devices, messages in requests:
                await call(client, "PUT", f"{TO_DEVICES}/{uuid4()}", messages)
                session.users_shared_with |= devices
        if (session := client.olm.outbound_group_sessions.get(room_id)) is not None:
            session.shared = room_id in client.rooms
    except (Unreachable, MessageRejected) as error:  # which is about the key, not the message
        raise TemporaryFailure(str(error)) from error
    finally:
        if session is not None and not session.shared:
            client.olm.outbound_group_sessions.pop(room_id, None)
        client.sharing_session.pop(room_id, None)
        shared.set()  # or whoever waits would do so for ever


async def _requests(
    client: MatrixClient, room_id: str
) -> list[tuple[set[tuple[str, str]], dict[str, Any]]]:
    """Returns devices that do not have the key of a room, and what to send them, in batches."""
    if room_id not in client.rooms:
        return []
    if missing := client.get_missing_sessions(room_id):
        await checked_response(client.keys_claim(missing))
    if (room := client.rooms.get(room_id)) is None:
        return []
    users = list(room.users)
    return list(
        client.olm.share_group_session_parallel(room_id, users, ignore_unverified_devices=True)
    )
