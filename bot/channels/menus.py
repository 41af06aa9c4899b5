"""What a platform shows of the bot before a conversation begins."""

from dataclasses import dataclass

Commands = tuple[tuple[str, str], ...]
"""Name and description of each command, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class PagesButton:
    """The button that opens the pages within the platform's app.

    Attributes:
        label: what it says.
        url: what it opens.
    """

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu and the profile in one language.

    Attributes:
        language: its ISO 639-1 code.
        description: what a new chat shows before its first message (512 characters at most).
        short: what the bot's profile says (120 characters at most).
        commands: name and description of each, for private chats.
        in_groups: the same, for groups.
        pages: the button for the pages, the same in all languages; None: there is none.
    """

    language: str
    description: str
    short: str
    commands: Commands
    in_groups: Commands
    pages: PagesButton | None = None
