"""What a command is: one registration, from which dispatch, /help and the menus follow.

The commands themselves are listed in `commands.py`, the subcommands of /team in `team/commands.py`
and those of /sets in `trainer/commands.py`.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Generic, TypeVar

from bot.conversation.context import HandlerContext
from bot.conversation.words import Words
from bot.core.permissions import Audience
from bot.languages.registry import language_of, languages
from bot.messages import Reply

Handler = Callable[[HandlerContext, str], Awaitable[Reply]]
"""Answers a command, or a button that is not about a nudge; gets what stands behind its name."""


class Topic(StrEnum):
    """What somebody wants to do: /help has a part for each."""

    CHALLENGE = "challenge"
    RHYTHM = "rhythm"
    STREAK = "streak"
    TEAM = "team"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Help:
    """How a command is described, as keys of the catalogue.

    Attributes:
        summary: what it does, in a few words; /help and Telegram's menu show it.
        example: what can be typed behind the command; None: its name is enough.
        more: what /help adds to the summary.
        only_in_menu: whether /help leaves it out.
        topic: in which part of /help it stands, if everybody has it.
    """

    summary: str
    example: str | None = None
    more: str | None = None
    only_in_menu: bool = False
    topic: Topic = Topic.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something that is called by its name, in each language.

    Attributes:
        id: its English name, which works in every language.
        names: its name by language, for a command that the languages themselves do not name.
        aliases: other names that work in every language, and that nothing mentions.
        help: how it is described; None: /help and the menus leave it out.
        audience: the role it needs.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    help: Help | None = None
    audience: Audience = Audience.MEMBER

    @property
    def key(self) -> str:
        """Returns how the specification of a language refers to it: `rhythm`, `team board`."""
        return self.id

    def name_in(self, language: str) -> str:
        """Returns what it is called in `language`."""
        if language in self.names:
            return self.names[language]
        return language_of(language).command_names.get(self.key, self.id)

    @property
    def typed_names(self) -> frozenset[str]:
        """Returns everything that can be typed to call it in any language, in small letters."""
        return self._names()

    def _names(self) -> frozenset[str]:
        names = {self.id, *self.names.values(), *self.aliases}
        for language in languages():
            names.add(self.name_in(language.tag))
            names |= language.command_aliases.get(self.key, frozenset())
        return frozenset(names)

    def usage(self, say: Words, parent: str = "") -> str:
        """Returns its name with an example, behind `parent` if it has one: `/ritme di do 9:30`."""
        words = [parent, self.name_in(say.language)]
        if self.help is not None and self.help.example is not None:
            words.append(say(self.help.example))
        return "/" + " ".join(word for word in words if word)

    def help_line(self, say: Words, parent: str = "") -> str | None:
        """Returns its line in /help; None: it has none."""
        if self.help is None or self.help.only_in_menu:
            return None
        more = "" if self.help.more is None else f"; {say(self.help.more)}"
        return f"{self.usage(say, parent)} – {say(self.help.summary)}{more}"


SubcommandHandler = TypeVar("SubcommandHandler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand(Named, Generic[SubcommandHandler]):
    """What can be typed behind a command, such as `bord` behind /team.

    Attributes:
        parent: the id of the command; empty: the languages have no name for this.
        handler: answers it; what it gets is up to the command.
        label: the catalogue's key of the button that does the same; None: no button does.
        by_button_only: whether typing its name does nothing.
    """

    parent: str = ""
    handler: SubcommandHandler
    label: str | None = None
    by_button_only: bool = False

    @property
    def typed_names(self) -> frozenset[str]:
        """Returns everything that can be typed to call it, in small letters."""
        return frozenset() if self.by_button_only else self._names()

    @property
    def key(self) -> str:
        """Returns how the specification of a language refers to it: `team board`."""
        return f"{self.parent} {self.id}"


NamedType = TypeVar("NamedType", bound=Named)


class Registry(Generic[NamedType]):
    """Commands, or the subcommands of one of them, in the order of /help.

    Args:
        items: those that are there from the beginning.
    """

    def __init__(self, items: Iterable[NamedType] = ()) -> None:
        self._by_id: dict[str, NamedType] = {}
        for item in items:
            self.register(item)

    def register(self, item: NamedType) -> None:
        """Adds a command.

        Raises:
            ValueError: its id or one of its names is taken.
        """
        if item.id in self._by_id or not item.typed_names.isdisjoint(self._typed_names()):
            raise ValueError(f"{item.id}: registered already, or one of its names is taken")
        self._by_id[item.id] = item

    def remove(self, item_id: str) -> None:
        """Removes a command.

        Raises:
            KeyError: there is none with this id.
        """
        del self._by_id[item_id]

    def __iter__(self) -> Iterator[NamedType]:
        return iter(self._by_id.values())

    def __getitem__(self, item_id: str) -> NamedType:
        return self._by_id[item_id]

    def get(self, item_id: str) -> NamedType | None:
        """Returns the command with this id, if there is one."""
        return self._by_id.get(item_id)

    def find(self, name: str) -> NamedType | None:
        """Returns the command with this name in any language; capitals make no difference."""
        typed = name.lower()
        return next((item for item in self if typed in item.typed_names), None)

    def closest_name(self, name: str) -> str | None:
        """Returns the name that was probably meant; None: nothing comes near."""
        return next(iter(get_close_matches(name, self._typed_names(), n=1)), None)

    def _typed_names(self) -> list[str]:
        return [name for item in self for name in item.typed_names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Named):
    """A command, such as /ritme.

    Attributes:
        handler: answers it.
        refusal: the catalogue's key of the reply to a member without the role it needs.
        lead_summary: the catalogue's key of its description in the menu of a lead, where it comes
            first then; None: a lead sees what every member sees.
        subcommands: what can be typed behind it, for /help.
        runs_when_edited: whether it is carried out when a message that was not understood is edited
            into it; not so for what cannot be undone.
    """

    handler: Handler
    refusal: str = ""
    lead_summary: str | None = None
    subcommands: Iterable[Named] = ()
    runs_when_edited: bool = True

    def __post_init__(self) -> None:
        """Checks that a command with an audience has something to say to the others.

        Raises:
            ValueError: it has not.
        """
        if self.audience is not Audience.MEMBER and not self.refusal:
            raise ValueError(f"{self.id}: is not for everybody, so it needs a refusal")

    def help_lines(self, say: Words, audience: Audience) -> list[str]:
        """Returns the lines in that part of /help that is for `audience`."""
        parent = self.name_in(say.language)
        lines = [
            *([self.help_line(say)] if self.audience is audience else []),
            *(
                subcommand.help_line(say, parent)
                for subcommand in self.subcommands
                if subcommand.audience is audience
            ),
        ]
        return [line for line in lines if line is not None]
