"""The menus of commands that a channel shows, made of the registered commands."""

from bot.conversation.commands import COMMANDS
from bot.conversation.registry import Command
from bot.conversation.words import Words
from bot.core.permissions import Audience
from bot.store.members.roles import Roles


def commands(say: Words) -> tuple[tuple[str, str], ...]:
    """Returns the name and the description of each command that every member has."""
    return commands_for(say, Roles())


def commands_for(say: Words, member_roles: Roles) -> tuple[tuple[str, str], ...]:
    """Returns the same for somebody with roles: the commands for their roles come first."""
    for_roles, for_everybody = [], []
    for command in COMMANDS:
        name = command.name_in(say.language)
        if (key := _summary_for_role(command, member_roles)) is not None:
            for_roles.append((name, say(key)))
        elif command.help is not None and command.audience is Audience.MEMBER:
            for_everybody.append((name, say(command.help.summary)))
    return (*for_roles, *for_everybody)


def _summary_for_role(command: Command, member_roles: Roles) -> str | None:
    """Returns the key of the description for a role they have; None: there is no such role."""
    if command.lead_summary is not None and member_roles.belongs_to(Audience.LEAD):
        return command.lead_summary
    is_for_role = command.audience is not Audience.MEMBER and member_roles.belongs_to(
        command.audience
    )
    return command.help.summary if command.help is not None and is_for_role else None
