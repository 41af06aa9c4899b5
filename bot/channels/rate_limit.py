"""Flood control: as fast as a platform allows, and not faster; replies before nudges.

Libraries for this (aiolimiter among them) start with a burst and then let through as much again
within the same second, which a platform that counts strictly refuses; and none lets one kind of
message go before another. So this is our own.
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
QUIET_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a platform allows.

    Attributes:
        per_second: messages in any second, over all chats; None: no limit.
        chat_seconds: seconds between two messages in one chat.
        group_seconds: the same in a group.
        spare: of `per_second`, the share that is kept for replies while people are talking.
    """

    per_second: int | None = 30
    chat_seconds: float = 1.0
    group_seconds: float = 3.0
    spare: float = 0.1

    def between(self, chat: str) -> float:
        """Seconds between two messages in this chat; a group's number is negative."""
        return self.group_seconds if chat.startswith("-") else self.chat_seconds


class WaitTooLong(Exception):
    """The platform wants us to be silent for longer than it makes sense to wait here.

    Attributes:
        seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"flood control: {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Chat:
    """When something may be sent to one chat, in the loop's time."""

    free_at: float = 0.0  # a new message
    held_until: float = 0.0  # anything at all
    last_at: float = -math.inf


@dataclass(eq=False, slots=True)
class _Waiter:
    """Somebody who wants a turn."""

    chat: _Chat
    urgent: bool
    counts: bool
    go: asyncio.Future[None]

    @property
    def ready_at(self) -> float:
        """From when on its chat is no reason to wait."""
        free = self.chat.free_at if self.counts else 0.0
        return max(free, self.chat.held_until)


class RateLimiter:
    """Hands out turns to send.

    A turn counts from before the message leaves until a second after the platform has answered. So
    no second holds more than allowed, however long messages are on their way there and back. What
    that costs is one trip there and back a second, a few hundredths of the speed.

    Args:
        limits: what the platform allows.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._replies: deque[_Waiter] = deque()
        self._nudges: deque[_Waiter] = deque()
        self._in_flight = 0
        self._counting: deque[float] = deque()  # until when each answered turn counts
        self._chats: dict[str, _Chat] = {}
        self._held_until = 0.0
        self._careful_until = 0.0
        self._next_nudge = 0.0
        self._last_reply = -math.inf
        self._tidied_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, chat: str, *, urgent: bool, counts: bool = True) -> AsyncIterator[None]:
        """Waits until something may be sent to `chat`.

        Args:
            chat: where it goes; a group's begins with `-`.
            urgent: somebody is waiting for it; it goes before all that is not.
            counts: it is a new message; an edit is not held to the limit of its chat.

        Raises:
            TooLong: it would have to wait longer than `PATIENCE` seconds.
        """
        loop = asyncio.get_running_loop()
        where = self._chats.setdefault(chat, _Chat())
        waiter = _Waiter(where, urgent, counts, loop.create_future())
        if urgent:
            self._last_reply = loop.time()
        held = max(self._held_until, where.held_until) - loop.time()
        if held > MAX_WAIT:
            raise WaitTooLong(held)
        (self._replies if urgent else self._nudges).append(waiter)
        self._hand_out()
        if not waiter.go.done():
            await self._wait(waiter)
        try:
            yield
        finally:
            self._answered(waiter, self._limits.between(chat))

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way, or has to wait."""
        return bool(self._in_flight or self._replies or self._nudges)

    def hold(self, chat: str, seconds: float) -> None:
        """The platform, asked to send to `chat`, told us to wait so many seconds.

        It does not say whether it means the chat or the whole bot. Where something else was sent to
        the chat a moment ago, it is the chat; otherwise it must be the bot.
        """
        now = asyncio.get_running_loop().time()
        where = self._chats.setdefault(chat, _Chat())
        if now - where.last_at < 2 * self._limits.between(chat):
            where.held_until = max(where.held_until, now + seconds)
        else:
            self._held_until = max(self._held_until, now + seconds)
            # Whoever was refused goes on one by one, so as not to be refused many times at once.
            self._careful_until = max(self._careful_until, now + 2 * seconds)

    async def _wait(self, waiter: _Waiter) -> None:
        try:
            async with asyncio.timeout(MAX_WAIT):
                await waiter.go
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.go.cancelled():
                (self._replies if waiter.urgent else self._nudges).remove(waiter)
            else:  # the turn came in the same moment, and is not used
                self._in_flight -= 1
                waiter.chat.free_at = 0.0
                self._hand_out()
            if isinstance(error, TimeoutError):
                raise WaitTooLong(PERIOD) from error
            raise

    def _hand_out(self) -> None:
        """Gives a turn to all who may have one now, and looks again when the next one may."""
        now = asyncio.get_running_loop().time()
        while self._counting and self._counting[0] <= now:
            self._counting.popleft()
        while (waiter := self._next(now)) is not None:
            self._in_flight += 1
            if waiter.counts:
                waiter.chat.free_at = math.inf  # until this one is answered
            waiter.go.set_result(None)
        self._look_again(now)

    def _next(self, now: float) -> _Waiter | None:
        """Who is first in line and may go now; they leave the line."""
        most = self._limits.per_second or math.inf
        taken = self._in_flight + len(self._counting)
        if now < self._held_until or taken >= most:
            return None
        if now < self._careful_until and self._in_flight:
            return None
        if (reply := _take_first_ready(self._replies, now)) is not None:
            return reply
        spare = self._limits.spare if now - self._last_reply < REPLY_WINDOW else 0.0
        if taken >= most * (1 - spare) or now < self._next_nudge:
            return None
        if (nudge := _take_first_ready(self._nudges, now)) is not None:
            # Evenly, so that a reply never finds a whole second used up at once.
            self._next_nudge = max(self._next_nudge, now - 1 / most) + 1 / most
            return nudge
        return None

    def _look_again(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (self._replies or self._nudges):
            return
        moments = [waiter.ready_at for waiter in (*self._replies, *self._nudges)]
        moments += [self._held_until, self._next_nudge, *list(self._counting)[:1]]
        later = [moment for moment in moments if now < moment < math.inf]
        if later:
            self._timer = asyncio.get_running_loop().call_at(min(later), self._hand_out)

    def _answered(self, waiter: _Waiter, between: float) -> None:
        now = asyncio.get_running_loop().time()
        self._in_flight -= 1
        waiter.chat.last_at = now
        if waiter.counts:
            waiter.chat.free_at = now + between
        if self._limits.per_second is not None:
            self._counting.append(now + PERIOD)
        if now > self._tidied_at + QUIET_SECONDS:
            self._forget_quiet_chats(now)
        self._hand_out()

    def _forget_quiet_chats(self, now: float) -> None:
        self._tidied_at = now
        busy = {id(waiter.chat) for waiter in (*self._replies, *self._nudges)}
        self._chats = {
            name: chat
            for name, chat in self._chats.items()
            if id(chat) in busy
            or max(chat.free_at, chat.held_until, chat.last_at + QUIET_SECONDS) > now
        }


def _take_first_ready(line: deque[_Waiter], now: float) -> _Waiter | None:
    """The first in line whose chat is free, taken out of it."""
    for waiter in line:
        if waiter.ready_at <= now and not waiter.go.done():  # done: it just gave up waiting
            line.remove(waiter)
            return waiter
    return None
