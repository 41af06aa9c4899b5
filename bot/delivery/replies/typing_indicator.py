"""Shows in a chat that an answer is on its way."""

import asyncio
from collections.abc import Callable, Mapping

from bot.channels.base import Channel, TypingChannel
from bot.messages import Incoming, Typed

TYPING_AFTER = 0.5  # seconds, where it is not shown at once
TYPING_LASTS = 4.0  # seconds; Telegram and Matrix show it for five
LINGERS = 0.3  # seconds after an answer; of a burst of questions it is shown once, not for each


class TypingIndicator:
    """Shows that an answer is on its way, and takes that away when it is there.

    It holds up no answer: the requests go out beside it, one after another for each chat.

    Args:
        channels: by name; those that cannot show it are left out.
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._shown: dict[tuple[str, str], _Shown] = {}

    def show(self, incoming: Incoming) -> Callable[[], None]:
        """Begins to show it where `incoming` was said, and returns what ends that."""
        name = incoming.reply_address.channel
        channel = self._channels.get(name)
        if not isinstance(channel, TypingChannel):
            return lambda: None
        # In a group, most of what is said is not for the bot; and an edit often has no answer.
        is_answered = incoming.group is None and isinstance(incoming.content, Typed)
        after = 0.0 if channel.shows_typing_at_once and is_answered else TYPING_AFTER
        place = (name, incoming.room or incoming.reply_address.id)
        shown = self._shown.get(place)
        if shown is None:
            shown = self._shown[place] = _Shown(channel, place[1])
            shown.begin()
            shown.start(after, lambda: self._shown.pop(place))
        else:
            shown.begin()
        return shown.end


class _Shown:
    """What is shown in one chat, for as long as answers are made there."""

    def __init__(self, channel: TypingChannel, place: str) -> None:
        self._channel, self._place = channel, place
        self._answers = 0
        self._busy, self._idle = asyncio.Event(), asyncio.Event()

    def start(self, after: float, ended: Callable[[], object]) -> None:
        """Shows it after so many seconds, if an answer is still being made then."""
        self._task = asyncio.create_task(self._run(after, ended))

    def begin(self) -> None:
        """Counts an answer that is being made."""
        self._answers += 1
        self._busy.set()
        self._idle.clear()

    def end(self) -> None:
        """Counts an answer that is there."""
        self._answers -= 1
        if not self._answers:
            self._busy.clear()
            self._idle.set()

    async def _run(self, after: float, ended: Callable[[], object]) -> None:
        while after and self._answers and await _happens(self._idle, after):
            pass  # that answer came in time; another may be made by now
        while self._answers:
            await self._channel.typing(self._place)
            while not await self._is_over(TYPING_LASTS):
                await self._channel.typing(self._place)
            await self._channel.typing_ended(self._place)
        ended()  # nothing was awaited since the last look at the answers

    async def _is_over(self, within: float) -> bool:
        """Waits until no answer has been made for a moment; returns False after `within`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while await _happens(self._idle, until - loop.time()):
            if not await _happens(self._busy, LINGERS):
                return True
        return False


async def _happens(event: asyncio.Event, within: float) -> bool:
    """Waits for an event; returns whether it happened within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True
