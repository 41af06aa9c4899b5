"""Challenges, the sets they come in, and what makes one valid."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

MOST_CHALLENGES = 500
# Control, invisible (bidi overrides), surrogate, private use, separators of lines.
UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
JOINER = "\u200d"  # holds emoji together
MARKUP = re.compile(
    r"</?[a-z][^>]*>|\*\*|__|`|\[[^\]]*\]\([^)]*\)|&(?:[a-z]+|#\d+);", re.IGNORECASE
)


def _plain(text: str) -> str:
    """`text`, unless it holds what cannot be read aloud: control characters or markup.

    Raises:
        PydanticCustomError: `unreadable`, with the character's code point; or `markup`.
    """
    for character in text:
        if unicodedata.category(character) in UNREADABLE and character != JOINER:
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError("unreadable", "holds {character}", {"character": code})
    if found := MARKUP.search(text):
        raise PydanticCustomError("markup", "holds {markup}", {"markup": found[0]})
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
_plain_text = AfterValidator(_plain)


def _length(least: int, most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """A challenge in one language.

    Attributes:
        task: what to do, 10..600 characters.
        why: why it is worth doing, at most 300 characters.
        reflect: the question afterwards, 10..200 characters.
    """

    task: Annotated[str, _length(10, 600), _plain_text]
    why: Annotated[str, _length(0, 300), _plain_text] = ""
    reflect: Annotated[str, _length(10, 200), _plain_text]


class Challenge(_Frozen):
    """One small task, in Dutch and in English.

    Attributes:
        id: unique within its set, for ever.
        minutes: the time it takes, 1..240.
        daring: how much nerve it takes, 1..3.
        nl: the Dutch text.
        en: the English text.
    """

    id: Slug
    minutes: Annotated[int, Field(strict=True, ge=1, le=240)]
    daring: Annotated[int, Field(strict=True, ge=1, le=3)]
    nl: Text
    en: Text


class Title(_Frozen):
    """What a set is called."""

    nl: Annotated[str, _length(1, 80), _plain_text]
    en: Annotated[str, _length(1, 80), _plain_text]


class ChallengeSet(_Frozen):
    """A named file of challenges; its name is its theme.

    Attributes:
        set: the set's name for ever: a-z, 0-9 and '-'.
        title: what people call it.
        source: where the ideas come from.
        challenges: 1..500, each with an id of its own.
    """

    set: Slug
    title: Title
    source: Annotated[str, _length(0, 300), _plain_text] = ""
    challenges: Annotated[tuple[Challenge, ...], Field(min_length=1, max_length=MOST_CHALLENGES)]

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        for row, slug in doubled_ids([challenge.id for challenge in self.challenges]):
            raise PydanticCustomError("double_id", "{id} is there twice", {"id": slug, "row": row})
        return self


def doubled_ids(slugs: Sequence[object]) -> list[tuple[int, str]]:
    """The places (from 0) in `slugs` of those that stood earlier, with the slug."""
    seen: set[str] = set()
    doubled: list[tuple[int, str]] = []
    for row, slug in enumerate(slugs):
        if not isinstance(slug, str):
            continue
        if slug in seen:
            doubled.append((row, slug))
        seen.add(slug)
    return doubled
