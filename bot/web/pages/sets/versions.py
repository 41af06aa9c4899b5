"""One set: its versions and publications, its files, and taking the last publication back."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.exc import NoResultFound
from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.trainer.sets import live_publications, rollback_question, take_back
from bot.core.challenges.challenge import ChallengeSet
from bot.core.permissions import Audience
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.challenges import publications, set_drafts
from bot.web.pages.page import Page
from bot.web.pages.sets.names import draft_of, set_name, versions_of, whole_number
from bot.web.pages.sets.overview import team_names
from bot.web.pages.visit import NotHere, Visit

TYPES: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "yaml": "application/yaml",
}


async def show(visit: Visit) -> Response:
    """Shows the versions of a set, and when each was published for whom."""
    name, draft = await draft_of(visit)
    session, zone = visit.session, visit.context.member.rhythm.zone
    history = await publications.publications_of(session, name)
    versions = await publications.versions_of(session, name)
    live = live_publications(history, visit.context.at)
    whom, sizes = await team_names(visit), await publications.sizes(session)
    return visit.render(
        "sets/one.html",
        versions[0].title_in(visit.say.language) if versions else name,
        name=name,
        has_draft=draft.revision != set_drafts.NOT_SAVED,
        versions=[
            (each.number, visit.say.moment(each.published_at, zone), sizes.get(each.id, 0))
            for each in versions
        ],
        history=[
            (
                each.number,
                each.version,
                whom[each.team],
                visit.say.moment(each.starts_at, zone),
                each in live,
                each.starts_at > visit.context.at,
            )
            for each in reversed(history)
        ],
        kinds=[*TYPES],
    )


async def download(visit: Visit) -> Response:
    """Returns a version as a file."""
    name, kind = set_name(visit), str(visit.request.path_params["kind"])
    number = visit.request.path_params["version"]
    if kind not in TYPES or whole_number(str(number)) is None:
        raise NotHere
    try:
        version = await publications.version_of(visit.session, name, number)
    except NoResultFound as error:
        raise NotHere from error
    content = await set_drafts.content_of(visit.session, version)
    # A large one takes a second, in which others are answered.
    written = await asyncio.to_thread(_written, content, kind)
    file = f"{name}-{version.number}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(written, headers=headers, media_type=TYPES[kind])


def _written(content: set_drafts.Content, kind: str) -> bytes:
    from bot.set_files.template import KINDS  # here: openpyxl takes a sixth of a second to load

    return KINDS[kind](ChallengeSet.model_validate(content))


async def ask_back(visit: Visit) -> Response:
    """Asks whether to take the last publication back."""
    await versions_of(visit)
    name, asked, refusal = set_name(visit), None, ""
    try:
        asked = await rollback_question(visit.context, name)
    except NotUnderstood as error:
        refusal = visit.say(error.key, **error.values)
    title = visit.say("page.sets_back_title", name=name)
    return visit.render(
        "sets/back.html",
        title,
        name=name,
        asked=asked,
        refusal=refusal,
        act=await publications.last_publication_number(visit.session, name),
        is_out=await _is_out(visit, name),
    )


async def _is_out(visit: Visit, name: str) -> bool:
    """Returns whether anybody gets challenges of a set, now or from a day that is to come."""
    history = await publications.publications_of(visit.session, name)
    empty = {each.number for each in await versions_of(visit) if not each.challenge_bits}
    last = {publication.team: publication.version for publication in history}
    return bool(set(last.values()) - empty)


async def back(visit: Visit) -> Response:
    """Takes the last publication back, as the chat does, or the whole set."""
    name, known = set_name(visit), {each.id for each in await versions_of(visit)}
    if visit.field("do") == "withdraw":
        return await _withdraw(visit, name)
    act, previous = (whole_number(visit.field(field)) for field in ("act", "previous"))
    if act is None or previous is None or previous not in known:
        raise NotHere
    return visit.go(f"sets/{name}", await take_back(visit.context, previous, act))


async def _withdraw(visit: Visit, name: str) -> Response:
    """Takes a set away from everybody, unless somebody published it after the page was made."""
    act = await publications.last_publication_number(visit.session, name, for_update=True)
    if whole_number(visit.field("act")) != act:
        raise NotUnderstood("sets.overtaken", name=name)
    version = await publications.withdraw(visit.session, name, visit.context.at)
    if version is None:
        raise NotHere
    detail = audit.publication(version.number, ())
    await visit.context.record(Action.WITHDRAWN, audit.challenge_set(name), detail)
    return visit.go(f"sets/{name}", visit.say("page.sets_withdrawn", name=name))


PAGES = [
    Page(path="sets/{name}", show=show, audience=Audience.TRAINER),
    Page(path="sets/{name}/files/{version:int}/{kind}", show=download, audience=Audience.TRAINER),
    Page(path="sets/{name}/back", show=ask_back, change=back, audience=Audience.TRAINER),
]
