"""Commands that are imported when they are used, so that `olievlek --help` answers at once.

This is Click's LazyGroup (https://click.palletsprojects.com/en/stable/complex/), with one
difference: a group lists its commands with the help lines of its registry, and imports none.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.main import get_group

from bot.cli.shared.speaking import SpeakingCommand, SpeakingGroup

if TYPE_CHECKING:
    from typer._click import Command, Context  # Typer gives the Click inside it no public name


def command_group() -> typer.Typer:
    """Returns an empty group of commands, in the style of the whole command line."""
    return typer.Typer(
        cls=SpeakingGroup, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Turns the garbage collector off in a block, unless it is off already.

    An import makes hardly any garbage, and all that is loaded is searched each time it has grown:
    an eighth of the time of a start. Once the collector is on again, it leaves out what was loaded.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            if gc.get_freeze_count() == 0:  # once: a later freeze would keep what others made
                gc.freeze()
            gc.enable()


class LazyCommand(SpeakingCommand):
    """A command, or a group of them, that is not imported yet.

    Args:
        name: what an operator types.
        help_key: the message that explains it; its group's overview has the first sentence.
        target: `module:attribute`; a function is a command, a `Typer` a group of them.
    """

    def __init__(self, name: str, help_key: str, target: str) -> None:
        super().__init__(name, help=help_key)
        self._help_key = help_key
        self._target = target

    def load(self) -> "Command":
        """Imports the module, and returns the command or the group that stands in it."""
        with _no_garbage_collection():
            target = resolve_name(self._target)
        if isinstance(target, typer.Typer):
            for command in target.registered_commands:
                command.cls = SpeakingCommand
            group = get_group(target)
            group.name, group.help = self.name, self.help
            return group
        wrapper = command_group()
        wrapper.command(self.name, cls=SpeakingCommand, help=self._help_key)(target)
        return get_group(wrapper).commands[str(self.name)]


class LazyGroup(SpeakingGroup):
    """A group of commands that are imported when they are used.

    Attributes:
        registry: of each command, in the order of the overview: its target and the message that
            explains it, as `LazyCommand` takes them.
    """

    registry: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - whatever Typer gives a group
        super().__init__(**settings)
        for name, (target, help_key) in self.registry.items():
            self.add_command(LazyCommand(name, help_key, target))

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> tuple[str | None, "Command | None", list[str]]:
        """Returns the name, the command behind it, imported, and the arguments that are left."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, LazyCommand) else command, rest
