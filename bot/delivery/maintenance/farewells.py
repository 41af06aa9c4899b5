"""The last message to people whose data is erased without their asking for it."""

from collections.abc import Sequence

from bot.channels.registry import find_channel
from bot.delivery.sender import Envelope
from bot.messages import Address, Outgoing


def farewell_envelopes(
    member_id: int, farewells: Sequence[tuple[Address, Outgoing]]
) -> list[Envelope]:
    """Returns the farewells to an erased member for the outbox: in chats that the bot can clear."""
    return [
        Envelope(chat, farewell, f"erased-{member_id}-{number}")
        for number, (chat, farewell) in enumerate(farewells)
        if (channel := find_channel(chat.channel)) is not None and channel.clears_chats
    ]
