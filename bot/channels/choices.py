"""Choices on platforms without buttons: what was offered where, so that an answer is understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Button

# A tap on one of these is the same as pressing the button, whatever it is called.
EMOJI = {"done": "✅", "tried": "💪", "later": "⏰", "another": "🔄", "notnow": "⏭️"}
DIGITS = tuple(f"{n}\ufe0f\u20e3" for n in range(1, 10))
# What does not change an emoji's meaning: the wish for a picture, and the tones of skin.
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
        """The action that a typed number or label means."""
        if text.isdecimal() and len(text) < 4:
            return self.choices[int(text) - 1][1] if 1 <= int(text) <= len(self.choices) else None
        wanted = _plain(text)
        return next((action for label, action in self.choices if _plain(label) == wanted), None)

    def by_emoji(self, emoji: str) -> str | None:
        """The action of the choice that this reaction stands for."""
        given = bare_emoji(emoji)
        for (_, action), shown in zip(self.choices, emoji_for(self.choices), strict=False):
            if bare_emoji(shown) == given:
                return action
        return None


class PendingChoices(Protocol):
    """Remembers offers, also over a restart."""

    async def keep(self, address: str, offer: Choices) -> None:
        """Remembers an offer; one without choices is forgotten."""
        ...

    async def of(self, address: str, receipt: str) -> Choices | None:
        """What this message offers."""
        ...

    async def latest(self, address: str) -> Choices | None:
        """What was offered last at this address, and not withdrawn."""
        ...


def choices_of(rows: Sequence[Sequence[Button]]) -> tuple[tuple[str, str], ...]:
    """Label and action of each button."""
    return tuple((button.label, button.action) for row in rows for button in row)


def emoji_for(choices: Sequence[tuple[str, str]]) -> list[str]:
    """The reaction for each choice, as far as there are reactions: its own, or its number's."""
    own = [EMOJI.get(_verb(action)) for _, action in choices]
    return [one or digit for one, digit in zip(own, DIGITS, strict=False)]


def numbered(text: str, choices: Sequence[tuple[str, str]]) -> str:
    """`text` with its choices as numbered lines below it."""
    if not choices:
        return text
    own = [EMOJI.get(_verb(action), "") for _, action in choices]
    lines = [
        f"{number}. {emoji} {label}".replace("  ", " ")
        for number, (emoji, (label, _)) in enumerate(zip(own, choices, strict=True), start=1)
    ]
    return "\n".join([text, "", *lines])


def bare_emoji(emoji: str) -> str:
    """An emoji without what does not change its meaning."""
    return emoji.translate(EMOJI_MODIFIERS)


def _verb(action: str) -> str:
    return action.partition(":")[0]


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c == " ").strip()
