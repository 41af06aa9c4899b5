"""What a platform shows of the bot before anybody has said a word."""

from dataclasses import dataclass

Commands = tuple[tuple[str, str], ...]
"""Name and description of each command, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Menu:
    """In one language.

    Attributes:
        language: its ISO 639-1 code.
        description: what somebody sees who opens the chat for the first time (512 characters).
        short: what stands on the bot's profile (120 characters).
        commands: name and description of each, for private chats.
        in_groups: the same, for groups.
    """

    language: str
    description: str
    short: str
    commands: Commands
    in_groups: Commands
