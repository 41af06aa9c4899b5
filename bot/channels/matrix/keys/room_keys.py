"""Sends the key of an encrypted room to the devices in it, before anything is encrypted with it."""

import asyncio
from uuid import uuid4

from bot.channels.matrix.client.api import call, checked_response
from bot.channels.matrix.client.client import MatrixClient


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
    if client.should_query_keys:
        # Or a device that is new in the room cannot decrypt the message.
        await checked_response(client.keys_query())
    # Again when somebody came or left in the meantime, for which the key is dropped.
    while _needs_sharing(client, room_id):
        if (sharing := client.sharing_session.get(room_id)) is not None:
            await sharing.wait()
        else:
            await _share(client, room_id)


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
    """Gives the key of a room to the devices in it that do not have it yet.

    The library would do the same, but pass over the devices for which the homeserver had an error,
    and they could not read what follows. Here it is tried again, for them only.
    """
    shared = client.sharing_session[room_id] = asyncio.Event()
    try:
        if missing := client.get_missing_sessions(room_id):
            await checked_response(client.keys_claim(missing))
        if (room := client.rooms.get(room_id)) is None:
            return
        users = list(room.users)
        requests = list(
            client.olm.share_group_session_parallel(room_id, users, ignore_unverified_devices=True)
        )
        session = client.olm.outbound_group_sessions[room_id]
        for devices, messages in requests:
            path = f"/sendToDevice/m.room.encrypted/{uuid4()}"
            await call(client, "PUT", path, messages)
            session.users_shared_with |= devices
        session.shared = True
    finally:
        # Whoever waits would do so for ever.
        client.sharing_session.pop(room_id, None)
        shared.set()
