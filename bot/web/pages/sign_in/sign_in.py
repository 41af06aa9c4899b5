"""Signing in with a link from a chat, and signing out."""

import re

from bot.conversation.context import HandlerContext
from bot.conversation.member.linking import pages
from bot.messages import Address, Outgoing
from bot.web.pages.security.security import browser_of as browser_of

LOCAL = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")


def local_path(path: str) -> str:
    """Returns where a link goes on to, below `/web/`; what is no path of ours becomes the first."""
    return path if LOCAL.fullmatch(path) else ""


def notice(context: HandlerContext, browser: str) -> tuple[Address, Outgoing]:
    """Returns the message that tells a chat that somebody signed in for it, with a way out."""
    text = context.say("web.signed_in", browser=browser)
    return context.sender, Outgoing(text, ((pages.end_button(context),),))
