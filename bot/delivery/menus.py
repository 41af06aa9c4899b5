"""Menus of commands for who has a role: set where they changed, whoever granted the role."""

from collections.abc import Callable, Collection

import structlog

from bot.channels.base import MenuChannel, SendError, Unreachable
from bot.channels.menus import Commands
from bot.conversation.menus import commands_for
from bot.conversation.words import Words
from bot.delivery.sender import Sender
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.members.roles import Roles
from bot.store.nudges import shown_menus

log = structlog.get_logger(__name__)


class MenuUpdater:
    """Has each lead and trainer see their commands.

    Args:
        database: who has which role, and what is shown already.
        delivery: knows the channels.
        held: the names of the channels that this process may use now.
    """

    def __init__(
        self, database: Database, delivery: Sender, held: Callable[[], Collection[str]]
    ) -> None:
        self._database, self._delivery, self._held = database, delivery, held

    async def refresh(self) -> None:
        """Compares what should be shown with what is, and sets what differs."""
        for name in list(self._held()):
            channel = self._delivery.channels[name]
            if not isinstance(channel, MenuChannel):
                continue
            try:
                for address, commands in await self._different(name):
                    await self._show(channel, name, address, commands)
            except DATABASE_ERRORS as error:
                log.warning("menus not looked at", channel=name, error=error_message(error))

    async def _different(self, channel: str) -> list[tuple[str, Commands | None]]:
        async with self._database.reading() as session:
            shown = await shown_menus.shown_menu_digests(session, channel)
            wanted = {
                one.address: commands_for(Words(one.language), one.held)
                for one in await shown_menus.role_holders(session, channel)
                if one.held != Roles()
            }
        over: list[tuple[str, Commands | None]] = [
            (address, None) for address in shown if address not in wanted
        ]
        return over + [
            (address, commands)
            for address, commands in wanted.items()
            if shown.get(address) != shown_menus.digest_of(commands)
        ]

    async def _show(
        self, channel: MenuChannel, name: str, address: str, commands: Commands | None
    ) -> None:
        try:
            await channel.show_menu(address, commands)
        except Unreachable:
            log.info("menu of somebody who is gone", channel=name)
        except SendError as error:
            log.warning("menu not set", channel=name, error=str(error))
            return  # the next look tries again
        async with self._database.transaction() as session:
            digest = None if commands is None else shown_menus.digest_of(commands)
            await shown_menus.record_shown_menu(session, name, address, digest)
