"""All sets: what is live for whom, a new one from nothing, and one from a file."""

from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.render.set_faults import MEBIBYTE, fault_lines
from bot.conversation.trainer.sets import FILE_TYPES, fetch_file, live_publications
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Publication
from bot.core.permissions import Audience
from bot.messages import Attached
from bot.set_files.reader import MAX_BYTES
from bot.set_files.validation import SetFaults
from bot.store.challenges import publications, set_drafts
from bot.store.teams import teams
from bot.web.pages.page import Page
from bot.web.pages.sets.names import new_name
from bot.web.pages.visit import NotHere, Visit


@dataclass(frozen=True, slots=True)
class LiveLine:
    """A publication that is live or begins later.

    Attributes:
        version: the number of its version.
        challenges: how many are in it.
        whom: everybody, or the name of a team.
        start: from when; empty: it has started.
    """

    version: int
    challenges: int
    whom: str
    start: str


async def show(visit: Visit) -> Response:
    """Shows which versions of the sets are live, and for whom."""
    return await _page(visit)


async def _page(visit: Visit, faults: list[str] | None = None) -> Response:
    session, sizes = visit.session, await publications.sizes(visit.session)
    whom = await team_names(visit)
    rows = []
    for newest in await publications.newest_versions(session):
        history = await publications.publications_of(session, newest.name)
        versions = await publications.versions_of(session, newest.name)
        by_number = {version.number: version for version in versions}
        lines = [
            LiveLine(
                each.version,
                sizes.get(by_number[each.version].id, 0),
                whom[each.team],
                start_of(visit, each),
            )
            for each in live_publications(history, visit.context.at)
        ]
        rows.append((newest.name, newest.title_in(visit.say.language), lines))
    return visit.render(
        "sets/all.html",
        visit.say("page.sets_title"),
        rows=rows,
        drafts=await set_drafts.draft_names(session),
        faults=faults or [],
        accepted=",".join(sorted(FILE_TYPES)),
    )


async def team_names(visit: Visit) -> dict[int | None, str]:
    """Returns for whom a publication is, in words, by team; None is everybody."""
    listed = await teams.all_teams(visit.session)
    return {None: visit.say("push.everybody"), **{each.team.id: each.team.name for each in listed}}


def start_of(visit: Visit, publication: Publication) -> str:
    """Returns the day on which a publication begins; empty when it has begun."""
    if publication.starts_at <= visit.context.at:
        return ""
    zone = visit.context.member.rhythm.zone
    return visit.say.day(publication.starts_at.astimezone(zone).date())


async def change(visit: Visit) -> Response:
    """Makes a draft: with nothing in it, or of a file."""
    match visit.field("do"):
        case "new":
            return await _begin(visit)
        case "upload":
            upload = visit.file("file")
            if upload is None:
                raise NotUnderstood("page.sets_no_file")
            return await _upload(visit, upload)
    raise NotHere


async def _begin(visit: Visit) -> Response:
    name = new_name(visit.field("name"))
    if await set_drafts.find_draft(visit.session, name) is not None:
        raise NotUnderstood("page.sets_name_taken", name=name)
    await _save(visit, name, set_drafts.new_content(name), set_drafts.NOT_SAVED)
    return visit.go(f"sets/{name}/edit", visit.say("page.sets_begun", name=name))


async def _upload(visit: Visit, upload: UploadFile) -> Response:
    attached = Attached(upload.filename or "", upload.size or 0, upload.read)
    received = await fetch_file(attached, visit.roles)
    if isinstance(received.content, SetFaults):
        faults = received.content
        n = len(faults.faults) + faults.more
        visit.error = visit.say("push.faults", name=received.name, n=n)
        return await _page(visit, fault_lines(received.name, faults, visit.say))
    if not isinstance(received.content, ChallengeSet):
        key = received.problem or "file.not_arrived"
        raise NotUnderstood(key, name=received.name, mebibytes=MAX_BYTES // MEBIBYTE)
    content = received.content.model_dump(mode="json")
    name = received.content.set
    there = await set_drafts.find_draft(visit.session, name)
    revision = set_drafts.NOT_SAVED if there is None else there.revision
    if revision != set_drafts.NOT_SAVED and visit.field("replace") != "yes":
        raise NotUnderstood("page.sets_draft_there", name=name)
    await _save(visit, name, content, revision)
    return visit.go(f"sets/{name}/edit", visit.say("page.sets_uploaded", name=name))


async def _save(visit: Visit, name: str, content: set_drafts.Content, revision: int) -> None:
    if not await set_drafts.save(visit.session, name, content, revision, visit.context.at):
        raise NotUnderstood("page.sets_too_late")


PAGES = [
    Page(path="sets", name="sets", show=show, change=change, audience=Audience.TRAINER),
]
