"""Menus of commands for people with a role, set wherever a role was granted or revoked."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import MenuChannel, SendError, Unreachable
from bot.channels.menus import Commands
from bot.conversation.menus import commands_for
from bot.conversation.words import Words
from bot.delivery.sender import Sender
from bot.messages import Clock
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.unchanged import UnchangedRead
from bot.store.members import roles
from bot.store.members.roles import Roles
from bot.store.nudges import shown_menus

log = structlog.get_logger(__name__)
ChangedMenu = tuple[str, Commands | None]
NEVER = datetime.max.replace(tzinfo=UTC)


class MenuUpdater:
    """Shows each lead and trainer the commands of their role.

    Args:
        database: who has which role, and which menus are shown.
        sender: knows the channels.
        active_channels: returns the names of the channels that this process may use now.
        clock: returns the present.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        active_channels: Callable[[], Collection[str]],
        clock: Clock,
    ) -> None:
        self._database, self._sender, self._clock = database, sender, clock
        self._active_channels = active_channels
        self._menus = UnchangedRead(database, self._read_changed_menus)

    async def refresh(self) -> None:
        """Sets every menu that differs from what should be shown.

        A database or a platform that cannot be used is logged; the next call tries again.
        """
        for name in list(self._active_channels()):
            channel = self._sender.channels[name]
            if not isinstance(channel, MenuChannel):
                continue
            try:
                for address, commands in await self._changed_menus(name):
                    await self._show(channel, name, address, commands)
            except DATABASE_ERRORS as error:
                log.warning("menus not looked at", channel=name, error=error_message(error))

    async def _changed_menus(self, channel: str) -> list[ChangedMenu]:
        """Returns the addresses whose menu should change, with its commands; None: the usual."""
        changed, since, until = await self._menus(channel)
        if not since <= self._clock() < until:
            self._menus.forget()
            changed, _, _ = await self._menus(channel)
        return changed

    async def _read_changed_menus(
        self, session: AsyncSession, channel: str
    ) -> tuple[list[ChangedMenu], datetime, datetime]:
        """Returns the same, and from when until when it is so if nothing is committed."""
        now = self._clock()
        shown = await shown_menus.shown_menu_digests(session, channel)
        wanted = {
            holder.address: commands_for(Words(holder.language), holder.roles)
            for holder in await shown_menus.role_holders(session, channel, now)
            if holder.roles != Roles()
        }
        changed: list[ChangedMenu] = [(address, None) for address in shown if address not in wanted]
        changed += [
            (address, commands)
            for address, commands in wanted.items()
            if shown.get(address) != shown_menus.digest_of(commands)
        ]
        return changed, now, await roles.next_end(session, now) or NEVER

    async def _show(
        self, channel: MenuChannel, name: str, address: str, commands: Commands | None
    ) -> None:
        """Shows a menu and records it; a crash in between costs one call that changes nothing."""
        try:
            await channel.show_menu(address, commands)
        except Unreachable:
            log.info("menu of somebody who is gone", channel=name)
        except SendError as error:
            log.warning("menu not set", channel=name, error=str(error))
            return  # the next call tries again
        async with self._database.transaction() as session:
            digest = None if commands is None else shown_menus.digest_of(commands)
            await shown_menus.record_shown_menu(session, name, address, digest)
