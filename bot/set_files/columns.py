"""The columns of a spreadsheet with challenges, and the fields of the set above them."""

import re
from collections.abc import Iterable

from bot.core.challenge import ChallengeText
from bot.languages import registry
from bot.languages.tags import canonical_tag

Path = tuple[int | str, ...]
Columns = dict[str, tuple[str, ...]]
"""The path of each column within a challenge, such as `("nl", "task")` for `task_nl`."""
TEXT_FIELDS = tuple(ChallengeText.model_fields)
MAY_LACK = frozenset(
    name for name, field in ChallengeText.model_fields.items() if not field.is_required()
)
NUMBERS = frozenset({"minutes", "daring"})


def columns(further: Iterable[str] = ()) -> Columns:
    """Returns the columns of a table with the languages of the bot and `further` ones."""
    texts: Columns = {
        f"{field}_{_suffix(tag)}": (tag, field)
        for tag in (*registry.tags(), *further)
        for field in TEXT_FIELDS
    }
    return {"id": ("id",), "minutes": ("minutes",), "daring": ("daring",), **texts}


def set_fields() -> Columns:
    """Returns the fields of the set itself, with their paths within it."""
    titles: Columns = {f"title_{_suffix(tag)}": ("title", tag) for tag in registry.tags()}
    return {"set": ("set",), **titles, "source": ("source",)}


def set_field_path(name: str) -> tuple[str, ...] | None:
    """Returns the path of a field of the set, whose title may be in any language.

    None: it is no such field.
    """
    if path := set_fields().get(name):
        return path
    tag = _tag_of(name, "title")
    return None if tag is None else ("title", tag)


def may_lack(path: tuple[str, ...]) -> bool:
    """Whether a table may do without the column of this path."""
    return path[-1] in MAY_LACK


def further_languages(headers: Iterable[str]) -> tuple[str, ...]:
    """Returns the tags of the languages in headers that are not the bot's, in their order."""
    tags = (_tag_of(header, field) for header in headers for field in TEXT_FIELDS)
    return tuple(dict.fromkeys(tag for tag in tags if tag and tag not in registry.tags()))


def normalized_header(text: str) -> str:
    """Returns a header as `columns` has it: `Task NL ` and `task-nl` are `task_nl`."""
    words = re.sub(r"[\s._()/-]+", "_", text.strip().lower().lstrip("#").strip())
    return words.strip("_")


def _suffix(tag: str) -> str:
    return tag.lower().replace("-", "_")


def _tag_of(header: str, field: str) -> str | None:
    """Returns the tag of the language that follows a field in a header; None: none does."""
    if not header.startswith(f"{field}_"):
        return None
    return canonical_tag(header.removeprefix(f"{field}_"))
