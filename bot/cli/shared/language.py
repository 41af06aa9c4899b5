"""What the command line says, in the language of its operator."""

import os

from bot.config.env_file import env_file
from bot.languages.registry import default_tag, language_of, tags
from bot.languages.sentences import Sentence, Text
from bot.languages.specification import Language

# Not from `bot.config.environment`, which takes longer to load than `--help`.
VARIABLE = "OLIEVLEK_LANGUAGE"


def operator_language() -> Language:
    """Returns the language that is set; the default if none is, or a wrong one.

    A wrong one is reported where the settings are read. Many commands, such as `--help`, read none.
    """
    tag = _in_environment() or _in_dotenv() or default_tag()
    return language_of(tag if tag in tags() else default_tag())


def _in_environment() -> str | None:
    values = {name.upper(): value for name, value in os.environ.items()}
    return values.get(VARIABLE)


def _in_dotenv() -> str | None:
    file = env_file()
    if not file.exists():
        return None
    from dotenv import dotenv_values  # here, because most commands have the language above

    try:
        return {name.upper(): value for name, value in dotenv_values(file).items()}.get(VARIABLE)
    except (OSError, UnicodeError):
        return None


def say(key: str, /, **values: object) -> str:
    """Returns the message `key` of the command line in the operator's language.

    Raises:
        KeyError: the catalogue has no such message.
    """
    return spoken(Sentence(key, **values))


def spoken(text: Text) -> str:
    """Returns a text in the operator's language."""
    return text.in_language(operator_language())
