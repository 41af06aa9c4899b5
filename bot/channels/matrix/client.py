"""matrix-nio's client, made to survive whatever people and other servers send it.

The library checks what the homeserver passes on, but hardly what is inside encryption, which is
written by others and not read by the homeserver. An error there would leave `sync`, again at each
start, and end the program.
"""

import asyncio
from typing import Any

import structlog
from nio import (
    AsyncClient,
    Event,
    MatrixRoom,
    MegolmEvent,
    Response,
    RoomEncryptionEvent,
    RoomInfo,
    RoomMemberEvent,
    RoomUpgradeEvent,
    SyncResponse,
)
from nio.events import ToDeviceEvent
from nio.exceptions import EncryptionError

from bot.channels.base import UndecodableItem, Unreachable
from bot.channels.matrix.api import checked_response
from bot.channels.matrix.keys.rotation import UNLIMITED, Rotation
from bot.masking import without_text

log = structlog.get_logger(__name__)

STATES_AT_ONCE = 8


class MatrixClient(AsyncClient):  # type: ignore[misc] # nio ships no types
    """A client for which a malformed encrypted event costs no other.

    It replaces the key of a room as often as the room wants it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - nio's own
        super().__init__(*arguments, **options)
        self._rotations: dict[str, Rotation] = {}
        self._state_requests = asyncio.Semaphore(STATES_AT_ONCE)

    async def receive_response(self, response: Response) -> None:
        """Takes in what the homeserver answered, with the state that its rooms have now.

        Raises:
            SendError: the state of a room cannot be asked for now; nothing was taken in.
        """
        if isinstance(response, SyncResponse):
            rooms = response.rooms.join.items()
            await asyncio.gather(*(self._refresh_state(room, info) for room, info in rooms))
        await super().receive_response(response)

    async def _refresh_state(self, room_id: str, info: RoomInfo) -> None:
        """Replaces the state that an answer gives of a room by the current one.

        What an answer calls the state is that before the first event of its timeline, as the
        sender of that event saw it. Somebody else may have changed it at the same moment: then it
        is older than what an earlier answer gave, and a room that was opened to all would look
        private again. (The answer to that in Matrix is `state_after`, MSC4222; the library does
        not know it.) Whatever changed after the answer comes again with the next one.
        """
        if not (info.state and info.timeline.events):
            return
        async with self._state_requests:
            try:
                answer = await checked_response(self.room_get_state(room_id))
            except Unreachable:  # removed from the room meanwhile, which the next answer says
                info.state = []
                return
        info.state = [Event.parse_event(event) for event in answer.events]

    def decrypted(self, event: MegolmEvent) -> Event | None:
        """Returns an event decrypted; None: its key is not there.

        Raises:
            UndecodableItem: nothing can be made of what was encrypted.
        """
        try:
            decrypted = self.decrypt_event(event)
        except EncryptionError:
            return None
        except Exception as error:  # whatever the library's parser stumbles over
            raise UndecodableItem(type(error).__name__) from None
        if not isinstance(decrypted, Event):
            raise UndecodableItem("BadEvent")
        if _is_state(decrypted):
            raise UndecodableItem("an encrypted state event")
        return decrypted

    def encrypt(
        self, room_id: str, message_type: str, content: dict[Any, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Returns the encrypted event; what it relates to stays in the open, as Matrix wants it.

        Otherwise the homeserver does not know that a message is in a thread, or an edit.
        """
        session = self.olm.outbound_group_sessions.get(room_id)
        if session is not None:
            # `room_send` has replaced it if it had to be. Another message may have used it since;
            # were it replaced here, nobody would be given the new key, and the library raises.
            UNLIMITED.limit(session)
        encrypted: dict[str, Any]
        try:
            kind, encrypted = super().encrypt(room_id, message_type, content)
        finally:
            if session is not None:
                self._rotations.get(room_id, Rotation()).limit(session)
        if "m.relates_to" in content:
            encrypted["m.relates_to"] = content["m.relates_to"]
        return kind, encrypted

    # These are called by `sync`; nothing that is public is between them.

    def _handle_joined_state(
        self, room_id: str, join_info: RoomInfo, encrypted_rooms: set[str]
    ) -> None:
        """Takes in the state of a room, with how long a key is used there."""
        super()._handle_joined_state(room_id, join_info, encrypted_rooms)
        for event in join_info.state:
            self._note_rotation(room_id, event)

    def _note_rotation(self, room_id: str, event: Event) -> None:
        if isinstance(event, RoomEncryptionEvent):
            self._rotations[room_id] = Rotation.of(event.source["content"])

    def _handle_timeline_event(
        self, event: Event, room_id: str, room: MatrixRoom, encrypted_rooms: set[str]
    ) -> Event | None:
        """Returns what was in an encrypted event; None: it is not encrypted, or has to wait.

        It is handled as a message alone: the library would take a membership that somebody
        encrypted for one that the homeserver vouches for.
        """
        if not isinstance(event, MegolmEvent):
            self._note_rotation(room_id, event)
            handled: Event | None = super()._handle_timeline_event(
                event, room_id, room, encrypted_rooms
            )
            return handled
        event.room_id = room_id
        try:
            return self.decrypted(event)
        except UndecodableItem:  # it stays encrypted, and is set aside when it is its turn
            return None

    def _handle_decrypt_to_device(self, to_device_event: ToDeviceEvent) -> ToDeviceEvent | None:
        """Returns what was in a message to this device; None: it is not encrypted, or malformed."""
        try:
            decrypted: ToDeviceEvent | None = super()._handle_decrypt_to_device(to_device_event)
        except Exception as error:  # whatever the library's parser stumbles over
            log.info("a message to this device cannot be read", **without_text(error))
            return None
        return decrypted


def _is_state(event: Event) -> bool:
    """Returns whether an event claims to change the state of its room; that is never encrypted."""
    return "state_key" in event.source or isinstance(event, RoomMemberEvent | RoomUpgradeEvent)
