"""The gettext catalogues, with everything the bot says."""

from functools import cache

from bot.languages.po_file import Catalogue, read_catalogue
from bot.languages.registry import international_tag, language_of, languages
from bot.languages.specification import Language


@cache
def catalogue(language: Language) -> Catalogue:
    """Returns what the bot says in `language`, read on first use."""
    return read_catalogue(language.messages)


@cache
def command_line_catalogue(language: Language) -> Catalogue:
    """Returns what the command line says in `language`, read on first use.

    A language may do without; then it is the one of the international language.
    """
    spoken = language if language.command_line.exists() else language_of(international_tag())
    return read_catalogue(spoken.command_line)


def message(language: Language, key: str, /, **values: object) -> str:
    """Returns the message `key` in `language` with `values` filled in.

    Args:
        language: which catalogue to look in.
        key: the name of the message.
        values: what to fill in; an integer `n` picks singular or plural.

    Raises:
        KeyError: the catalogue has no such message.
    """
    return catalogue(language).text(key, values.get("n")).format_map(values)


def in_every_language(key: str, separator: str, /, **values: object) -> str:
    """Returns the message `key` in all languages of the bot, for readers of any of them."""
    return separator.join(message(language, key, **values) for language in languages())
