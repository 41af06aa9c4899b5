"""The reference of the settings: names, defaults and bounds from the code, with words for each."""

from collections.abc import Iterator
from typing import Literal, get_args, get_origin

from bot.languages.registry import tags
from bot.settings import Variable, settings_model, variables
from tools.docs.reference.tables import code, table
from tools.docs.setting_words import WORDS

TITLE = {"nl": "Instellingen", "en": "Settings"}
INTRODUCTION = {
    "nl": (
        "Elke instelling staat in `.env` of in de omgeving van het proces. Een naam die verkeerd gespeld is, meldt de bot bij\n"
        "de start. `olievlek check` zegt wat er mist, en `olievlek init` schrijft een eerste `.env`. Een pad dat niet met `/`\n"
        "begint, telt vanaf de map van dat bestand."
    ),
    "en": (
        "Each setting is in `.env` or in the environment of the process. The bot reports misspelt names when it starts.\n"
        "`olievlek check` says what is missing, and `olievlek init` writes a first `.env`. A path that does not begin with `/`\n"
        "counts from the folder of that file."
    ),
}
HEADS = {
    "nl": ("instelling", "standaard", "mag zijn", "waarvoor"),
    "en": ("setting", "default", "may be", "what for"),
}
# What the names of the settings in a part begin with, after the common prefix; the rest is general.
PARTS = {
    "TELEGRAM_": ("Telegram", "Telegram"),
    "MATRIX_": ("Matrix", "Matrix"),
    "WEB_": ("Chat in de browser", "Chat in the browser"),
    "KEEP_": ("Bewaartermijnen", "How long things are kept"),
    "BACKUP_": ("Versleutelde back-ups", "Encrypted backups"),
}
GENERAL = ("Algemeen", "General")
PREFIX = "OLIEVLEK_"
SECRET = {"nl": "geheim", "en": "secret"}
EMPTY = {"nl": "leeg", "en": "empty"}
ON_OFF = {True: "on", False: "off"}


def page(language: str) -> str:
    """Returns the page.

    Raises:
        KeyError: a setting has no words.
    """
    nth = ("nl", "en").index(language)
    rows: dict[str, list[tuple[str, ...]]] = {GENERAL[nth]: []}
    for variable in variables(settings_model()):
        rows.setdefault(_part(variable.name)[nth], []).append(_row(variable, language, nth))
    parts = (f"## {title}\n\n{table(HEADS[language], part)}" for title, part in rows.items())
    return f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{''.join(parts)}"


def _part(name: str) -> tuple[str, str]:
    own = name.removeprefix(PREFIX)
    return next((titles for begin, titles in PARTS.items() if own.startswith(begin)), GENERAL)


def _row(variable: Variable, language: str, nth: int) -> tuple[str, ...]:
    default = variable.field.default
    shown = ON_OFF[default] if isinstance(default, bool) else default
    return (
        f"`{variable.name}`",
        EMPTY[language] if shown in (None, "") else code(shown),
        SECRET[language] if variable.is_secret else ", ".join(_allowed(variable)),
        WORDS[variable.name][nth],
    )


def _allowed(variable: Variable) -> Iterator[str]:
    """Yields what a setting may be, where that is a list or a range."""
    kind = variable.field.annotation
    if kind is bool:
        yield from map(code, ON_OFF.values())
    elif get_origin(kind) is Literal:
        yield from map(code, get_args(kind))
    elif variable.name == f"{PREFIX}LANGUAGE":
        yield from map(code, tags())
    bounds = {
        side: getattr(mark, side)
        for mark in variable.field.metadata
        for side in ("ge", "le")
        if hasattr(mark, side)
    }
    if bounds:
        yield f"{bounds['ge']}–{bounds['le']}" if "le" in bounds else f"≥ {bounds['ge']}"
