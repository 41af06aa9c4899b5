"""The items that wait, as the leader of a channel knows them: in order within each chat."""

from bisect import bisect
from collections import deque
from dataclasses import dataclass

from bot.operation.tracing import Span, begin

# What was just received is handled from memory, as far as this many bytes; the rest is read again.
MAX_CONTENT_BYTES = 4 * 2**20


@dataclass(slots=True)
class QueuedItem:
    """An item that waits.

    Attributes:
        id: of its row; items of a chat are handled in this order.
        key: the platform's id of it.
        chat: in whose order it is handled.
        attempts: how often handling it began and did not end.
        is_begun: whether handling it in this process is one of the attempts.
        is_chatter: whether it is known to be a text with which nobody becomes a member.
        content: what the platform brought; None: read it from the database.
        is_counted: whether it does not count (any more) as one of the things that its chat asks.
        since: when it was taken in, in seconds of the event loop's clock; None: before this
            process led the channel.
        taken_in: from when until when that took, as `tracing` measures it; None: it is not
            known, or nothing is traced.
    """

    id: int
    key: str
    chat: str
    attempts: int = 0
    is_begun: bool = False
    is_chatter: bool = False
    content: bytes | None = None
    is_counted: bool = False
    since: float | None = None
    taken_in: tuple[int, int] | None = None

    def begin_trace(self, channel: str) -> Span | None:
        """Returns a trace since it was taken in, or since now; None: nothing is traced."""
        since, until = self.taken_in or (None, None)
        trace = begin("update", since, channel=channel)
        if trace is not None and since is not None:
            trace.part("take_in", since).end(until)
        return trace


class ChatQueues:
    """A queue for each chat in which something waits, within a limited amount of memory."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[QueuedItem]] = {}
        self._ids: set[int] = set()
        self._content_bytes = 0

    def __len__(self) -> int:
        """Returns how many items wait or are being handled."""
        return len(self._ids)

    def waiting_in(self, chat: str) -> int:
        """Returns how many items of a chat wait, without the one that is being handled."""
        return len(self._queues.get(chat, ()))

    def add(self, item: QueuedItem) -> bool:
        """Adds an item at its place; returns False, and does nothing, when it is there already."""
        if item.id in self._ids:
            return False
        self._ids.add(item.id)
        if item.content is not None:
            if self._content_bytes + len(item.content) > MAX_CONTENT_BYTES:
                item.content = None
            else:
                self._content_bytes += len(item.content)
        queue = self._queues.setdefault(item.chat, deque())
        # Another replica may have stored an earlier one, of which this one hears later.
        queue.insert(bisect(queue, item.id, key=lambda queued: queued.id), item)
        return True

    def next_of(self, chat: str) -> QueuedItem | None:
        """Takes the next item of a chat out of its queue; None: nothing waits there.

        It stays known until `forget`, so that it is not added again while its row is there.
        """
        queue = self._queues.get(chat)
        if not queue:
            self._queues.pop(chat, None)
            return None
        item = queue.popleft()
        self._content_bytes -= len(item.content or b"")
        return item

    def forget(self, item_id: int) -> None:
        """Forgets an item whose row is gone, or set aside."""
        self._ids.discard(item_id)

    def discard(self, chat: str) -> None:
        """Drops what waits in a chat, because its rows are gone."""
        while (item := self.next_of(chat)) is not None:
            self.forget(item.id)
