"""What trainers do: they send challenge sets, watch which are live, and take one back.

From anybody else a file gets a kind no.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.conversation.context import DeadButton, Misunderstood, Turn, number_in
from bot.conversation.render import set_faults
from bot.conversation.render import statistics as telling
from bot.conversation.render.board import titles_in
from bot.conversation.trainer import publications
from bot.core import statistics
from bot.core.challenge import ChallengeSet
from bot.core.publishing import Publication, live_for, way_back
from bot.messages import Attached, Button, NotToBeHad, Outgoing, Reply, Rows
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults
from bot.store.challenges import publications as stored
from bot.store.challenges import statistics as stored_statistics
from bot.store.members import roles
from bot.store.members.roles import Held
from bot.store.schema.challenges import SetVersionRow
from bot.store.schema.members import Expecting
from bot.store.teams import teams

MOST_BYTES = 1024 * 1024
KINDS = frozenset({".yaml", ".yml", ".xlsx", ".csv"})
FIGURES = frozenset({"cijfers", "figures", "stats"})
BACK = frozenset({"terug", "back", "rollback"})
SHOWN = 40
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it was sent.

    Attributes:
        name: what they call it.
        problem: what to say when it was not taken.
        found: the set in it, or what is wrong with it.
    """

    name: str
    problem: str | None = None
    found: ChallengeSet | SetFaults | None = None


async def fetch(file: Attached, held: Held) -> Fetched:
    """What is in a file, if whoever sent it is a trainer and it may be a set."""
    name = file.name[:SHOWN]
    if not held.trains:
        return Fetched(name, "file.not_for_you")
    if PurePath(file.name).suffix.lower() not in KINDS:
        return Fetched(name, "file.wrong_type")
    if file.size > MOST_BYTES:
        return Fetched(name, "file.too_large")
    try:
        content = await file.read()
    except NotToBeHad:
        return Fetched(name, "file.not_arrived")
    # A large one takes up to a second, in which others are answered.
    return Fetched(name, found=await asyncio.to_thread(_read, file.name, content))


def _read(name: str, content: bytes) -> ChallengeSet | SetFaults:
    try:
        return read_bytes(name, content)
    except SetFaults as found:
        return found


async def received(turn: Turn, file: Fetched) -> Reply:
    """What to say to a file."""
    if isinstance(file.found, ChallengeSet):
        return await publications.received(turn, file.found)
    if isinstance(file.found, SetFaults):
        return Reply([Outgoing(_faulty(turn, file.name, file.found))])
    told = turn.say(file.problem or "file.not_arrived", name=file.name)
    if turn.member.expecting is Expecting.REFLECTION:
        told = f"{told} {turn.say('unreadable.reflect')}"
    return Reply([Outgoing(told)])


def _faulty(turn: Turn, name: str, found: SetFaults) -> str:
    """The first faults, a line each, and how many more there are."""
    shown = SetFaults(found.faults[:MOST_FAULTS])
    more = len(found.faults) + found.more - len(shown.faults)
    lines = [turn.say("push.faults", name=name, n=len(shown.faults) + more)]
    lines += [f"• {line}" for line in set_faults.lines(name, shown, turn.say)]
    if more:
        lines.append(turn.say("fault.more", n=more))
    return "\n".join([*lines, "", turn.say("push.mend")])


async def sets(turn: Turn, argument: str) -> Reply:
    """/sets: which sets are live, and for whom; `/sets terug NAAM` takes one back."""
    if not (await roles.of_member(turn.session, turn.member.id)).trains:
        return Reply([Outgoing(turn.say("sets.not_for_you"))])
    verb, _, name = argument.partition(" ")
    if not verb:
        return Reply([Outgoing("\n".join([turn.say("sets.live"), *await _lines(turn)]))])
    if verb.lower() in FIGURES:
        return await _figures(turn, name.strip().lower())
    if verb.lower() in BACK and name.strip():
        return await _ask_back(turn, name.strip().lower())
    raise Misunderstood("sets.unclear")


async def _lines(turn: Turn) -> list[str]:
    counts = await stored.sizes(turn.session)
    named = {one.team.id: one.team.name for one in await teams.all_of_them(turn.session)}
    lines: list[str] = []
    for newest in await stored.newest_versions(turn.session):
        published = await stored.publications_of(turn.session, newest.name)
        versions = {one.number: one for one in await stored.versions_of(turn.session, newest.name)}
        for one in _standing(published, turn):
            line = _line(turn, versions[one.version], counts[versions[one.version].id])
            if one.team is not None:
                line = turn.say("sets.for_team", line=line, team=named[one.team])
            if one.starts_at > turn.at:
                day = turn.say.day(one.starts_at.astimezone(turn.member.rhythm.zone).date())
                line = turn.say("sets.from_day", line=line, day=day)
            lines.append(line)
    return lines


