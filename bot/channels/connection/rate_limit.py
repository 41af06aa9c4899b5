"""Flood control: sends as fast as a platform allows and no faster, replies before nudges.

Libraries for this (aiolimiter among them) start with a burst and then allow as much again within
the same second, which a platform that counts strictly refuses; and none has priorities.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

PERIOD = 1.0
MAX_WAIT = 8.0
REPLY_WINDOW = 5.0
IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a platform allows.

    Attributes:
        per_second: messages in any second, over all chats; None: no limit.
        chat_seconds: seconds between two messages in one chat.
        group_seconds: the same in a group.
        reply_share: the share of `per_second` kept for replies while people are talking.
    """

    per_second: int | None
    chat_seconds: float = 1.0
    group_seconds: float = 3.0
    reply_share: float = 0.1

    def interval(self, chat: str) -> float:
        """Returns the seconds between two messages in a chat; a group's number is negative."""
        return self.group_seconds if chat.startswith("-") else self.chat_seconds


class WaitTooLong(Exception):
    """The platform asks for a longer pause than is waited for here.

    Attributes:
        seconds: how long it asks for.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"flood control: {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _ChatState:
    """When something may be sent to one chat, in the event loop's time."""

    free_at: float = 0.0  # a new message
    paused_until: float = 0.0  # anything at all
    last_sent_at: float = -math.inf


@dataclass(eq=False, slots=True)
class _WaitingSend:
    """A message that waits for a slot; `granted` is set when it may leave."""

    chat: _ChatState
    urgent: bool
    new_message: bool
    granted: asyncio.Future[None]

    @property
    def ready_at(self) -> float:
        """The moment from which its chat allows it."""
        free = self.chat.free_at if self.new_message else 0.0
        return max(free, self.chat.paused_until)


