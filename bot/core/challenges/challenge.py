"""Challenges, the sets they come in, and what makes one valid."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from bot.core.challenges.fit import DayPart, Span, Tag
from bot.languages import registry as languages
from bot.languages.tags import canonical_tag

MAX_CHALLENGES = 500
# The minimum and maximum: of a text its length in characters, of a number its value.
BOUNDS = {
    "task": (10, 600),
    "why": (0, 300),
    "reflect": (10, 200),
    "reflect_tried": (10, 200),
    "title": (1, 80),
    "source": (0, 300),
    "minutes": (1, 240),
    "daring": (1, 3),
}
# The words of which a field holds one, or a list.
CHOICES: dict[str, Sequence[str]] = {"span": [*Span], "fits": [*Tag], "at": [*DayPart]}
# Unicode categories: control, format (such as bidi overrides), surrogate, private use, and line and
# paragraph separators.
UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
JOINER = "\u200d"  # holds emoji together
MARKUP = re.compile(
    r"</?[a-z][^>]*>|\*\*|__|`|\[[^\]]*\]\([^)]*\)|&(?:[a-z]+|#\d+);", re.IGNORECASE
)
MAX_TAGS = 20  # with room for some that are there twice
BETWEEN_TAGS = re.compile(r"[\s,;]+")
# Word processors put no-break spaces where a plain space was meant.
NO_BREAK = str.maketrans({"\u00a0": " ", "\u202f": " "})


def _normalized(value: object) -> object:
    """Returns a text in Unicode form NFC with plain spaces; anything but a text unchanged."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value).translate(NO_BREAK)


def _is_emoji_joiner(before: str, character: str) -> bool:
    """Returns whether a joiner follows an emoji; after a letter it would only be invisible."""
    return character == JOINER and unicodedata.category(before) in {"So", "Sk", "Mn"}


def _plain(text: str) -> str:
    """Returns `text` unchanged, when it holds no control characters and no markup.

    Raises:
        PydanticCustomError: `unreadable`, with the character's code point; or `markup`.
    """
    # Nearly all texts are printable, and then no character needs a look of its own.
    suspects = () if text.isprintable() else pairwise(" " + text)
    for before, character in suspects:
        if unicodedata.category(character) in UNREADABLE and not _is_emoji_joiner(
            before, character
        ):
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError("unreadable", "holds {character}", {"character": code})
    if match := MARKUP.search(text):
        raise PydanticCustomError("markup", "holds {markup}", {"markup": match[0]})
    return text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
_plain_text = AfterValidator(_plain)
_normalized_text = BeforeValidator(_normalized)


def _lower(value: object) -> object:
    """Returns a text in small letters, for Excel begins one with a capital; others unchanged."""
    return value.strip().lower() if isinstance(value, str) else value


def _split_tags(value: object) -> object:
    """Returns the tags in one text, such as the cell `desk, home`, as a list; others unchanged."""
    if not isinstance(value, str):
        return value
    return [tag for tag in BETWEEN_TAGS.split(value, MAX_TAGS) if tag]


def _in_order(tags: tuple[Tag, ...]) -> tuple[Tag, ...]:
    """Returns each tag once, in the order of `Tag`, so that equal sets have equal dumps."""
    return tuple(tag for tag in Tag if tag in tags)


Fits = Annotated[
    tuple[Annotated[Tag, BeforeValidator(_lower)], ...],
    Field(max_length=MAX_TAGS),
    BeforeValidator(_split_tags),
    AfterValidator(_in_order),
]


def _length(field: str) -> StringConstraints:
    minimum, maximum = BOUNDS[field]
    return StringConstraints(strip_whitespace=True, min_length=minimum, max_length=maximum)


def _range(field: str) -> FieldInfo:
    minimum, maximum = BOUNDS[field]
    return cast(FieldInfo, Field(strict=True, ge=minimum, le=maximum))


class Frozen(BaseModel):
    """A model whose values never change, and which takes no field that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InLanguages(Frozen):
    """A model with something in several languages, each under the language's tag.

    The languages of the bot are required; any other may be there as well, under its BCP 47 tag.
    The languages are extra fields in pydantic, so that files and dumps have them beside the other
    fields.
    """

    model_config = ConfigDict(extra="allow")
    # The types of a value under a language tag; an extra field of another type is a misspelt one.
    _text_types: ClassVar[tuple[type, ...]] = (object,)

    @classmethod
    def of(cls, **fields: object) -> Self:
        """Returns the model with these fields, of which some are named by language tags.

        Raises:
            ValidationError: the fields are not valid.
        """
        return cls.model_validate(fields)

    @model_validator(mode="wrap")
    @classmethod
    def _check_languages(cls, value: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Checks the languages together with the other fields, and puts them in a fixed order.

        Raises:
            ValidationError: with the errors of the fields, the missing languages and the unknown
                fields at once.
        """
        if not isinstance(value, dict):
            return validate(value)
        errors = [
            *(_error("missing", (tag,), value) for tag in languages.tags() if tag not in value),
            *(
                _error("extra_forbidden", (key,), content)
                for key, content in value.items()
                if not (key in cls.model_fields or cls._is_language(key, content))
            ),
        ]
        unknown = {error["loc"][0] for error in errors if error["type"] == "extra_forbidden"}
        known = {key: content for key, content in value.items() if key not in unknown}
        try:
            model = validate({key: known[key] for key in sorted(known, key=_sort_key)})
        except ValidationError as invalid:
            errors = [*map(_raisable, invalid.errors(include_url=False)), *errors]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return model

    @classmethod
    def _is_language(cls, key: object, content: object) -> bool:
        """Returns whether `key` is a language tag with a fitting value, and no misspelt field."""
        if key in languages.tags():
            return True
        is_tag = isinstance(key, str) and canonical_tag(key) == key
        return is_tag and isinstance(content, cls._text_types)


