"""Two versions of a set side by side, or a version and the draft."""

from starlette.responses import Response

from bot.core.permissions import Audience
from bot.languages.registry import language_of, languages
from bot.store.challenges import publications, set_drafts
from bot.store.challenges.set_drafts import Content, SetDraft
from bot.store.schema.challenges import SetVersionRow
from bot.web.pages.page import Page
from bot.web.pages.sets.differences import ChangeKind, differences
from bot.web.pages.sets.fields import LABELS
from bot.web.pages.sets.names import draft_of, parameter, whole_number
from bot.web.pages.visit import NotHere, Visit

AT_ONCE = 20
DRAFT = 0
KINDS = {
    ChangeKind.ADDED: "page.sets_added",
    ChangeKind.REMOVED: "page.sets_gone",
    ChangeKind.CHANGED: "page.sets_changed",
}


async def show(visit: Visit) -> Response:
    """Shows what differs, challenge by challenge."""
    name, draft = await draft_of(visit)
    versions = await publications.versions_of(visit.session, name)
    by_number = {version.number: version for version in versions}
    is_saved = draft.revision != set_drafts.NOT_SAVED
    newest = [DRAFT, *by_number] if is_saved else [*by_number]
    after, before = (
        _chosen(visit, field, newest, place) for place, field in enumerate(("after", "before"))
    )
    found = differences(
        await _content(visit, by_number.get(before), draft),
        await _content(visit, by_number.get(after), draft),
    )
    page = min(whole_number(parameter(visit, "page")) or 1, max(1, -(-len(found) // AT_ONCE)))
    shown = found[(page - 1) * AT_ONCE : page * AT_ONCE]
    say = visit.say
    return visit.render(
        "sets/compare.html",
        say("page.sets_compare_title", name=name),
        name=name,
        options=[(number, _called(visit, number)) for number in newest],
        before=before,
        after=after,
        was=_called(visit, before),
        now=_called(visit, after),
        counts=[
            (say(key), sum(each.kind is kind for each in found)) for kind, key in KINDS.items()
        ],
        differences=[(each.slug, say(KINDS[each.kind]), each.fields()) for each in shown],
        labels={field: say(key) for field, key in LABELS.items()},
        spoken={each.tag: each.name_in(language_of(say.language)) for each in languages()},
        page=page,
        pages=-(-len(found) // AT_ONCE),
    )


def _called(visit: Visit, number: int) -> str:
    if number == DRAFT:
        return visit.say("page.sets_the_draft")
    return visit.say("page.sets_version", number=number)


def _chosen(visit: Visit, field: str, newest: list[int], place: int) -> int:
    """Returns the version that was chosen, otherwise the newest one or the one before it.

    Raises:
        NotHere: there is no such version.
    """
    text = parameter(visit, field)
    if not text:
        return newest[min(place, len(newest) - 1)]
    number = whole_number(text)
    if number is None or number not in newest:
        raise NotHere
    return number


async def _content(visit: Visit, version: SetVersionRow | None, draft: SetDraft) -> Content:
    if version is None:
        return draft.content
    return await set_drafts.content_of(visit.session, version)


PAGES = [Page(path="sets/{name}/compare", show=show, audience=Audience.TRAINER)]
