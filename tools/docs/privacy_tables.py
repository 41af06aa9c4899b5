"""The tables and values in docs/privacy: what is stored, why, and for how long, from the code.

`python -m tools.docs.privacy_tables` updates the pages.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from bot.config.environment import variable_name
from bot.config.settings import Settings
from bot.core.privacy.backups import KEEP_KEYS, MONTHLY
from bot.store.keys.key_store import BACKUP_DAYS
from bot.store.schema import Base
from bot.store.schema.inventory import InventoryRow, Retention, rows
from tools.docs.inventory_words import in_words

PRIVACY = Path(__file__).parents[2] / "docs" / "privacy"
PAGES = ("verwerkingsregister.md", "bewaartermijnen.md")
LANGUAGE = "nl"
SECTION = re.compile(r"(<!-- tabel: (\w+) -->\n).*?(<!-- einde van de tabel -->)", re.DOTALL)
VALUE = re.compile(r"(<!-- regel: (\w+) -->)[^<]*(<!-- einde -->)")
UNITS = {"months": "maanden", "days": "dagen"}
SEALED, NOT_ABOUT_ANYBODY = "verzegeld", "–"


def fields_table(inventory: Iterable[InventoryRow]) -> str:
    """Returns the table of all columns; those of which the same is said share a row."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in inventory:
        kept_for = [in_words(key, LANGUAGE) for key in (row.purpose, row.ground, row.retention)]
        groups.setdefault((row.table, *kept_for, _readable(row)), []).append(row.column)
    lines = (
        (f"`{table}`", _code(columns), purpose, ground, period, readable)
        for (table, purpose, ground, period, readable), columns in groups.items()
    )
    head = ("tabel", "kolommen", "waarvoor", "grond", "hoe lang", "leesbaar, omdat")
    return _table(head, lines)


def periods_table(inventory: Iterable[InventoryRow]) -> str:
    """Returns the table of periods, with what is kept that long, without what is not personal."""
    personal = [row for row in inventory if row.personal]
    lines = []
    for retention in Retention:
        kept = [row for row in personal if row.retention is retention]
        if kept:
            purposes = dict.fromkeys(in_words(row.purpose, LANGUAGE) for row in kept)
            tables = dict.fromkeys(row.table for row in kept)
            lines.append((in_words(retention, LANGUAGE), "; ".join(purposes), _code(tables)))
    return _table(("hoe lang", "waarvoor", "tabellen"), lines)


def settings_table() -> str:
    """Returns the table of the settings with which an operator changes periods."""
    lines = []
    for name, field in Settings.model_fields.items():
        if name.startswith("keep_"):
            unit = UNITS[name.rsplit("_", 1)[1]]
            least, most = _bound(field, "ge"), _bound(field, "le")
            lines.append(
                (f"`{variable_name(name)}`", f"{field.default} {unit}", f"{least} tot {most}")
            )
    return _table(("instelling", "standaard", "mag zijn"), lines)


def tables() -> Mapping[str, str]:
    """Returns all tables by the names of their sections."""
    inventory = rows(Base.metadata)
    return {
        "velden": fields_table(inventory),
        "termijnen": periods_table(inventory),
        "instellingen": settings_table(),
    }


def values() -> Mapping[str, str]:
    """Returns what the rules and the defaults of settings say, by the names that the pages use."""
    fields = Settings.model_fields
    return {
        "groep": str(fields["min_group_size"].default),
        "stil": f"{fields['keep_silent_months'].default} {UNITS['months']}",
        "sleutelbackups": f"{KEEP_KEYS.days} {UNITS['days']}",
        "oudste_sleutelbackup": f"{BACKUP_DAYS} {UNITS['days']}",
        "oudste_databackup": f"{MONTHLY} {UNITS['months']}",
    }


def filled(page: str, contents: Mapping[str, str], said: Mapping[str, str]) -> str:
    """Returns a page with the contents of its sections and its values replaced.

    Raises:
        KeyError: the page has a section or a value that there is nothing for.
    """
    page = SECTION.sub(lambda match: match[1] + contents[match[2]] + match[3], page)
    return VALUE.sub(lambda match: match[1] + said[match[2]] + match[3], page)


def _bound(field: FieldInfo, kind: str) -> int:
    """Returns a bound of a setting; `kind` is what pydantic calls it: `ge` or `le`."""
    [bound] = [getattr(mark, kind) for mark in field.metadata if hasattr(mark, kind)]
    return int(bound)


def _readable(row: InventoryRow) -> str:
    if not row.personal:
        return NOT_ABOUT_ANYBODY
    return SEALED if row.readable_because is None else in_words(row.readable_because, LANGUAGE)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rule = ("---",) * len(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, rule, *lines))


def main() -> None:
    """Updates the pages."""
    contents, said = tables(), values()
    for page in PRIVACY.glob("*.md"):
        page.write_text(filled(page.read_text(), contents, said))


if __name__ == "__main__":
    main()
