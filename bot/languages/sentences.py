"""What an operator reads: on a screen in their language, in a log in English."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from bot.languages.catalogue import command_line_catalogue
from bot.languages.registry import international_tag, language_of
from bot.languages.specification import Language


class Text(ABC):
    """A text that each language has its own words for; `str()` gives the international one."""

    @abstractmethod
    def in_language(self, language: Language) -> str:
        """Returns the text in `language`."""

    def __str__(self) -> str:
        return self.in_language(language_of(international_tag()))


class Sentence(Text):
    """A message of the command line's catalogue.

    Args:
        key: the name of the message.
        values: what to fill in, texts as well; an integer `n` picks singular or plural.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self._values = values

    def in_language(self, language: Language) -> str:
        """Returns the message in `language`.

        Raises:
            KeyError: the catalogue has no such message.
        """
        values = {
            name: value.in_language(language) if isinstance(value, Text) else value
            for name, value in self._values.items()
        }
        text = command_line_catalogue(language).text(self.key, values.get("n"))
        return text.format_map(values)


class Choice(Text):
    """A choice, as a sentence has it: `nl, en or fy`.

    Args:
        items: what there is to choose from; at least one.
    """

    def __init__(self, items: Iterable[str | Text]) -> None:
        self._items = list(items)

    def in_language(self, language: Language) -> str:
        """Returns the choice with the word of `language` before the last item."""
        items = [
            item.in_language(language) if isinstance(item, Text) else item for item in self._items
        ]
        *first, last = items
        word = command_line_catalogue(language).text("list.or")
        return f"{', '.join(first)} {word} {last}" if first else last


class Joined(Text):
    """Several texts on one line.

    Args:
        texts: what to join.
    """

    def __init__(self, texts: Iterable[Text]) -> None:
        self._texts = list(texts)

    def in_language(self, language: Language) -> str:
        """Returns the texts in `language`, with semicolons between them."""
        return "; ".join(text.in_language(language) for text in self._texts)


class Hint(Text):
    """What a channel says of its settings: the name of a message, or a text for all languages.

    Args:
        key_or_text: the second is for channels that are not among ours.
    """

    def __init__(self, key_or_text: str) -> None:
        self._key_or_text = key_or_text

    def in_language(self, language: Language) -> str:
        """Returns the message in `language`; without such a message, the text."""
        try:
            return command_line_catalogue(language).text(self._key_or_text)
        except KeyError:
            return self._key_or_text
