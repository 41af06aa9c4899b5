"""The fields of a set and of a challenge: what they are called, what is in them, what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.conversation.context import NotUnderstood
from bot.conversation.render.set_faults import fault_sentence
from bot.conversation.words import Words
from bot.core.challenges.challenge import BOUNDS, ChallengeText, duplicate_ids
from bot.core.challenges.fit import DayPart, Span, Tag
from bot.languages import registry
from bot.languages.registry import language_of
from bot.set_files.columns import NUMBERS, Path, columns, set_fields
from bot.set_files.reader import MAX_BYTES
from bot.set_files.validation import Fault, ParsedFile, SetFaults, validate
from bot.store.challenges import set_drafts
from bot.store.challenges.set_drafts import Content
from bot.web.pages.sets.names import whole_number
from bot.web.pages.visit import Visit

LABELS: Mapping[str, str] = {
    "set": "page.sets_field_set",
    "title": "page.sets_field_title",
    "source": "page.sets_field_source",
    "id": "page.sets_field_id",
    "minutes": "page.sets_field_minutes",
    "daring": "page.sets_field_daring",
    "span": "page.sets_field_span",
    "fits": "page.sets_field_fits",
    "at": "page.sets_field_at",
    "task": "page.sets_field_task",
    "why": "page.sets_field_why",
    "reflect": "page.sets_field_reflect",
    "reflect_tried": "page.sets_field_tried",
    "challenges": "page.sets_field_challenges",
}
TAGS: Mapping[str, str] = {
    Tag.DESK: "work.desk",
    Tag.OUTDOORS: "work.outdoors",
    Tag.HOME: "work.home",
    Tag.COUNTER: "work.counter",
    Tag.SHIFT: "work.shift",
    Tag.MEETING: "page.sets_fit_meeting",
    Tag.WALKING: "page.sets_fit_walking",
    Tag.RESIDENTS: "work.residents",
    Tag.COLLEAGUES: "work.colleagues",
}
SPANS: Mapping[str, str] = {
    Span.TODAY: "page.sets_span_today",
    Span.WEEK: "page.sets_span_week",
}
PARTS: Mapping[str, str] = {
    "": "page.sets_at_any",
    DayPart.MORNING: "page.sets_at_morning",
    DayPart.LUNCH: "page.sets_at_lunch",
    DayPart.AFTERNOON: "page.sets_at_afternoon",
}
TEXTS = tuple(ChallengeText.model_fields)
OF_CHALLENGE = re.compile(r"challenges\[(\d+)\](?:\.(.+))?")
NEW_LINE = re.compile(r"\s*[\r\n]+\s*")
MAX_DRAFT = 2 * MAX_BYTES  # as JSON, in which a letter with an accent takes six bytes


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with a field.

    Attributes:
        field: the name of the field in the form.
        label: what the form calls it.
        sentence: what is wrong and what would be right.
    """

    field: str
    label: str
    sentence: str


def label_of(field: str, say: Words) -> str:
    """Returns what the form calls a field, such as `task_nl`: `Opdracht (Nederlands)`."""
    path = {**set_fields(), **columns()}.get(field, (field,))
    if len(path) == 1:
        return say(LABELS[path[0]])
    tag, name = (path[1], "title") if path[0] == "title" else (path[0], path[1])
    language = language_of(tag).name_in(language_of(say.language))
    return say("page.sets_in_language", field=say(LABELS[name]), language=language)


def hint_of(field: str, say: Words) -> str:
    """Returns what belongs in a field of a text or a number."""
    least, most = BOUNDS.get(field, (0, 0))
    return say(f"field.{field}", least=least, most=most)


def one_line(text: str) -> str:
    """Returns a text without the ends of lines that somebody typed in it."""
    return NEW_LINE.sub(" ", text)


def challenge_values(challenge: Content) -> dict[str, str]:
    """Returns what the form of a challenge shows in each field; its tags with spaces between."""
    values: dict[str, str] = {}
    for name, path in columns().items():
        value: object = challenge
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        values[name] = _as_text(value)
    return values


def _as_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def posted_challenge(visit: Visit, was: Content) -> Content:
    """Returns the challenge that was filled in; languages that the form lacks are those of `was`.

    A field that was left empty is left out, as it is in a file.
    """
    challenge: Content = {key: value for key, value in was.items() if _is_further(key)}
    challenge |= {tag: {} for tag in registry.tags()}
    for name, path in columns().items():
        text = one_line(visit.field(name))
        if name == "fits":
            challenge["fits"] = [tag for tag in visit.fields("fits") if tag][: 2 * len(Tag)]
        elif text and len(path) > 1:
            challenge[path[0]][path[1]] = text
        elif text:
            number = whole_number(text) if name in NUMBERS else None
            challenge[name] = text if number is None else number
    return challenge


