"""One challenge of a draft: its form, what is wrong with it, and how members see it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.responses import Response

from bot.channels.choices import choices_of, numbered
from bot.conversation.context import NotUnderstood
from bot.conversation.member.nudges.nudges import render, task_text
from bot.conversation.trainer.publications import preview_row
from bot.conversation.words import Words
from bot.core.challenges.challenge import MAX_CHALLENGES, Challenge
from bot.core.challenges.readability import LONGEST_SENTENCE, habits_in, long_sentences
from bot.core.permissions import Audience
from bot.languages.registry import language_of, tags
from bot.store.challenges.set_drafts import Content, SetDraft
from bot.web.pages.page import Page
from bot.web.pages.security.security import RUNS_SCRIPT
from bot.web.pages.sets.fields import (
    LABELS,
    PARTS,
    SPANS,
    TAGS,
    TEXTS,
    FieldFault,
    challenge_values,
    faults_of_challenge,
    hint_of,
    label_of,
    posted_challenge,
    save,
)
from bot.web.pages.sets.names import draft_of, revision_in
from bot.web.pages.visit import NotHere, Visit

LOOK = "look"
# No style and no script that the policy of the page forbids.
HTMX_CONFIG = '{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true}'


@dataclass(frozen=True, slots=True)
class Preview:
    """A challenge as members see it in one language.

    Attributes:
        language: its name.
        tag: its tag.
        text: the message.
        buttons: what is on the buttons below it.
        numbered: the message as a platform without buttons has it.
        reflect: the question afterwards.
        tried: the question after *tried*.
    """

    language: str
    tag: str
    text: str
    buttons: list[str]
    numbered: str
    reflect: str
    tried: str


async def show(visit: Visit) -> Response:
    """Shows the form of a challenge; the number after the last one is that of a new one."""
    name, draft = await draft_of(visit)
    index = _index(visit, draft)
    stored = draft.challenges[index] if index < len(draft.challenges) else None
    is_late = visit.error is not None
    is_look = visit.field("do") == LOOK
    filled = posted_challenge(visit, stored or {}) if is_late or is_look else stored or {}
    faults = []
    if is_look:
        others = [*draft.challenges]
        others[index : index + 1] = [filled]
        faults = faults_of_challenge(others, index, visit.say)
    elif stored is not None and not is_late:
        faults = faults_of_challenge(draft.challenges, index, visit.say)
    visit.request.scope[RUNS_SCRIPT] = True
    title = str(filled.get("id", "")) or visit.say("page.sets_new_challenge")
    return visit.render(
        "sets/challenge.html",
        title,
        name=name,
        number=index + 1,
        count=len(draft.challenges),
        revision=draft.revision,
        values=challenge_values(filled),
        was=(stored or {}).get("id", ""),
        is_new=stored is None,
        is_late=is_late,
        stored=[
            (label_of(field, visit.say), value)
            for field, value in challenge_values(stored or {}).items()
        ],
        faults=faults,
        wrong=_by_field(faults),
        **_choices(visit.say),
        previews=_previews(filled, visit.say),
        advice=_advice(filled, visit.say),
        is_look=is_look,
        is_live="hx-request" in visit.request.headers,
        htmx_config=HTMX_CONFIG,
    )


def _index(visit: Visit, draft: SetDraft) -> int:
    """Returns where the challenge of the page is now, from 0.

    It moves when somebody else changes the draft; what was removed meanwhile is a new one again.

    Raises:
        NotHere: there is no such challenge.
    """
    index, challenges = visit.number("number") - 1, draft.challenges
    if visit.error is not None:
        slug = visit.field("was")
        ids = [challenge.get("id") for challenge in challenges]
        same = index < len(ids) and ids[index] == slug
        return index if same else ids.index(slug) if slug in ids else len(ids)
    if not 0 <= index <= min(len(challenges), MAX_CHALLENGES - 1):
        raise NotHere
    return index


def _by_field(faults: list[FieldFault]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.field, []).append(fault.sentence)
    return wrong


def _choices(say: Words) -> dict[str, object]:
    """Returns the words of the form: labels, hints, and what can be chosen."""
    reader = language_of(say.language)
    suffixes = {tag: tag.lower().replace("-", "_") for tag in tags()}
    return {
        "labels": {field: say(key) for field, key in LABELS.items()},
        "hints": {field: hint_of(field, say) for field in ("id", "minutes", "daring", *TEXTS)},
        "languages": [
            (tag, language_of(tag).name_in(reader), [(f"{f}_{suffix}", f) for f in TEXTS])
            for tag, suffix in suffixes.items()
        ],
        "tags": [(tag, say(key)) for tag, key in TAGS.items()],
        "spans": [(span, say(key)) for span, key in SPANS.items()],
        "parts_of_day": [(part, say(key)) for part, key in PARTS.items()],
    }


def _previews(content: Content, say: Words) -> list[Preview]:
    """Returns how members see a challenge; nothing as long as something is wrong with it."""
    try:
        challenge = Challenge.of(**content)
    except ValidationError:
        return []
    row, reader, previews = preview_row(challenge), language_of(say.language), []
    for tag in tags():
        words, text = Words(tag), row.text_in(tag)
        message = render(0, task_text(row, words), words)
        labels = [button.label for line in message.buttons for button in line]
        by_number = numbered(message.text, choices_of(message.buttons))
        tried = text.get("reflect_tried") or text["reflect"]
        language = language_of(tag).name_in(reader)
        previews.append(
            Preview(language, tag, message.text, labels, by_number, text["reflect"], tried)
        )
    return previews


def _advice(content: Content, say: Words) -> list[str]:
    """Returns what is hard to read, and what to do about it: a sentence each, no two the same."""
    advice: dict[str, None] = {}
    for tag in tags():
        texts = content.get(tag)
        if not isinstance(texts, dict):
            continue
        for field in TEXTS:
            label = label_of(f"{field}_{tag.lower().replace('-', '_')}", say)
            text = str(texts.get(field, ""))
            advice.update(dict.fromkeys(_about(text, tag, label, say)))
    return list(advice)


def _about(text: str, tag: str, label: str, say: Words) -> Iterator[str]:
    """Yields what is hard to read in one text."""
    for words, begin in long_sentences(text):
        most = LONGEST_SENTENCE
        yield say("page.sets_long_sentence", label=label, n=words, begin=begin, most=most)
    for found in habits_in(text, language_of(tag).plain):
        yield say(f"habit.{found.habit}", label=label, found=found.shown)


async def change(visit: Visit) -> Response:
    """Saves a challenge, also with faults, or removes it; or shows it again as it was typed."""
    if visit.field("do") == LOOK:
        return await show(visit)
    name, draft = await draft_of(visit)
    is_late, do = revision_in(visit) != draft.revision, visit.field("do")
    if is_late and not (do in ("save", "next") and _is_stored(visit, draft)):
        raise NotUnderstood("page.sets_too_late")
    index, challenges = _index(visit, draft), [*draft.challenges]
    is_new = index == len(challenges)
    if do == "remove":
        if is_new:
            raise NotHere
        removed = challenges.pop(index)
        path = f"sets/{name}/edit"
        said = visit.say("page.sets_removed", id=removed.get("id", index + 1))
    elif do in ("save", "next"):
        challenge = posted_challenge(visit, {} if is_new else challenges[index])
        challenges[index : index + 1] = [challenge]
        place = min(index + 2, len(challenges) + 1) if do == "next" else index + 1
        path = f"sets/{name}/edit/{place}" if place <= MAX_CHALLENGES else f"sets/{name}/edit"
        said = visit.say("page.sets_saved")
    else:
        raise NotHere
    if not is_late:
        await save(visit, name, {**draft.content, "challenges": challenges}, draft.revision)
    return visit.go(path, said)


def _is_stored(visit: Visit, draft: SetDraft) -> bool:
    """Returns whether the form is what the draft has by now: a button was pressed twice."""
    index = visit.number("number") - 1
    stored = draft.challenges[index : index + 1]
    return stored == [posted_challenge(visit, each) for each in stored] != []


PAGES = [
    Page(
        path="sets/{name}/edit/{number:int}",
        show=show,
        change=change,
        audience=Audience.TRAINER,
    ),
]