def _standing(published: list[Publication], turn: Turn) -> list[Publication]:
    """What is live for everybody and for teams that have another, and what begins later."""
    audiences = [(), *((team,) for team in sorted({one.team for one in published if one.team}))]
    live = [one for who in audiences for one in live_for(published, who, turn.at).values()]
    coming = [
        one
        for one in published
        if one.starts_at > turn.at
        and all(one.act > other.act for other in live if other.team in (None, one.team))
    ]
    return list(dict.fromkeys([*live, *coming]))


def _line(turn: Turn, version: SetVersionRow, size: int) -> str:
    return turn.say(
        "sets.line",
        title=version.title[turn.say.language],
        name=version.name,
        version=version.number,
        n=size,
    )


async def _figures(turn: Turn, name: str) -> Reply:
    """What works: the themes beside each other, or the challenges of one set."""
    titles = await titles_in(turn.session, turn.say.language)
    if name and name not in titles:
        raise Misunderstood("sets.unknown", name=name[:SHOWN])
    found = statistics.figures(
        await stored_statistics.counts(turn.session, name or None), turn.minimum
    )
    if name:
        return Reply([telling.of_one(found, titles[name], turn.minimum, turn.say)])
    return Reply(telling.messages(found, titles, turn.minimum, turn.say))


async def _ask_back(turn: Turn, name: str) -> Reply:
    """Asks once, saying what would be live then."""
    say = turn.say
    published = await stored.publications_of(turn.session, name)
    if not published:
        raise Misunderstood("sets.unknown", name=name[:SHOWN])
    way = way_back(published)
    if way is None:
        raise Misunderstood("sets.no_way_back", name=name)
    previous = await stored.version_of(turn.session, name, way.previous[0])
    versions = say.list(map(str, way.previous))
    asked = say(
        "sets.back_ask",
        name=name,
        previous=versions,
        current=way.current,
        whom=await _whom(turn, way.teams),
    )
    act = await stored.last_act(turn.session, name)
    buttons: Rows = (
        (Button(say("button.sets_back", version=versions), f"sets:back:{previous.id}:{act}"),),
        (Button(say("button.sets_stay"), "sets:stay"),),
    )
    return Reply([Outgoing(asked, buttons=buttons)])


async def _whom(turn: Turn, numbers: tuple[int | None, ...]) -> str:
    chosen = await teams.by_number(turn.session, frozenset(one for one in numbers if one))
    return turn.say.list(team.name for team in chosen) or turn.say("push.everybody")


async def press(turn: Turn, argument: str) -> Reply:
    """A button under the question whether to go back: `back:12:4`, `stay`."""
    if not (await roles.of_member(turn.session, turn.member.id)).trains:
        raise DeadButton
    verb, *numbers = argument.split(":")
    if verb == "stay":
        return Reply([Outgoing(turn.say("sets.stays"), replaces=turn.pressed)])
    if verb != "back" or len(numbers) != 2:
        raise DeadButton
    previous = await turn.session.get(SetVersionRow, number_in(numbers[0]))
    if previous is None:
        raise DeadButton
    asked_at = number_in(numbers[1])
    act = await stored.last_act(turn.session, previous.name, alone=True)
    if act == asked_at + 1 and (done := await _done_already(turn, previous, act)):
        return Reply([Outgoing(done, replaces=turn.pressed)], notice=done)
    if act != asked_at:
        told = turn.say("sets.overtaken", name=previous.name)
        return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    way = await stored.roll_back(turn.session, previous.name, turn.at)
    if way is None:
        raise DeadButton
    told = await _is_back(turn, previous.name, way.previous, way.teams)
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)


async def _is_back(
    turn: Turn, name: str, versions: Sequence[int], numbers: tuple[int | None, ...]
) -> str:
    whom = await _whom(turn, numbers)
    return turn.say("sets.is_back", name=name, version=turn.say.list(map(str, versions)), whom=whom)


async def _done_already(turn: Turn, previous: SetVersionRow, act: int) -> str | None:
    """What the last act came to, if it was this very going back: a second tap."""
    published = await stored.publications_of(turn.session, previous.name)
    last = [one for one in published if one.act == act]
    versions = sorted({one.version for one in last})
    if previous.number not in versions:
        return None
    return await _is_back(turn, previous.name, versions, tuple(one.team for one in last))
