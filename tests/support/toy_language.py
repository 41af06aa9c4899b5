"""Frisian as a language of the bot, registered from outside: a folder and a specification."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from bot.languages.registry import language_of, register, unregister
from bot.languages.specification import DateWords, Language, Vocabulary

MARK = "(fy) "
"""What each of its messages begins with; the rest is English."""


def write_catalogue(folder: Path) -> None:
    """Writes `messages.po` with the English messages, each behind `MARK`."""
    with language_of("en").messages.open("rb") as file:
        catalogue = read_po(file, locale="en")
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.string, tuple):
            message.string = tuple(f"{MARK}{form}" for form in message.string)
        else:
            message.string = f"{MARK}{message.string}"
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalogue)


def frisian(folder: Path) -> Language:
    """Returns the specification of Frisian, with its catalogue in `folder`."""
    dates = DateWords(
        every_day=frozenset({"elke dei"}),
        every_workday=frozenset({"wurkdagen"}),
        fillers=frozenset({"elke"}),
        conjunctions=frozenset({"en"}),
        at=frozenset({"om"}),
        hours=frozenset({"oere"}),
        through=frozenset({"oant en mei"}),
        until=frozenset({"oant"}),
        starting=frozenset({"fan"}),
        today=frozenset({"hjoed"}),
        one=frozenset({"ien"}),
        days=frozenset({"dei", "dagen"}),
        weeks=frozenset({"wike", "wiken"}),
        unit_starts=frozenset({"dei", "wik"}),
    )
    vocabulary = Vocabulary(
        dates=dates,
        off=frozenset({"út"}),
        stop=frozenset({"stop"}),
        people=frozenset({"minsken"}),
    )
    return Language(
        tag="fy",
        locale="fy_NL",
        folder=folder,
        date_languages=("fy",),
        command_names={
            **language_of("en").command_names,
            "rhythm": "gong",
            "language": "spraak",
            "team board": "boerd",
        },
        vocabulary=vocabulary,
    )


@contextmanager
def speaking_frisian(folder: Path) -> Iterator[Language]:
    """Has the bot speak Frisian as well, with a catalogue that is written in `folder`."""
    write_catalogue(folder)
    language = frisian(folder)
    register(language)
    try:
        yield language
    finally:
        unregister(language)
