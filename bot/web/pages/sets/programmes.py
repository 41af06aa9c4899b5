"""The programmes: which teams follow them, and their weeks and challenges, which can be moved."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from bot.conversation.context import NotUnderstood
from bot.core.challenges.programme import Programme
from bot.core.challenges.programme_order import (
    Order,
    in_order,
    move_challenge,
    move_week,
    order_of,
    place_of,
)
from bot.core.permissions import Audience
from bot.languages.registry import text_in
from bot.set_files.programmes import programmes
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.challenges import programme_orders, publications
from bot.store.challenges import programmes as stored
from bot.store.challenges.programme_orders import NOT_CHANGED, StoredOrder
from bot.web.pages.page import Page
from bot.web.pages.sets.names import revision_in, whole_number
from bot.web.pages.sets.overview import team_names
from bot.web.pages.visit import NotHere, Visit

BY: Mapping[str, int] = {"up": -1, "down": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """A challenge of a programme.

    Attributes:
        key: its set and its id, as `set/id`.
        place: its place in the whole programme, from 1, by which its buttons are recognised.
        set_name: the name of its set.
        slug: its id.
        path: of the page of its set; empty: there is no such set.
        task: what it asks; empty: there is no such challenge.
        can: the directions in which it can be moved.
    """

    key: str
    place: int
    set_name: str
    slug: str
    path: str
    task: str
    can: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A programme as the page shows it.

    Attributes:
        name: its name.
        programme: the programme, in its order.
        revision: how often its order was changed.
        weeks: the title of each week, and its challenges.
        followers: the teams that follow it, and since when.
    """

    name: str
    programme: Programme
    revision: int
    weeks: list[tuple[str, list[Line]]]
    followers: list[tuple[str, str]]


async def show(visit: Visit) -> Response:
    """Shows each programme, with the teams that follow it."""
    say, session = visit.say, visit.session
    orders = await programme_orders.stored_orders(session)
    sets = {each.name for each in await publications.newest_versions(session)}
    keys = {key for programme in programmes().values() for key in programme.keys}
    texts = {
        key: str(text_in(found, say.language).get("task", ""))
        for key, found in (await stored.challenge_texts(session, keys)).items()
    }
    names, followed = await team_names(visit), await stored.of_teams(session)
    shown = []
    for name, programme in programmes().items():
        order, revision = _current(programme, orders.get(name))
        followers = [
            (names[row.team_id], say.short_day(row.starts_on))
            for row in followed
            if row.programme == name and row.team_id in names
        ]
        ordered = in_order(programme, order)
        weeks = _weeks(ordered, order, sets, texts, say.language)
        shown.append(Shown(name, ordered, revision, weeks, followers))
    moved = visit.request.query_params.get("moved", "") if visit.said else ""
    return visit.render("sets/programmes.html", say("page.programmes"), shown=shown, moved=moved)


def _current(programme: Programme, found: StoredOrder | None) -> tuple[Order, int]:
    """Returns the order of a programme as it is now, and its revision."""
    packaged = order_of(programme)
    if found is None:
        return packaged, NOT_CHANGED
    is_of_it = in_order(programme, found.order) is not programme
    return found.order if is_of_it else packaged, found.revision


def _weeks(
    programme: Programme,
    order: Order,
    sets: set[str],
    texts: Mapping[tuple[str, str], str],
    language: str,
) -> list[tuple[str, list[Line]]]:
    weeks, place = [], 0
    for week in programme.weeks:
        lines = []
        for challenge, key in zip(week.challenges, week.keys, strict=True):
            place += 1
            can = frozenset(verb for verb, by in BY.items() if move_challenge(order, challenge, by))
            lines.append(
                Line(
                    challenge,
                    place,
                    *key,
                    f"sets/{key[0]}" if key[0] in sets else "",
                    texts.get(key, ""),
                    can,
                )
            )
        weeks.append((week.title.in_language(language), lines))
    return weeks


async def change(visit: Visit) -> Response:
    """Moves a week or a challenge one place, or puts a programme back in its first order."""
    programme = programmes().get(visit.field("programme"))
    if programme is None:
        raise NotHere
    name = programme.programme
    found = (await programme_orders.stored_orders(visit.session)).get(name)
    order, revision = _current(programme, found)
    do = visit.field("do")
    verb, _, what = do.partition(":")
    if revision_in(visit) != revision:
        if found and found.last_move == do and revision_in(visit) == revision - 1 and verb in BY:
            return _said_again(visit, programme, order, verb, what)
        raise NotUnderstood("page.programmes_too_late")
    if verb == "reset":
        done = await programme_orders.reset(visit.session, name, revision)
        said, to = visit.say("page.programmes_reset_done"), f"programmes#{name}"
    elif verb in BY:
        moved, said, to = _moved(visit, programme, order, verb, what)
        if moved == order:
            return visit.go(to, said)
        changed = StoredOrder(moved, revision, do)
        done = await programme_orders.save(visit.session, name, changed, visit.context.at)
    else:
        raise NotHere
    if not done:
        raise NotUnderstood("page.programmes_too_late")
    detail = "reset" if verb == "reset" else f"revision:{revision + 1}"
    await visit.context.record(Action.PROGRAMME_ORDERED, audit.programme(name), detail)
    return visit.go(to, said)


def _moved(
    visit: Visit, programme: Programme, order: Order, verb: str, what: str
) -> tuple[Order, str, str]:
    """Returns the order with something moved, what to say, and where the focus goes.

    What cannot go further stays, and that is said.
    """
    number, by = whole_number(what), BY[verb]  # of a week; a challenge is `set/id`
    if number is None:
        if place_of(order, what) is None:
            raise NotHere
        moved = move_challenge(order, what, by)
    else:
        if not 1 <= number <= len(order):
            raise NotHere
        moved = move_week(order, number - 1, by)
        what = str(number if moved is None else number + by)
    said, to = _place_said(visit, programme, moved or order, verb, what)
    return moved or order, said if moved else visit.say("page.programmes_stays"), to


def _said_again(visit: Visit, programme: Programme, order: Order, verb: str, what: str) -> Response:
    """Says where something is that the same press moved before: it arrived twice."""
    number = whole_number(what)
    place = what if number is None else str(number + BY[verb])
    said, to = _place_said(visit, programme, order, verb, place)
    return visit.go(to, said)


def _place_said(
    visit: Visit, programme: Programme, order: Order, verb: str, what: str
) -> tuple[str, str]:
    """Returns the sentence with the place of a week or a challenge, and where its button is."""
    number = whole_number(what)
    if number is None:
        mark, said = _challenge_said(visit, order, what)
    else:
        title = programme.weeks[order[number - 1].week].title.in_language(visit.say.language)
        mark = f"w{number}"
        said = visit.say("page.programmes_week_moved", title=title, number=number)
    mark = f"{programme.programme}-{mark}"
    return said, f"programmes?moved={mark}#{mark}-{verb}"


def _challenge_said(visit: Visit, moved: Order, challenge: str) -> tuple[str, str]:
    """Returns by what a challenge is recognised on the page, and the sentence with its place."""
    week, place = place_of(moved, challenge) or (0, 0)
    before = sum(len(each.challenges) for each in moved[:week])
    said = visit.say(
        "page.programmes_moved",
        id=challenge.partition("/")[2],
        number=place + 1,
        of=len(moved[week].challenges),
        week=week + 1,
    )
    return f"c{before + place + 1}", said


PAGES = [
    Page(
        path="programmes",
        name="programmes",
        show=show,
        change=change,
        audience=Audience.TRAINER,
    )
]
