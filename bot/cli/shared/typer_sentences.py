"""Typer's own sentences, such as `No such command 'demmo'.`, in the operator's language.

Typer has them in English, and gives most of them to no translation function. So each is compared
with the English forms in the catalogue `typer.po`, in which a name in braces stands for any text.
"""

import re
from functools import cache
from string import Formatter

from bot.cli.shared.language import operator_language
from bot.languages.po_file import read_catalogue
from bot.languages.specification import Language


def translated(sentence: str) -> str:
    """Returns one of Typer's sentences in the operator's language; as it is if it is not known."""
    for form, translation in _forms(operator_language()):
        if match := form.fullmatch(sentence):
            # What is filled in may be a sentence as well: what is wrong with an option's value.
            return translation.format(
                **{name: translated(value) for name, value in match.groupdict().items()}
            )
    return sentence


@cache
def _forms(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Returns what each sentence looks like, and its translation; nothing without a catalogue."""
    if not language.typer.exists():
        return []
    forms = read_catalogue(language.typer).forms
    return [(_pattern(english), own) for english, (own,) in forms.items()]


def _pattern(english: str) -> re.Pattern[str]:
    parts = [
        re.escape(text) + (f"(?P<{name}>.+)" if name else "")
        for text, name, _, _ in Formatter().parse(english)
    ]
    return re.compile("".join(parts), re.DOTALL)
