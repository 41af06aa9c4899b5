"""matrix-nio's client, made to survive whatever people and other servers send it.

The library checks what the homeserver passes on, but hardly what is inside encryption, which is
written by others and not read by the homeserver. An error there would leave `sync`, again at each
start, and end the program.
"""

import asyncio
from typing import Any

import structlog
from aiohttp import ClientResponse
from nio import (
    AsyncClient,
    BadEvent,
    ErrorResponse,
    Event,
    MatrixRoom,
    MegolmEvent,
    RedactedEvent,
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
from bot.channels.matrix.client.api import checked_response
from bot.channels.matrix.events.content import object_in
from bot.channels.matrix.events.items import parse_decrypted
from bot.channels.matrix.events.threads import Threads
from bot.channels.matrix.keys.published_keys import PublishedKeys
from bot.channels.matrix.keys.rotation import UNLIMITED, Rotation
from bot.masking import without_text

log = structlog.get_logger(__name__)

STATES_AT_ONCE = 8


class MatrixClient(AsyncClient):  # type: ignore[misc] # nio ships no types
    """A client for which a malformed encrypted event costs no other.

    It replaces the key of a room as often as the room wants it.

    Attributes:
        threads: in which thread something happens.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - nio's own
        super().__init__(*arguments, **options)
        self._rotations: dict[str, Rotation] = {}
        self.threads = Threads()
        self._state_requests = asyncio.Semaphore(STATES_AT_ONCE)

    async def parse_body(self, transport_response: ClientResponse) -> Any:  # noqa: ANN401 - any JSON
        """Returns what the homeserver answered, without keys that somebody malformed."""
        body = await super().parse_body(transport_response)
        has_keys = isinstance(body, dict) and ("device_keys" in body or "one_time_keys" in body)
        return PublishedKeys(self.olm).usable(body) if has_keys and self.olm else body

    async def receive_response(self, response: Response) -> None:
        """Takes in what the homeserver answered, with the state that its rooms have now.

        Raises:
            SendError: the state of a room cannot be asked for now; nothing was taken in.
        """
        if isinstance(response, ErrorResponse):
            # The library would forget its token, and then ask nothing any more. So the next call
            # is refused as well, and whoever makes it knows what to do.
            response.soft_logout = False
        if isinstance(response, SyncResponse):
            rooms = response.rooms.join.items()
            await asyncio.gather(*(self._refresh_state(room, info) for room, info in rooms))
        await super().receive_response(response)

    async def _refresh_state(self, room_id: str, info: RoomInfo) -> None:
        """Replaces the state that an answer gives of a room by the current one.

        What an answer calls the state is that before the first event of its timeline, as the
        sender of that event saw it. Somebody else may have changed it at the same moment: then it
        is older than what an earlier answer gave, and a room that was opened to all would look
        private again. Of two changes at the same moment the last one in the timeline may have
        lost. (The answer to that in Matrix is `state_after`, MSC4222; the library does not know
        it.) Whatever changed after the answer comes again with the next one.
        """
        if info.timeline.events and (info.state or any(map(_is_state, info.timeline.events))):
            async with self._state_requests:
                try:
                    answer = await checked_response(self.room_get_state(room_id))
                except Unreachable:  # removed from the room meanwhile, which the next answer says
                    info.state = []
                    return
            info.state = [Event.parse_event(event) for event in answer.events]
        info.state = [_in_force(event) for event in info.state]

    def decrypted(self, event: MegolmEvent) -> Event | None:
        """Returns an event decrypted; None: its key is not there.

        Raises:
            UndecodableItem: nothing can be made of what was encrypted.
        """
        try:
            decrypted = _as_related_in_the_open(self.decrypt_event(event), event)
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

        What was encrypted is handled as a message alone: the library would take a membership that
        somebody encrypted for one that the homeserver vouches for.
        """
        if _is_state(event):  # the state has it, or what won from it
            return None
        if not isinstance(event, MegolmEvent):
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


def _as_related_in_the_open(decrypted: Event | BadEvent, event: MegolmEvent) -> Event | BadEvent:
    """Returns what was encrypted, related to other events as the homeserver and clients see it.

    A relation that stands within the encryption alone is nobody else's: the homeserver did not
    check it, and refuses an answer in a thread that cannot be.
    """
    seen = object_in(event.source, "content").get("m.relates_to")
    content = object_in(decrypted.source, "content")
    if content.get("m.relates_to") == seen and isinstance(decrypted, Event):
        return decrypted
    kept = {name: value for name, value in content.items() if name != "m.relates_to"}
    related = kept if seen is None else {**kept, "m.relates_to": seen}
    parsed = parse_decrypted({**decrypted.source, "content": related})
    parsed.decrypted = True
    return parsed


def _in_force(state: Event | BadEvent) -> Event | BadEvent:
    """Returns a state event with all that is in force of it, which the library may not have read.

    Redacted, it says as before who may come in, and who is there. The first event of a room does
    not have to name the last one of the room that it replaces, and in version 12 it does not.
    """
    if isinstance(state, RedactedEvent):
        unsigned = object_in(state.source, "unsigned")
        kept = {name: value for name, value in unsigned.items() if name != "redacted_because"}
        return _in_force(Event.parse_event({**state.source, "unsigned": kept}))
    if isinstance(state, BadEvent) and state.type == "m.room.create":
        content = object_in(state.source, "content")
        kept = {name: value for name, value in content.items() if name != "predecessor"}
        return Event.parse_event({**state.source, "content": kept})
    return state
