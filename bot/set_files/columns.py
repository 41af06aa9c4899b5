"""The columns of a spreadsheet with challenges, and the fields of the set above them."""

import re
from collections.abc import Iterable

from bot.core.challenges.challenge import Challenge, ChallengeText
from bot.languages import registry
from bot.languages.tags import canonical_tag

Path = tuple[int | str, ...]
Columns = dict[str, tuple[str, ...]]
"""The path of each column within a challenge, such as `("nl", "task")` for `task_nl`."""
TEXT_FIELDS = tuple(ChallengeText.model_fields)
MAY_LACK = frozenset(
    name
    for model in (Challenge, ChallengeText)
    for name, field in model.model_fields.items()
    if not field.is_required()
)
# What few sets have comes after what each set has.
OWN = {field: (field,) for field in Challenge.model_fields if field not in MAY_LACK}
OWN_LAST = {field: (field,) for field in Challenge.model_fields if field in MAY_LACK}
TEXTS_LAST = ("reflect_tried",)
TEXTS = tuple(field for field in TEXT_FIELDS if field not in TEXTS_LAST)
NUMBERS = frozenset({"minutes", "daring"})


def columns(further: Iterable[str] = ()) -> Columns:
    """Returns the columns of a table with the languages of the bot and `further` ones."""
    tags = (*registry.tags(), *further)
    return {**OWN, **_text_columns(tags, TEXTS), **OWN_LAST, **_text_columns(tags, TEXTS_LAST)}


def _text_columns(tags: Iterable[str], fields: Iterable[str]) -> Columns:
    suffixes = {tag: _suffix(tag) for tag in tags}
    return {
        f"{field}_{suffix}": (tag, field) for tag, suffix in suffixes.items() for field in fields
    }


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
    tags = map(_text_tag, headers)
    return tuple(dict.fromkeys(tag for tag in tags if tag and tag not in registry.tags()))


def normalized_header(text: str) -> str:
    """Returns a header as `columns` has it: `Task NL ` and `task-nl` are `task_nl`."""
    words = re.sub(r"[\s._()/-]+", "_", text.strip().lower().lstrip("#").strip())
    return words.strip("_")


def _suffix(tag: str) -> str:
    return tag.lower().replace("-", "_")


def _text_tag(header: str) -> str | None:
    """Returns the tag of the language in the header of a text; None: it is no such header.

    Of two fields that a header may begin with the longest counts: `reflect_tried_nl` is Dutch, and
    no language named `tried-NL`.
    """
    fields = [field for field in TEXT_FIELDS if header.startswith(f"{field}_")]
    return _tag_of(header, max(fields, key=len)) if fields else None


def _tag_of(header: str, field: str) -> str | None:
    """Returns the tag of the language that follows a field in a header; None: none does."""
    if not header.startswith(f"{field}_"):
        return None
    return canonical_tag(header.removeprefix(f"{field}_"))
