"""The draft of a set: its title and source, and its challenges in order."""

from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.core.permissions import Audience
from bot.set_files.columns import set_fields
from bot.store.challenges import set_drafts
from bot.store.challenges.set_drafts import Content
from bot.web.pages.page import Page
from bot.web.pages.render.paging import page_of, page_with
from bot.web.pages.sets.fields import (
    faults_of_draft,
    hint_of,
    label_of,
    posted_set,
    save,
    set_values,
)
from bot.web.pages.sets.names import draft_of, revision_in, whole_number
from bot.web.pages.visit import NotHere, Visit

SHOWN = 90  # characters of a task in the list


async def show(visit: Visit) -> Response:
    """Shows the fields of the set, and its challenges in order."""
    name, draft = await draft_of(visit)
    stored = set_values(draft.content)
    posted = visit.error is not None and visit.field("do") == "save"
    values = set_values(posted_set(visit, draft.content)) if posted else stored
    listed = page_of(visit, draft.challenges)
    return visit.render(
        "sets/edit.html",
        visit.say("page.sets_edit_title", name=name),
        name=name,
        revision=draft.revision,
        is_draft=draft.revision != set_drafts.NOT_SAVED,
        fields=[
            (field, label_of(field, visit.say), _hint(field, visit), values[field])
            for field in set_fields()
            if field != "set"
        ],
        stored=[(label_of(field, visit.say), stored[field]) for field in set_fields()],
        is_late=posted,
        faults=faults_of_draft(draft.content, visit.say),
        challenges=[
            (number, str(challenge.get("id", "")), _summary(challenge, visit.say.language))
            for number, challenge in enumerate(listed.items, listed.first)
        ],
        ids=[str(challenge.get("id", "")) for challenge in draft.challenges],
        page=listed.page,
        pages=listed.pages,
        moved=whole_number(visit.request.query_params.get("moved", "")) if visit.said else None,
    )


def _hint(field: str, visit: Visit) -> str:
    return hint_of(field, visit.say) if field == "source" else ""


def _summary(challenge: Content, language: str) -> str:
    text = challenge.get(language)
    task = str(text.get("task", "")) if isinstance(text, dict) else ""
    return task if len(task) <= SHOWN else f"{task[:SHOWN].rsplit(' ', 1)[0]} …"


async def change(visit: Visit) -> Response:
    """Saves the fields of the set, moves a challenge, or throws the draft away."""
    name, draft = await draft_of(visit)
    verb, _, number = visit.field("do").partition(":")
    saved = visit.say("page.sets_saved")
    if revision_in(visit) != draft.revision:
        if verb == "save" and posted_set(visit, draft.content) == draft.content:
            return visit.go(f"sets/{name}/edit", saved)  # the button was pressed twice
        raise NotUnderstood("page.sets_too_late")
    if verb == "save":
        content = posted_set(visit, draft.content)
        said = saved
    elif verb in ("up", "down"):
        content, said, place = _moved(visit, draft.content, verb, whole_number(number))
        await save(visit, name, content, draft.revision)
        to = f"sets/{name}/edit?page={page_with(place)}&moved={place}#{verb}-{place}"
        return visit.go(to, said)
    elif verb == "discard":
        return await _discard(visit, name, draft.revision)
    else:
        raise NotHere
    await save(visit, name, content, draft.revision)
    return visit.go(f"sets/{name}/edit", said)


def _moved(
    visit: Visit, content: Content, verb: str, number: int | None
) -> tuple[Content, str, int]:
    """Returns the content with a challenge one place up or down, what to say, and its place now."""
    challenges = [*content["challenges"]]
    if number is None or not 1 <= number <= len(challenges):
        raise NotHere
    place = number if verb == "down" else number - 2
    if 0 <= place < len(challenges):
        challenges.insert(place, challenges.pop(number - 1))
    moved = challenges[min(max(place, 0), len(challenges) - 1)]
    place = challenges.index(moved) + 1
    said = visit.say("page.sets_moved", id=moved.get("id", number), number=place)
    return {**content, "challenges": challenges}, said, place


async def _discard(visit: Visit, name: str, revision: int) -> Response:
    if not await set_drafts.discard(visit.session, name, revision):
        raise NotHere
    remains = await set_drafts.find_draft(visit.session, name) is not None
    said = visit.say("page.sets_discarded", name=name)
    return visit.go(f"sets/{name}" if remains else "sets", said)


PAGES = [
    Page(path="sets/{name}/edit", show=show, change=change, audience=Audience.TRAINER),
]
