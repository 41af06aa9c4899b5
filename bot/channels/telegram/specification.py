"""Telegram, as a channel among others."""

from typing import TYPE_CHECKING

from bot.channels.specification import AddressForm, ChannelSpecification
from bot.channels.telegram import NAME

if TYPE_CHECKING:
    from bot.channels.service import Service
    from bot.channels.telegram.service import TelegramSettings


def _service() -> "Service[TelegramSettings]":
    from bot.channels.telegram.service import SERVICE

    return SERVICE


SPECIFICATION = ChannelSpecification(
    name=NAME,
    title="Telegram",
    address=AddressForm(r"[1-9]\d*", "ID", remark="address.telegram_remark"),
    service=_service,
    link_carries_code=True,
    privacy_note="privacy.telegram",
    clears_chats=True,
)
