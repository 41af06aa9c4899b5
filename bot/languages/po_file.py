"""Reads gettext's catalogues in source form, in milliseconds and without loading a library.

Babel reads them as well, but takes 80 ms to load, which is too long for `olievlek --help`. See
https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

ENTRY = re.compile(r'(?:(msgid|msgid_plural|msgstr)(?:\[\d+\])? )?(".*")')
PLURAL = re.compile(r"^Plural-Forms:.*plural=([^;]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one catalogue.

    Attributes:
        forms: the forms of each message by its name: singular and plural, or one for all numbers.
        nth_form: which form goes with a number.
    """

    forms: Mapping[str, tuple[str, ...]]
    nth_form: Callable[[int], int]

    def text(self, key: str, n: object = None) -> str:
        """Returns a message, in the form that goes with `n` if that is an integer.

        Raises:
            KeyError: there is no such message.
        """
        forms = self.forms[key]
        return forms[self.nth_form(n) if isinstance(n, int) and len(forms) > 1 else 0]


def read_catalogue(file: Path) -> Catalogue:
    """Returns the catalogue in a file.

    Raises:
        ValueError: a line is none of what the bot's catalogues have.
    """
    entries: list[list[tuple[str, list[str]]]] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        entry = ENTRY.fullmatch(line)
        if entry is None:
            raise ValueError(f"{file}:{number}: no line of a catalogue")
        keyword, quoted = entry.groups()
        if keyword == "msgid":
            entries.append([])
        if keyword:
            entries[-1].append((keyword, []))
        try:
            text = json.loads(quoted)  # of C's escapes, catalogues have those of JSON
        except json.JSONDecodeError as error:
            raise ValueError(f"{file}:{number}: no text of a catalogue") from error
        entries[-1][-1][1].append(text)
    forms = dict(_forms(entry) for entry in entries)
    [header] = forms.pop("")
    rule = PLURAL.search(header)
    return Catalogue(forms, c2py(rule[1]) if rule else int)


def _forms(entry: list[tuple[str, list[str]]]) -> tuple[str, tuple[str, ...]]:
    """Returns the name and the forms of a message."""
    texts = [(keyword, "".join(parts)) for keyword, parts in entry]
    return texts[0][1], tuple(text for keyword, text in texts if keyword == "msgstr")
