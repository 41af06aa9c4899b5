"""In which thread something happens that says so only by what it is about."""

from collections import OrderedDict

from nio import AsyncClient, Event, RedactionEvent

from bot.channels.base import Unreachable
from bot.channels.matrix.client.api import checked_response
from bot.channels.matrix.events.content import event_id_of, object_in, receipt_of, thread_of

ABOUT_ANOTHER = ("m.replace", "m.annotation")
REMEMBERED = 10_000


class Threads:
    """The threads of messages, the newest `REMEMBERED` of which are known without asking.

    A reaction, an edit and a deletion do not name the thread of the message that they are about.
    """

    def __init__(self) -> None:
        self._roots: OrderedDict[str, str | None] = OrderedDict()

    async def of(self, client: AsyncClient, room_id: str, event: Event) -> str | None:
        """Returns the receipt of the message whose thread an event belongs in; None: in none.

        Raises:
            SendError: the homeserver could not be asked.
        """
        about = _about(event)
        if about is not None and (receipt := receipt_of(room_id, about)) not in self._roots:
            self._record(receipt, await _asked(client, room_id, about))
        return self.known_of(room_id, event)

    def known_of(self, room_id: str, event: Event) -> str | None:
        """Returns the same without asking; None: it is in none, or not known to be in one."""
        about = _about(event)
        if about is not None:
            return self._roots.get(receipt_of(room_id, about))
        thread = thread_of(room_id, event)
        self._record(receipt_of(room_id, event.event_id), thread)
        return thread

    def _record(self, receipt: str, thread: str | None) -> None:
        self._roots[receipt] = thread
        self._roots.move_to_end(receipt)
        if len(self._roots) > REMEMBERED:
            self._roots.popitem(last=False)


def _about(event: Event) -> str | None:
    """Returns the id of the message that an event changes, deletes or reacts to; None: of none."""
    if isinstance(event, RedactionEvent):
        return event_id_of(event.redacts)
    relation = object_in(object_in(event.source, "content"), "m.relates_to")
    is_about = relation.get("rel_type") in ABOUT_ANOTHER
    return event_id_of(relation.get("event_id")) if is_about else None


async def _asked(client: AsyncClient, room_id: str, event_id: str) -> str | None:
    try:
        answer = await checked_response(client.room_get_event(room_id, event_id))
    except Unreachable:  # it is gone
        return None
    return thread_of(room_id, answer.event)
