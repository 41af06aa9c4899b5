"""The languages that the bot speaks; another one is a folder beside this module and a line here."""

from collections.abc import Mapping
from typing import TypeVar

from bot.languages.en.language import ENGLISH
from bot.languages.nl.language import DUTCH
from bot.languages.specification import Language

# In the order in which they are offered; the first one is the default of the setting.
_registered: list[Language] = [
    DUTCH,
    ENGLISH,
]
Text = TypeVar("Text")


def register(language: Language) -> None:
    """Has the bot speak `language` as well.

    Raises:
        ValueError: a language with this tag is registered already.
    """
    if language.tag in tags():
        raise ValueError(f"{language.tag} is registered already")
    _registered.append(language)


def unregister(language: Language) -> None:
    """Takes back `register`."""
    _registered.remove(language)


def languages() -> tuple[Language, ...]:
    """Returns the languages of the bot, in the order in which they are offered."""
    return tuple(_registered)


def tags() -> tuple[str, ...]:
    """Returns the tags of the languages of the bot, in the same order."""
    return tuple(language.tag for language in _registered)


def language_of(tag: str) -> Language:
    """Returns the language with this tag.

    Raises:
        KeyError: the bot does not speak it.
    """
    for language in _registered:
        if language.tag == tag:
            return language
    raise KeyError(tag)


def default_tag() -> str:
    """Returns the tag of the language to greet in when neither settings nor platform say more."""
    return _registered[0].tag


def international_tag() -> str:
    """Returns the tag of the language for people whose app speaks none of the bot's languages."""
    return next((language.tag for language in _registered if language.international), default_tag())


def greeting_tag(app_language: str | None, otherwise: str) -> str:
    """Returns the tag of the language to greet in.

    Args:
        app_language: the language of somebody's app, as `nl-BE`; None or empty: not known.
        otherwise: what to greet in when that is not known.
    """
    if not app_language:
        return otherwise
    wanted = app_language.lower().replace("_", "-")
    fitting = [tag for tag in tags() if f"{wanted}-".startswith(f"{tag.lower()}-")]
    return max(fitting, key=len, default=international_tag())


def text_in(texts: Mapping[str, Text], tag: str) -> Text:
    """Returns the text in the language `tag`, from texts by language.

    A challenge set that was published before a language was added to the bot has no text in it;
    then the first of the bot's languages that it has stands in.
    """
    available = [other for other in (tag, *tags()) if other in texts]
    return texts[available[0]]
