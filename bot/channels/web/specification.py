"""The chat in a browser, as a channel among others."""

from typing import TYPE_CHECKING

from bot.channels.specification import AddressForm, ChannelSpecification
from bot.channels.web import NAME

if TYPE_CHECKING:
    from bot.channels.service import Service
    from bot.channels.web.service import WebSettings


def _service() -> "Service[WebSettings]":
    from bot.channels.web.service import SERVICE

    return SERVICE


SPECIFICATION = ChannelSpecification(
    name=NAME,
    title="Web",
    address=AddressForm(r"[0-9a-f]{32}", "ID"),
    service=_service,
    link_carries_code=True,
    link_offers_all=True,
    privacy_note="privacy.web",
    push_note="privacy.web_push",
    clears_chats=True,
)
