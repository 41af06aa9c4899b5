"""The settings of the chat in a browser, and how the channel is built from them."""

from typing import Annotated

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.service import ChannelContext, ChannelSettings, Service


class WebSettings(ChannelSettings):
    """The settings whose names begin with `OLIEVLEK_WEB_`."""

    chat: Annotated[bool, Field(description="obtain.web_chat")] = False


def build(_: WebSettings, context: ChannelContext) -> Channel:
    """Returns the channel; its page is opened at the address of the pages."""
    from bot.channels.web.channel import WebChat
    from bot.channels.web.push import WebPush

    push = None
    if context.push is not None:
        push = WebPush(context.push, context.subscriptions, context.clock)
    return WebChat(context.clock, context.mailbox, context.public_url, push)


SERVICE = Service(
    settings=WebSettings,
    enabled_by="chat",
    build=build,
    needs_secret_key=True,
    needs_public_url=True,
)
