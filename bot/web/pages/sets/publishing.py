"""Publishing a draft: for whom, from when, and what changes for them."""

from datetime import date

from pydantic import ValidationError
from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.conversation.trainer.publications import (
    audience_words,
    publish,
    read_start,
    start_words,
)
from bot.core import permissions
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Audience, Changes
from bot.store.challenges import diff, drafts, publications, set_drafts
from bot.store.challenges.set_drafts import Content
from bot.store.teams import teams
from bot.web.pages.page import Page
from bot.web.pages.sets.names import draft_of, parameter, revision_in, whole_number
from bot.web.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Shows what publishing this draft changes, for whom it is chosen and from when."""
    name, draft = await draft_of(visit)
    context, say = visit.context, visit.say
    challenge_set = _valid(draft.content)
    chosen, problem, starts_on = await _teams(visit), "", None
    try:
        starts_on = _start(visit)
    except NotUnderstood as refusal:
        problem = say(refusal.key, **refusal.values)
    values: dict[str, object] = {"compared": None, "kinds": [], "is_ready": False}
    if challenge_set is not None:
        audience = await _audience(visit, chosen, starts_on)
        compared = await diff.compare_with_live(visit.session, challenge_set, audience)
        values = {
            "compared": compared,
            "kinds": _kinds(visit, compared.changes),
            "is_ready": not compared.live and not problem,
        }
    return visit.render(
        "sets/publish.html",
        say("page.sets_publish_title", name=name),
        name=name,
        revision=draft.revision,
        problem=problem,
        teams=[(each.team.id, each.team.name) for each in await teams.all_teams(visit.session)],
        chosen=chosen,
        day="" if starts_on is None else starts_on.isoformat(),
        typed=parameter(visit, "day"),
        act=await publications.last_publication_number(visit.session, name),
        plan=say(
            "push.plan",
            whom=await audience_words(context, chosen),
            start=start_words(context, starts_on),
        ),
        **values,
    )


def _valid(content: Content) -> ChallengeSet | None:
    try:
        return ChallengeSet.model_validate(content)
    except ValidationError:
        return None


async def _teams(visit: Visit) -> list[int]:
    """Returns the ids of the teams that were chosen, as far as there are such teams."""
    typed = visit.fields("team") or visit.request.query_params.getlist("team")
    numbers = {number for text in typed if (number := whole_number(text)) is not None}
    return sorted(team.id for team in await teams.teams_by_id(visit.session, frozenset(numbers)))


def _start(visit: Visit) -> date | None:
    """Returns the day that was chosen; None: at once.

    Raises:
        NotUnderstood: it is no day from which a set can be live.
    """
    typed = parameter(visit, "day")
    return read_start(visit.context, typed) if typed else None


async def _audience(visit: Visit, chosen: list[int], starts_on: date | None) -> Audience:
    context = visit.context
    zone = context.member.rhythm.zone
    return await drafts.audience_for(visit.session, chosen, starts_on, context.at, zone)


def _kinds(visit: Visit, changes: Changes) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (visit.say("page.sets_new"), changes.new),
        (visit.say("page.sets_changed"), changes.changed),
        (visit.say("page.sets_retired"), changes.retired),
    ]


async def change(visit: Visit) -> Response:
    """Publishes the draft, unless it or what is live changed after the page was made."""
    name, draft = await draft_of(visit)
    act = await publications.last_publication_number(visit.session, name, for_update=True)
    if revision_in(visit) != draft.revision:
        raise NotUnderstood("page.sets_too_late")
    if whole_number(visit.field("act")) != act:
        raise NotUnderstood("page.sets_overtaken")
    challenge_set = _valid(draft.content)
    if challenge_set is None:
        raise NotUnderstood("page.sets_has_faults")
    chosen, starts_on = await _teams(visit), _start(visit)
    if len(chosen) < len(set(visit.fields("team"))):
        raise NotUnderstood("page.sets_team_gone")
    audience = await _audience(visit, chosen, starts_on)
    if draft.revision != set_drafts.NOT_SAVED:
        await set_drafts.discard(visit.session, name, draft.revision)
    done = await publish(visit.context, challenge_set, audience, chosen, starts_on)
    if done is None:
        raise NotUnderstood("push.already", name=name)
    return visit.go(f"sets/{name}", done)


PAGES = [
    Page(
        path="sets/{name}/publish",
        show=show,
        change=change,
        audience=permissions.Audience.TRAINER,
    ),
]
