"""The gettext catalogues, with everything the bot says."""

from functools import cache
from gettext import GNUTranslations
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.languages.registry import languages
from bot.languages.specification import Language


@cache
def catalogue(language: Language) -> GNUTranslations:
    """Returns the translations of `language`, compiled on first use, so never stale."""
    compiled = BytesIO()
    with language.messages.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.locale, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


def message(language: Language, key: str, /, **values: object) -> str:
    """Returns the message `key` in `language` with `values` filled in.

    Args:
        language: which catalogue to look in.
        key: the name of the message.
        values: what to fill in; an integer `n` picks singular or plural.

    Raises:
        KeyError: the catalogue has no such message.
    """
    if isinstance(n := values.get("n"), int):
        text = catalogue(language).ngettext(key, key, n)
    else:
        text = catalogue(language).gettext(key)
    if text == key:
        raise KeyError(key)
    return text.format_map(values)


def in_every_language(key: str, separator: str, /, **values: object) -> str:
    """Returns the message `key` in all languages of the bot, for readers of any of them."""
    return separator.join(message(language, key, **values) for language in languages())
