"""The reference of the settings: names, defaults and bounds from the code, with words for each."""

from collections.abc import Iterator
from typing import Literal, get_args, get_origin

from bot.config.reading import Variable, settings_model, variables
from bot.languages.registry import tags
from tools.docs.reference.tables import code
from tools.docs.setting_words import WORDS

TITLE = {"nl": "Instellingen", "en": "Settings"}
INTRODUCTION = {
    "nl": (
        "Elke instelling staat in `.env` of in de omgeving van het proces. Een naam die verkeerd "
        "gespeld is, meldt de bot bij\n"
        "de start. `olievlek check` zegt wat er mist, en `olievlek init` schrijft een eerste "
        "`.env`. Een pad dat niet met `/`\n"
        "begint, telt vanaf de map van dat bestand."
    ),
    "en": (
        "Each setting is in `.env` or in the environment of the process. The bot reports misspelt "
        "names when it starts.\n"
        "`olievlek check` says what is missing, and `olievlek init` writes a first `.env`. A path "
        "that does not begin with `/`\n"
        "counts from the folder of that file."
    ),
}
DEFAULT = {"nl": "Standaard", "en": "Default"}
MAY_BE = {"nl": "Mag zijn", "en": "May be"}
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
SECRET = {"nl": "Een geheim: de bot toont het nergens", "en": "A secret: the bot shows it nowhere"}
EMPTY = {"nl": "leeg", "en": "empty"}
ON_OFF = {True: "on", False: "off"}


def page(language: str) -> str:
    """Returns the page.

    Raises:
        KeyError: a setting has no words.
    """
    nth = ("nl", "en").index(language)
    entries: dict[str, list[str]] = {GENERAL[nth]: []}
    for variable in variables(settings_model()):
        entries.setdefault(_part(variable.name)[nth], []).append(_entry(variable, language, nth))
    parts = (f"## {title}\n\n{''.join(part)}" for title, part in entries.items())
    return f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{''.join(parts)}"


def _part(name: str) -> tuple[str, str]:
    own = name.removeprefix(PREFIX)
    return next((titles for begin, titles in PARTS.items() if own.startswith(begin)), GENERAL)


def _entry(variable: Variable, language: str, nth: int) -> str:
    """Returns what there is to say of one setting, under a heading that can be linked to."""
    default = variable.field.default
    shown = ON_OFF[default] if isinstance(default, bool) else default
    facts = [f"{DEFAULT[language]}: {EMPTY[language] if shown in (None, '') else code(shown)}"]
    if variable.is_secret:
        facts = [SECRET[language]]
    elif allowed := ", ".join(_allowed(variable)):
        facts.append(f"{MAY_BE[language]}: {allowed}")
    return f"### {variable.name}\n\n{WORDS[variable.name][nth]}\n\n{'. '.join(facts)}.\n\n"


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
