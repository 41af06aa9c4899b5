"""Makes items of what the homeserver reports."""

from datetime import UTC, datetime

from nio import AsyncClient, BadEvent, Event, MegolmEvent, RoomMemberEvent, SyncResponse

from bot.channels.matrix.events.content import content_of
from bot.channels.matrix.events.items import Departure, Removal, RoomEvent, encoded
from bot.channels.matrix.events.parse import is_said_to_others
from bot.channels.matrix.rooms.rooms import Rooms
from bot.messages import ReceivedItem, Typed


class ItemTranslator:
    """Makes items, and leaves out what is certainly not for the bot.

    Args:
        client: logged in.
        rooms: the rooms that the bot is in.
    """

    def __init__(self, client: AsyncClient, rooms: Rooms) -> None:
        self._client, self._rooms = client, rooms

    async def changes(self, answer: SyncResponse) -> list[ReceivedItem]:
        """Returns the items in an answer as a whole, and leaves rooms in which nobody is left."""
        batch = answer.next_batch
        items = []
        for user_id in await self._rooms.leave_abandoned(answer):
            departure = Departure(user_id, f"left-{batch}-{user_id}")
            items.append(_membership(departure.key, user_id, encoded(departure)))
        for room_id in answer.rooms.leave.keys() - self._rooms.taken_leave_of:
            removal = Removal(room_id, f"out-{batch}-{room_id}")
            items.append(_membership(removal.key, room_id, encoded(removal)))
        for invitation in self._rooms.invitations(answer):
            room_id = invitation.invited_to
            items.append(_membership(f"in-{batch}-{room_id}", room_id, encoded(invitation)))
        return items

    def event(self, room_id: str, event: Event | BadEvent) -> ReceivedItem | None:
        """Returns an event in a room as an item; None: there is nothing in it for the bot.

        A malformed message in a private room is an item too: it is set aside when it is its turn.
        """
        if isinstance(event, RoomMemberEvent) and event.state_key != self._client.user_id:
            return None
        if isinstance(event, RoomMemberEvent):  # now, or what follows would be taken for a group's
            self._rooms.note_invitation(room_id, event)
        person = self._rooms.person_in(room_id)
        if isinstance(event, BadEvent):
            if person is None or event.type != "m.room.message":
                return None
        elif person is None and self._is_for_others(room_id, event):
            return None
        is_readable = not isinstance(event, MegolmEvent | BadEvent)
        content = content_of(room_id, event) if is_readable else None
        return ReceivedItem(
            key=event.event_id,
            chat=person or room_id,
            content=encoded(RoomEvent.of(room_id, event)),
            sender=event.sender,
            text=content.text if isinstance(content, Typed) else None,
            is_membership=isinstance(event, RoomMemberEvent),
            sent_at=_moment(event.server_timestamp),
        )

    def _is_for_others(self, room_id: str, event: Event) -> bool:
        if self._rooms.is_thought_private(room_id, event.sender):
            return False
        return is_said_to_others(self._client.user_id, room_id, event)


def _membership(key: str, chat: str, content: bytes) -> ReceivedItem:
    return ReceivedItem(key, chat, content, is_membership=True)


def _moment(milliseconds: int) -> datetime | None:
    """Returns a moment that the homeserver gives; None: it is none, because a client made it up."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
