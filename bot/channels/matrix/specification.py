"""Matrix, as a channel among others."""

from typing import TYPE_CHECKING

from bot.channels.matrix import NAME
from bot.channels.specification import AddressForm, ChannelSpecification

if TYPE_CHECKING:
    from bot.channels.matrix.service import MatrixSettings
    from bot.channels.service import Service


def _service() -> "Service[MatrixSettings]":
    from bot.channels.matrix.service import SERVICE

    return SERVICE


SPECIFICATION = ChannelSpecification(
    name=NAME,
    title="Matrix",
    address=AddressForm(r"@[^:\s]+:\S+", "@user:server"),
    service=_service,
    opens_chats=True,
    privacy_note="privacy.matrix",
    clears_chats=True,
    leaves_chats=True,
)