class RateLimiter:
    """Grants slots to send.

    A slot counts from before the message leaves until a second after the platform has answered. So
    no second has more messages than allowed, however long each is on its way. The price is one
    round trip a second, a few hundredths of the speed.

    Args:
        limits: what the platform allows.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._replies: deque[_WaitingSend] = deque()
        self._nudges: deque[_WaitingSend] = deque()
        self._in_flight = 0
        self._counted_until: deque[float] = deque()  # until when each answered slot counts
        self._chats: dict[str, _ChatState] = {}
        self._paused_until = 0.0
        self._one_by_one_until = 0.0
        self._next_nudge = 0.0
        self._last_reply = -math.inf
        self._purged_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def slot(
        self, chat: str, *, urgent: bool, new_message: bool = True
    ) -> AsyncIterator[None]:
        """Waits until something may be sent to `chat`, and holds the slot within the block.

        Args:
            chat: its address; a group's begins with `-`.
            urgent: somebody is waiting for it; it goes before everything that is not urgent.
            new_message: False for an edit, to which the interval of the chat does not apply.

        Raises:
            WaitTooLong: the wait would be longer than `MAX_WAIT` seconds.
        """
        loop = asyncio.get_running_loop()
        state = self._chats.setdefault(chat, _ChatState())
        waiter = _WaitingSend(state, urgent, new_message, loop.create_future())
        if urgent:
            self._last_reply = loop.time()
        pause = max(self._paused_until, state.paused_until) - loop.time()
        if pause > MAX_WAIT:
            raise WaitTooLong(pause)
        (self._replies if urgent else self._nudges).append(waiter)
        self._grant_slots()
        if not waiter.granted.done():
            await self._wait_for_slot(waiter)
        try:
            yield
        finally:
            self._release_slot(waiter, self._limits.interval(chat))

    @property
    def is_busy(self) -> bool:
        """Whether a message is on its way or waits for a slot."""
        return bool(self._in_flight or self._replies or self._nudges)

    def pause_after_refusal(self, chat: str, seconds: float) -> None:
        """Pauses because the platform refused a message to `chat` for so many seconds.

        A platform does not say whether it means the chat or the whole bot. If something else was
        sent to the chat a moment ago, the chat pauses; otherwise everything does.
        """
        now = asyncio.get_running_loop().time()
        state = self._chats.setdefault(chat, _ChatState())
        if now - state.last_sent_at < 2 * self._limits.interval(chat):
            state.paused_until = max(state.paused_until, now + seconds)
        else:
            self._paused_until = max(self._paused_until, now + seconds)
            # One at a time after that: many in parallel would all be refused again.
            self._one_by_one_until = max(self._one_by_one_until, now + 2 * seconds)

    async def _wait_for_slot(self, waiter: _WaitingSend) -> None:
        try:
            async with asyncio.timeout(MAX_WAIT):
                await waiter.granted
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.granted.cancelled():
                (self._replies if waiter.urgent else self._nudges).remove(waiter)
            else:  # granted in the same moment: give the slot back, or it counts for ever
                self._in_flight -= 1
                waiter.chat.free_at = 0.0
                self._grant_slots()
            if isinstance(error, TimeoutError):
                raise WaitTooLong(PERIOD) from error
            raise

    def _grant_slots(self) -> None:
        """Grants all slots that are free now, and plans the next look for when one will be."""
        now = asyncio.get_running_loop().time()
        while self._counted_until and self._counted_until[0] <= now:
            self._counted_until.popleft()
        while (waiter := self._take_next(now)) is not None:
            self._in_flight += 1
            if waiter.new_message:
                waiter.chat.free_at = math.inf  # until this one is answered
            waiter.granted.set_result(None)
        self._schedule_next_grant(now)

    def _take_next(self, now: float) -> _WaitingSend | None:
        """Takes the message that may leave now out of its queue; None: none may."""
        capacity = self._limits.per_second or math.inf
        used = self._in_flight + len(self._counted_until)
        if now < self._paused_until or used >= capacity:
            return None
        if now < self._one_by_one_until and self._in_flight:
            return None
        if (reply := _take_first_ready(self._replies, now)) is not None:
            return reply
        reply_share = self._limits.reply_share if now - self._last_reply < REPLY_WINDOW else 0.0
        if used >= capacity * (1 - reply_share) or now < self._next_nudge:
            return None
        if (nudge := _take_first_ready(self._nudges, now, new_chats_first=True)) is not None:
            # Spread over the second, so that a reply never finds all of it used up at once.
            self._next_nudge = max(self._next_nudge, now - 1 / capacity) + 1 / capacity
            return nudge
        return None

    def _schedule_next_grant(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (self._replies or self._nudges):
            return
        moments = [waiter.ready_at for waiter in (*self._replies, *self._nudges)]
        moments += [self._paused_until, self._next_nudge, *list(self._counted_until)[:1]]
        later = [moment for moment in moments if now < moment < math.inf]
        if later:
            self._timer = asyncio.get_running_loop().call_at(min(later), self._grant_slots)

    def _release_slot(self, waiter: _WaitingSend, interval: float) -> None:
        now = asyncio.get_running_loop().time()
        self._in_flight -= 1
        waiter.chat.last_sent_at = now
        if waiter.new_message:
            waiter.chat.free_at = now + interval
        if self._limits.per_second is not None:
            self._counted_until.append(now + PERIOD)
        if now > self._purged_at + IDLE_SECONDS:
            self._purge_idle_chats(now)
        self._grant_slots()

    def _purge_idle_chats(self, now: float) -> None:
        self._purged_at = now
        busy = {id(waiter.chat) for waiter in (*self._replies, *self._nudges)}
        self._chats = {
            name: chat
            for name, chat in self._chats.items()
            if id(chat) in busy
            or max(chat.free_at, chat.paused_until, chat.last_sent_at + IDLE_SECONDS) > now
        }


def _take_first_ready(
    queue: deque[_WaitingSend], now: float, *, new_chats_first: bool = False
) -> _WaitingSend | None:
    """Takes the first message whose chat allows it out of the queue; None: there is none.

    Args:
        queue: in order of arrival.
        now: the event loop's time.
        new_chats_first: whether a chat to which nothing was sent yet goes before the others. The
            second message to a group waits some seconds anyhow; if it also went before the first
            ones of other groups, all would be done later.
    """
    first: _WaitingSend | None = None
    for waiter in queue:
        if waiter.ready_at > now or waiter.granted.done():  # done: it timed out a moment ago
            continue
        if not new_chats_first or waiter.chat.last_sent_at == -math.inf:
            first = waiter
            break
        first = first or waiter
    if first is not None:
        queue.remove(first)
    return first
