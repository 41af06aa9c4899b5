"""Challenges, the sets they come in, and what makes one valid."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

MAX_CHALLENGES = 500
# Control, invisible (bidi overrides), surrogate, private use, separators of lines.
UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
JOINER = "\u200d"  # holds emoji together
MARKUP = re.compile(
    r"</?[a-z][^>]*>|\*\*|__|`|\[[^\]]*\]\([^)]*\)|&(?:[a-z]+|#\d+);", re.IGNORECASE
)
# Word processors put these where a space was meant.
NO_BREAK = str.maketrans({"\u00a0": " ", "\u202f": " "})


def _normalized(given: object) -> object:
    """The same text, whichever program composed its letters and spaces."""
    if not isinstance(given, str):
        return given
    return unicodedata.normalize("NFC", given).translate(NO_BREAK)


def _is_emoji_joiner(before: str, character: str) -> bool:
    """Between letters a joiner only hides; after a picture (or its colour) it joins."""
    return character == JOINER and unicodedata.category(before) in {"So", "Sk", "Mn"}


def _plain(text: str) -> str:
    """`text`, unless it holds what cannot be read aloud: control characters or markup.

    Raises:
        PydanticCustomError: `unreadable`, with the character's code point; or `markup`.
    """
    for before, character in zip(" " + text, text, strict=False):
        if unicodedata.category(character) in UNREADABLE and not _is_emoji_joiner(
            before, character
        ):
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError("unreadable", "holds {character}", {"character": code})
    if found := MARKUP.search(text):
        raise PydanticCustomError("markup", "holds {markup}", {"markup": found[0]})
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
_plain_text = AfterValidator(_plain)
_normalized_text = BeforeValidator(_normalized)


def _length(least: int, most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# What an editor shows beside a field, in both languages.
HINTS = {
    "task": "Wat iemand doet, 10 tot 600 tekens. What to do, 10 to 600 characters.",
    "why": "Waarom dat iets oplevert, hoogstens 300 tekens; mag weg. "
    "Why it is worth it, at most 300; optional.",
    "reflect": "De vraag achteraf, 10 tot 200 tekens. "
    "The question afterwards, 10 to 200 characters.",
    "id": "Uniek binnen de set, voor altijd: a-z, 0-9 en '-'. Unique within the set, for ever.",
    "minutes": "Zoveel minuten kost het, 1 tot 240. The minutes it takes, 1 to 240.",
    "daring": "Zoveel lef vraagt het, 1 tot 3. How much nerve it takes, 1 to 3.",
    "source": "Waar de ideeën vandaan komen; mag weg. Where the ideas come from; optional.",
    "set": "De naam van de set, voor altijd: a-z, 0-9 en '-'. The set's name for ever.",
}


def _hint(field: str) -> Any:  # noqa: ANN401 - what pydantic says a field is
    return Field(description=HINTS[field])


class ChallengeText(_Frozen):
    """A challenge in one language.

    Attributes:
        task: what to do, 10..600 characters.
        why: why it is worth doing, at most 300 characters.
        reflect: the question afterwards, 10..200 characters.
    """

    task: Annotated[str, _length(10, 600), _normalized_text, _plain_text, _hint("task")]
    why: Annotated[str, _length(0, 300), _normalized_text, _plain_text, _hint("why")] = ""
    reflect: Annotated[str, _length(10, 200), _normalized_text, _plain_text, _hint("reflect")]


class Challenge(_Frozen):
    """One small task, in Dutch and in English.

    Attributes:
        id: unique within its set, for ever.
        minutes: the time it takes, 1..240.
        daring: how much nerve it takes, 1..3.
        nl: the Dutch text.
        en: the English text.
    """

    id: Annotated[Slug, _hint("id")]
    minutes: Annotated[int, Field(strict=True, ge=1, le=240), _hint("minutes")]
    daring: Annotated[int, Field(strict=True, ge=1, le=3), _hint("daring")]
    nl: ChallengeText
    en: ChallengeText


class Title(_Frozen):
    """What a set is called."""

    nl: Annotated[str, _length(1, 80), _normalized_text, _plain_text]
    en: Annotated[str, _length(1, 80), _normalized_text, _plain_text]


class ChallengeSet(_Frozen):
    """A named file of challenges; its name is its theme.

    Attributes:
        set: the set's name for ever: a-z, 0-9 and '-'.
        title: what people call it.
        source: where the ideas come from.
        challenges: 1..500, each with an id of its own.
    """

    set: Annotated[Slug, _hint("set")]
    title: Title
    source: Annotated[str, _length(0, 300), _normalized_text, _plain_text, _hint("source")] = ""
    challenges: Annotated[tuple[Challenge, ...], Field(min_length=1, max_length=MAX_CHALLENGES)]

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        for row, slug in duplicate_ids([challenge.id for challenge in self.challenges]):
            raise PydanticCustomError("double_id", "{id} is there twice", {"id": slug, "row": row})
        return self


def duplicate_ids(slugs: Sequence[object]) -> list[tuple[int, str]]:
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
