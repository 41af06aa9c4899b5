"""Choices on platforms without buttons: numbered lines, words and emoji that stand for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from unicodedata import normalize

from bot.messages import Button, stripped

# Reacting with one of these is the same as pressing the button, whatever its label.
EMOJI = {"done": "✅", "tried": "💪", "later": "⏰", "another": "🔄", "notnow": "⏭️"}
DIGITS = tuple(f"{n}\ufe0f\u20e3" for n in range(1, 10))
# Variation selectors, keycaps and skin tones: they do not change what an emoji means.
EMOJI_MODIFIERS = dict.fromkeys([0xFE0E, 0xFE0F, 0x20E3, *range(0x1F3FB, 0x1F400)])
SIGNS = "".join(emoji[0] for emoji in EMOJI.values())
NUMBERED = re.compile(rf"\(?(?P<number>\d{{1,3}})[.):]?\)?(?P<label>(?:[\s{SIGNS}].*)?)", re.DOTALL)


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
        """Returns the action that a typed number or label stands for; None: no choice has it.

        Each is understood as it is shown: `1`, `1.`, `1)`, `1️⃣`, `Gedaan`, `✅ Gedaan`, `✅`, and
        `1. ✅ Gedaan`; so a reaction may be any of these.
        """
        text = stripped(text)
        wanted = _plain(text)
        if not wanted:
            return self.by_emoji(text)
        for label, action in self.choices:
            if _plain(label) == wanted:
                return action
        numbered = NUMBERED.fullmatch(text.translate(EMOJI_MODIFIERS))
        if numbered is None or not 1 <= int(numbered["number"]) <= len(self.choices):
            return None
        label, action = self.choices[int(numbered["number"]) - 1]
        return action if _plain(numbered["label"]) in ("", _plain(label)) else None

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

    async def latest(self, address: str, place: str) -> Choices | None:
        """Returns the newest choices at this address that were not withdrawn; None: none.

        Those count whose receipts end with `place`.
        """
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
        f"{number}. {EMOJI.get(_verb(action), '')} {label.removeprefix(f'{number}: ')}".replace(
            "  ", " "
        )
        for number, (label, action) in enumerate(choices, start=1)
    ]
    return "\n".join([text, "", *lines])


def bare_emoji(emoji: str) -> str:
    """Returns an emoji without the modifiers that do not change its meaning."""
    return emoji.translate(EMOJI_MODIFIERS)


def _verb(action: str) -> str:
    return action.partition(":")[0]


def _plain(text: str) -> str:
    # What is written with one sign or with two (`é`) is the same.
    composed = normalize("NFC", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in composed if c not in "’'")
    return " ".join(letters.split())
