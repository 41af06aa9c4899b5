"""What an editor or a spreadsheet shows beside a field, for readers of any language of the bot."""

from bot.core.challenges.challenge import BOUNDS, CHOICES
from bot.languages.catalogue import in_every_language, message
from bot.languages.registry import languages
from bot.languages.specification import Language

FIELDS = (
    *("set", "source", "id", "minutes", "daring", "span", "fits", "at"),
    *("task", "why", "reflect", "reflect_tried"),
)
BESIDE = " · "
"""What separates the languages in a spreadsheet."""


def hint(field: str, separator: str = " ") -> str:
    """Returns what belongs in a field, in each language."""
    least, most = BOUNDS.get(field, (0, 0))
    choices = ", ".join(CHOICES.get(field, ()))
    return in_every_language(f"field.{field}", separator, least=least, most=most, choices=choices)


def title_hint(titled: Language, separator: str = " ") -> str:
    """Returns what belongs in the title in one language, said in each of them."""
    return separator.join(
        message(reader, "field.title", language=titled.name_in(reader)) for reader in languages()
    )
