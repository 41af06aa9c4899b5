"""Shows in a chat that an answer is on its way."""

import asyncio
from collections.abc import Callable, Mapping

from bot.channels.base import Channel, TypingChannel
from bot.messages import Incoming, Typed

TYPING_AFTER = 0.5  # seconds, where it is not shown at once
TYPING_LASTS = 4.0  # seconds; Telegram and Matrix show it for five


class TypingIndicator:
    """Shows that an answer is on its way, and takes that away when it is there.

    It holds up no answer: the requests go out beside it.

    Args:
        channels: by name; those that cannot show it are left out.
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._shown: set[asyncio.Task[None]] = set()

    def show(self, incoming: Incoming) -> Callable[[], object]:
        """Begins to show it where `incoming` was said, and returns what ends that."""
        channel = self._channels.get(incoming.reply_address.channel)
        if not isinstance(channel, TypingChannel):
            return lambda: None
        # In a group, most of what is said is not for the bot; and an edit often has no answer.
        is_answered = incoming.group is None and isinstance(incoming.content, Typed)
        after = 0.0 if channel.shows_typing_at_once and is_answered else TYPING_AFTER
        place = incoming.room or incoming.reply_address.id
        task = asyncio.create_task(_show(channel, place, after))
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)
        return task.cancel


async def _show(channel: TypingChannel, place: str, after: float) -> None:
    """Shows it until cancelled; that it ended is told after all that was told before."""
    await asyncio.sleep(after)
    telling = asyncio.ensure_future(channel.typing(place))
    try:
        while True:
            await asyncio.shield(telling)
            await asyncio.sleep(TYPING_LASTS)
            telling = asyncio.ensure_future(channel.typing(place))
    finally:
        await telling
        await channel.typing_ended(place)