def _is_further(key: str) -> bool:
    """Returns whether a field of a challenge is a text in a language that the bot lacks."""
    return key not in registry.tags() and (key,) not in columns().values()


def set_values(content: Content) -> dict[str, str]:
    """Returns what the form of the set itself shows in each field."""
    titles = content.get("title", {})
    return {
        name: str(titles.get(path[1], "") if len(path) > 1 else content.get(path[0], ""))
        for name, path in set_fields().items()
    }


def posted_set(visit: Visit, was: Content) -> Content:
    """Returns the set with the title and the source that were filled in."""
    titles = {
        path[1]: one_line(visit.field(name)) for name, path in set_fields().items() if len(path) > 1
    }
    kept = {tag: title for tag, title in was["title"].items() if tag not in titles}
    given = {tag: title for tag, title in titles.items() if title}
    return {**was, "title": {**given, **kept}, "source": one_line(visit.field("source"))}


async def save(visit: Visit, name: str, content: Content, revision: int | None) -> None:
    """Saves a draft in the place of the revision that the form was made of.

    Raises:
        NotUnderstood: somebody saved another one meanwhile, or it is too large.
    """
    if len(str(content)) > MAX_DRAFT:
        raise NotUnderstood("page.sets_too_large")
    if revision is None or not await set_drafts.save(
        visit.session, name, content, revision, visit.context.at
    ):
        raise NotUnderstood("page.sets_too_late")


# -- what is wrong


def faults_of_challenge(draft: Sequence[Content], index: int, say: Words) -> list[FieldFault]:
    """Returns what is wrong with one challenge of a draft."""
    whole = {
        "set": "x",
        "title": dict.fromkeys(registry.tags(), "x"),
        "challenges": [draft[index]],
    }
    faults = [*_faults(whole)]
    doubles = dict(duplicate_ids([challenge.get("id") for challenge in draft]))
    if index in doubles:
        faults.append(Fault(1, "challenges[0].id", "double_id", {"id": doubles[index]}))
    found = []
    for fault in faults:
        if match := OF_CHALLENGE.fullmatch(fault.field):
            field = _form_field(match[2] or "id")
            found.append(FieldFault(field, label_of(field, say), fault_sentence(fault, say)))
    return found


def _form_field(path: str) -> str:
    """Returns the field of the form at a path within a challenge, such as `nl.task`."""
    parts = tuple(re.sub(r"\[\d+\]", "", path).split("."))
    names = {place: name for name, place in columns().items()}
    return names.get(parts) or names.get((parts[0], TEXTS[0])) or "id"


@dataclass(frozen=True, slots=True)
class DraftFaults:
    """What is wrong with a draft.

    Attributes:
        of_set: with the set itself.
        counts: how many faults each challenge has, by its number from 1; none: it is left out.
        more: how many faults were not looked at.
    """

    of_set: Sequence[FieldFault]
    counts: Mapping[int, int]
    more: int

    def __bool__(self) -> bool:
        """Returns whether anything is wrong."""
        return bool(self.of_set or self.counts or self.more)


def faults_of_draft(content: Content, say: Words) -> DraftFaults:
    """Returns what is wrong with a draft: of each challenge how much, of the set itself what."""
    of_set: list[FieldFault] = []
    counts: dict[int, int] = {}
    more = 0
    try:
        validate(_parsed(content))
    except SetFaults as faults:
        more = faults.more
        for fault in faults.faults:
            if match := OF_CHALLENGE.fullmatch(fault.field):
                number = int(match[1]) + 1
                counts[number] = counts.get(number, 0) + 1
            else:
                field = fault.field.replace(".", "_").lower()
                field = field if field in set_fields() else fault.field.partition(".")[0]
                label = label_of(field, say) if field in {*LABELS, *set_fields()} else field
                of_set.append(FieldFault(field, label, fault_sentence(fault, say)))
    return DraftFaults(of_set, counts, more)


def _faults(content: Content) -> Sequence[Fault]:
    try:
        validate(_parsed(content))
    except SetFaults as faults:
        return faults.faults
    return []


def _parsed(content: Content) -> ParsedFile:
    """Returns a draft as a file in which each challenge is on a line, in order."""
    lines: dict[Path, int] = {
        ("challenges", at): at + 2 for at in range(len(content["challenges"]))
    }
    return ParsedFile(content, lines)