def _sort_key(key: str) -> tuple[int, str]:
    """Returns the sort key of a field: the bot's languages first, then the others by name.

    With this order two files that differ only in the order of their languages have equal dumps.
    """
    tags = languages.tags()
    return tags.index(key) if key in tags else len(tags), key


def _error(kind: str, path: tuple[int | str, ...], value: object) -> InitErrorDetails:
    return InitErrorDetails(type=kind, loc=path, input=value)


def _raisable(error: ErrorDetails) -> InitErrorDetails:
    """Returns an error that pydantic reported in the form in which it can be raised again."""
    kind = PydanticCustomError(error["type"], error["msg"], error.get("ctx"))
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


class ChallengeText(Frozen):
    """A challenge in one language.

    Attributes:
        task: what to do, 10..600 characters.
        why: why it is worth doing, at most 300 characters.
        reflect: the question afterwards, 10..200 characters.
        reflect_tried: the question after *tried*, 10..200 characters; None: the same question.
    """

    task: Annotated[str, _length("task"), _normalized_text, _plain_text]
    why: Annotated[str, _length("why"), _normalized_text, _plain_text] = ""
    reflect: Annotated[str, _length("reflect"), _normalized_text, _plain_text]
    reflect_tried: (
        Annotated[str, _length("reflect_tried"), _normalized_text, _plain_text] | None
    ) = None


class Challenge(InLanguages):
    """One small task, in each language of the bot.

    Attributes:
        id: unique within its set; it never changes.
        minutes: how many minutes it takes, 1..240.
        daring: how much nerve it takes, 1..3.
        span: whether it is for today or for this week.
        fits: what it asks of somebody's work (see `bot.core.challenges.fit`); without any it fits
            everybody.
        at: the part of the day in which it is done; None: any.
    """

    _text_types = (dict, ChallengeText)

    id: Slug
    minutes: Annotated[int, _range("minutes")]
    daring: Annotated[int, _range("daring")]
    span: Annotated[Span, BeforeValidator(_lower)] = Span.TODAY
    fits: Fits = ()
    at: Annotated[DayPart | None, BeforeValidator(_lower)] = None
    __pydantic_extra__: dict[str, ChallengeText] = Field(init=False)

    @property
    def texts(self) -> Mapping[str, ChallengeText]:
        """The challenge's text in each language, by language tag."""
        return self.__pydantic_extra__


class Title(InLanguages):
    """What a set is called, in each language of the bot."""

    __pydantic_extra__: dict[
        str, Annotated[str, _length("title"), _normalized_text, _plain_text]
    ] = Field(init=False)

    def in_language(self, tag: str) -> str:
        """Returns the title in the language `tag`, or in another that there is."""
        return languages.text_in(self.__pydantic_extra__, tag)


class ChallengeSet(Frozen):
    """A named file of challenges; its name is its theme.

    Attributes:
        set: the set's name, which never changes: a-z, 0-9 and '-'.
        title: what people call it.
        source: where the ideas come from.
        challenges: 1..500, each with an id of its own.
    """

    set: Slug
    title: Title
    source: Annotated[str, _length("source"), _normalized_text, _plain_text] = ""
    challenges: Annotated[tuple[Challenge, ...], Field(min_length=1, max_length=MAX_CHALLENGES)]

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        for index, slug in duplicate_ids([challenge.id for challenge in self.challenges]):
            raise PydanticCustomError(
                "double_id", "{id} is there twice", {"id": slug, "row": index}
            )
        return self


def duplicate_ids(slugs: Sequence[object]) -> list[tuple[int, str]]:
    """Returns the index (from 0) and the slug of each one in `slugs` that also stands earlier."""
    seen: set[str] = set()
    duplicates: list[tuple[int, str]] = []
    for index, slug in enumerate(slugs):
        if not isinstance(slug, str):
            continue
        if slug in seen:
            duplicates.append((index, slug))
        seen.add(slug)
    return duplicates
