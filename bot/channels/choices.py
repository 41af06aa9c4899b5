"""Choices on platforms without buttons: numbered lines, words and emoji that stand for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Button

# Reacting with one of these is the same as pressing the button, whatever its label.
EMOJI = {"done": "✅", "tried": "💪", "later": "⏰", "another": "🔄", "notnow": "⏭️"}
DIGITS = tuple(f"{n}\ufe0f\u20e3" for n in range(1, 10))
# Variation selectors and skin tones: they do not change what an emoji means.
EMOJI_MODIFIERS = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)])


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices under one message.

    Attributes:
        receipt: the platform's id of the message.
        choices: label and action of each, in order.
    """

    receipt: str
    choices: tuple[tuple[str, str], ...]

    def by_text(self, text: str) -> str | None:
        """Returns the action that a typed number or label stands for; None: no choice has it."""
        if text.isdecimal() and len(text) < 4:
            return self.choices[int(text) - 1][1] if 1 <= int(text) <= len(self.choices) else None
        wanted = _plain(text)
        return next((action for label, action in self.choices if _plain(label) == wanted), None)

    def by_emoji(self, emoji: str) -> str | None:
        """Returns the action that a reaction stands for; None: no choice has it."""
        bare = bare_emoji(emoji)
        for (_, action), shown in zip(self.choices, emoji_for(self.choices), strict=False):
            if bare_emoji(shown) == bare:
                return action
        return None


class PendingChoices(Protocol):
    """Stores the choices of messages, so that they are still known after a restart."""

    async def keep(self, address: str, choices: Choices) -> None:
        """Stores the choices of a message; without any, the message is forgotten."""
        ...

    async def of(self, address: str, receipt: str) -> Choices | None:
        """Returns the choices under this message; None: it has none."""
        ...

    async def latest(self, address: str) -> Choices | None:
        """Returns the newest choices at this address that were not withdrawn; None: none."""
        ...


def choices_of(rows: Sequence[Sequence[Button]]) -> tuple[tuple[str, str], ...]:
    """Returns label and action of each button, in order."""
    return tuple((button.label, button.action) for row in rows for button in row)


def emoji_for(choices: Sequence[tuple[str, str]]) -> list[str]:
    """Returns an emoji for each choice: its own, or that of its number; for nine at most."""
    return [
        EMOJI.get(_verb(action), digit) for (_, action), digit in zip(choices, DIGITS, strict=False)
    ]


def numbered(text: str, choices: Sequence[tuple[str, str]]) -> str:
    """Returns `text` with its choices as numbered lines below it."""
    if not choices:
        return text
    lines = [
        f"{number}. {EMOJI.get(_verb(action), '')} {label}".replace("  ", " ")
        for number, (label, action) in enumerate(choices, start=1)
    ]
    return "\n".join([text, "", *lines])


def bare_emoji(emoji: str) -> str:
    """Returns an emoji without the modifiers that do not change its meaning."""
    return emoji.translate(EMOJI_MODIFIERS)


def _verb(action: str) -> str:
    return action.partition(":")[0]


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c == " ").strip()
