"""Telegram's menu of commands, and what the bot's profile says; set only where it changed."""

from collections.abc import Sequence

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.channels.base import SendError
from bot.channels.menus import Commands, Menu
from bot.channels.telegram.errors import translated_errors

log = structlog.get_logger(__name__)


async def show_menus(bot: Bot, menus: Sequence[Menu], otherwise: str) -> None:
    """Has Telegram show these; where it will not now, the next start tries again.

    Args:
        bot: whose they are.
        menus: one for each language.
        otherwise: the language for whoever's app speaks none of these.
    """
    try:
        with translated_errors():
            for menu in menus:
                await _show(bot, menu, None if menu.language == otherwise else menu.language)
    except SendError as error:
        log.warning("menu not set", error=str(error))


async def _show(bot: Bot, menu: Menu, language: str | None) -> None:
    await _list(bot, BotCommandScopeAllPrivateChats(), menu.commands, language)
    await _list(bot, BotCommandScopeAllGroupChats(), menu.in_groups, language)
    if (await bot.get_my_description(language)).description != menu.description:
        await bot.set_my_description(menu.description, language)
    if (await bot.get_my_short_description(language)).short_description != menu.short:
        await bot.set_my_short_description(menu.short, language)


async def show_in_chat(bot: Bot, chat: str, commands: Commands | None) -> None:
    """Has one chat show a menu of its own; None: what all chats show."""
    scope = BotCommandScopeChat(int(chat))
    if commands is None:
        await bot.delete_my_commands(scope)
    else:
        await bot.set_my_commands(_as_commands(commands), scope)


def _as_commands(commands: Commands) -> tuple[BotCommand, ...]:
    return tuple(BotCommand(name, told) for name, told in commands)


async def _list(bot: Bot, scope: BotCommandScope, commands: Commands, language: str | None) -> None:
    wanted = _as_commands(commands)
    if await bot.get_my_commands(scope, language) != wanted:
        await bot.set_my_commands(wanted, scope, language)
