"""What a button about a nudge is: one registration, from which its label and its synonyms follow.

The buttons themselves are listed in `member/nudges/nudges.py`, below their handlers.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.conversation.words import Words
from bot.languages.registry import language_of, tags
from bot.languages.specification import Language
from bot.messages import Button, ButtonRows, Reply

NudgeHandler = Callable[..., Awaitable[Reply]]
"""Answers a button about a nudge; gets the context, the nudge, and the button's arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeButton:
    """A button about one nudge, such as `done:12`.

    Attributes:
        action: what its data begins with; the nudge's number comes next.
        handler: answers it.
        label: the catalogue's key of what it says; None: that depends.
        row: the row under a nudge in which it stands, from 0; None: it stands elsewhere.
        reactions: the emoji that mean the same, one character each.
        words: what means the same when it is typed, besides its label in each language.
        repeatable: whether a second press does no harm, and may bring back a reply that got lost.
        arguments: how many arguments may follow the nudge's number.
    """

    action: str
    handler: NudgeHandler
    label: str | None = None
    row: int | None = None
    reactions: str = ""
    words: tuple[str, ...] = ()
    repeatable: bool = False
    arguments: int = 0

    def is_meant_by(self, text: str) -> bool:
        """Returns whether `text` is its label in some language, or one of its words."""
        typed = text.lower()
        labels = () if self.label is None else (Words(tag)(self.label) for tag in tags())
        return typed in self.words or typed in {label.lower() for label in labels}

    def under(self, nudge_id: int, say: Words) -> Button:
        """Returns the button as it stands under this nudge.

        Raises:
            ValueError: it has no label of its own.
        """
        return Button(self.shown_label(say), f"{self.action}:{nudge_id}")

    def shown_label(self, say: Words) -> str:
        """Returns what the button says.

        Raises:
            ValueError: it has no label of its own.
        """
        if self.label is None:
            raise ValueError(f"{self.action}: has no label of its own")
        return say(self.label)


class NudgeButtons:
    """The buttons about a nudge.

    Args:
        buttons: those that are there from the beginning, in the order in which they are shown.
    """

    def __init__(self, buttons: Iterable[NudgeButton] = ()) -> None:
        self._by_action: dict[str, NudgeButton] = {}
        self._shown: dict[Language, tuple[tuple[tuple[str, str], ...], ...]] = {}
        for button in buttons:
            self.register(button)

    def register(self, button: NudgeButton) -> None:
        """Adds a button.

        Raises:
            ValueError: its action or one of its reactions is taken.
        """
        taken = {emoji for other in self for emoji in other.reactions}
        if button.action in self._by_action or not taken.isdisjoint(button.reactions):
            raise ValueError(f"{button.action}: registered already, or a reaction of it is taken")
        self._by_action[button.action] = button
        self._shown.clear()

    def remove(self, action: str) -> None:
        """Removes a button.

        Raises:
            KeyError: there is none with this action.
        """
        del self._by_action[action]
        self._shown.clear()

    def __iter__(self) -> Iterator[NudgeButton]:
        return iter(self._by_action.values())

    def __getitem__(self, action: str) -> NudgeButton:
        return self._by_action[action]

    def get(self, action: str) -> NudgeButton | None:
        """Returns the button with this action, if there is one."""
        return self._by_action.get(action)

    def by_reaction(self, emoji: str) -> NudgeButton | None:
        """Returns the button that an emoji stands for, if there is one.

        Only its first character counts: what may follow it, such as a skin tone, changes nothing.
        """
        first = emoji[:1]
        return next((button for button in self if first and first in button.reactions), None)

    def by_text(self, text: str) -> NudgeButton | None:
        """Returns the button under a nudge that was typed instead of pressed: `Niet nu!`."""
        typed = text.rstrip("!. ")
        shown = (button for button in self if button.row is not None)
        return next((button for button in shown if button.is_meant_by(typed)), None)

    def rows(self, nudge_id: int, say: Words) -> ButtonRows:
        """Returns the buttons under a nudge, row by row."""
        language = language_of(say.language)
        if language not in self._shown:  # a wave shows the same ones thousands of times
            self._shown[language] = tuple(self._labels_and_actions(say))
        return tuple(
            tuple(Button(label, f"{action}:{nudge_id}") for label, action in row)
            for row in self._shown[language]
        )

    def _labels_and_actions(self, say: Words) -> Iterator[tuple[tuple[str, str], ...]]:
        numbers = sorted({button.row for button in self if button.row is not None})
        for number in numbers:
            in_row = [button for button in self if button.row == number]
            yield tuple((button.shown_label(say), button.action) for button in in_row)
