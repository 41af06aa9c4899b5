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
    MenuButtonDefault,
    MenuButtonWebApp,
    WebAppInfo,
)

from bot.channels.base import SendError
from bot.channels.menus import Commands, Menu, PagesButton
from bot.channels.telegram.api.errors import translated_errors

log = structlog.get_logger(__name__)


async def show_menus(bot: Bot, menus: Sequence[Menu], default_language: str) -> None:
    """Sets the menus and profile texts that changed; after a failure the next start tries again.

    Args:
        bot: the bot that they belong to.
        menus: one for each language.
        default_language: for people whose app has none of these languages.
    """
    try:
        with translated_errors():
            for menu in menus:
                await _show_menu(
                    bot, menu, None if menu.language == default_language else menu.language
                )
            if menus:
                await _show_pages_button(bot, menus[0].pages)
    except SendError as error:
        log.warning("menu not set", error=str(error))


async def _show_menu(bot: Bot, menu: Menu, language: str | None) -> None:
    await _set_commands(bot, BotCommandScopeAllPrivateChats(), menu.commands, language)
    await _set_commands(bot, BotCommandScopeAllGroupChats(), menu.in_groups, language)
    if (await bot.get_my_description(language)).description != menu.description:
        await bot.set_my_description(menu.description, language)
    if (await bot.get_my_short_description(language)).short_description != menu.short:
        await bot.set_my_short_description(menu.short, language)


async def _show_pages_button(bot: Bot, pages: PagesButton | None) -> None:
    """Shows the button for the Mini App beside the field for messages, or takes it away."""
    shown = await bot.get_chat_menu_button()
    if pages is not None:
        button = MenuButtonWebApp(pages.label, WebAppInfo(pages.url))
        if shown != button:
            await bot.set_chat_menu_button(menu_button=button)
    elif isinstance(shown, MenuButtonWebApp):
        await bot.set_chat_menu_button(menu_button=MenuButtonDefault())


async def show_in_chat(bot: Bot, chat: str, commands: Commands | None) -> None:
    """Gives one chat a menu of its own; None restores the menu that all chats show."""
    scope = BotCommandScopeChat(int(chat))
    if commands is None:
        await bot.delete_my_commands(scope)
    else:
        await bot.set_my_commands(_bot_commands(commands), scope)


def _bot_commands(commands: Commands) -> tuple[BotCommand, ...]:
    return tuple(BotCommand(name, description) for name, description in commands)


async def _set_commands(
    bot: Bot, scope: BotCommandScope, commands: Commands, language: str | None
) -> None:
    bot_commands = _bot_commands(commands)
    if await bot.get_my_commands(scope, language) != bot_commands:
        await bot.set_my_commands(bot_commands, scope, language)
