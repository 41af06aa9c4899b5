"""What trainers do: they send challenge sets, watch which are live, and take one back.

From anybody else a file gets a kind no.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.render import set_faults
from bot.conversation.render import statistics as telling
from bot.conversation.render.board import titles_in
from bot.conversation.trainer import publications
from bot.core import statistics
from bot.core.challenge import ChallengeSet
from bot.core.publishing import Publication, live_versions, rollback_of
from bot.messages import Attached, Button, ButtonRows, FileUnavailable, Outgoing, Reply
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults
from bot.store.challenges import publications as stored
from bot.store.challenges import statistics as stored_statistics
from bot.store.members import roles
from bot.store.members.roles import Roles
from bot.store.schema.challenges import SetVersionRow
from bot.store.schema.members import Expecting
from bot.store.teams import teams

MAX_BYTES = 1024 * 1024
KINDS = frozenset({".yaml", ".yml", ".xlsx", ".csv"})
FIGURES = frozenset({"cijfers", "figures", "stats"})
BACK = frozenset({"terug", "back", "rollback"})
SHOWN = 40
MAX_FAULTS = 20


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it was sent.

    Attributes:
        name: what they call it.
        problem: what to say when it was not taken.
        found: the set in it, or what is wrong with it.
    """

    name: str
    problem: str | None = None
    found: ChallengeSet | SetFaults | None = None


async def fetch_file(file: Attached, held: Roles) -> ReceivedFile:
    """What is in a file, if whoever sent it is a trainer and it may be a set."""
    name = file.name[:SHOWN]
    if not held.trains:
        return ReceivedFile(name, "file.not_for_you")
    if PurePath(file.name).suffix.lower() not in KINDS:
        return ReceivedFile(name, "file.wrong_type")
    if file.size > MAX_BYTES:
        return ReceivedFile(name, "file.too_large")
    try:
        content = await file.read()
    except FileUnavailable:
        return ReceivedFile(name, "file.not_arrived")
    # A large one takes up to a second, in which others are answered.
    return ReceivedFile(name, found=await asyncio.to_thread(_read, file.name, content))


def _read(name: str, content: bytes) -> ChallengeSet | SetFaults:
    try:
        return read_bytes(name, content)
    except SetFaults as found:
        return found


async def reply_to_file(context: HandlerContext, file: ReceivedFile) -> Reply:
    """What to say to a file."""
    if isinstance(file.found, ChallengeSet):
        return await publications.start_preview(context, file.found)
    if isinstance(file.found, SetFaults):
        return Reply([Outgoing(_faulty(context, file.name, file.found))])
    told = context.say(file.problem or "file.not_arrived", name=file.name)
    if context.member.expecting is Expecting.REFLECTION:
        told = f"{told} {context.say('unreadable.reflect')}"
    return Reply([Outgoing(told)])


def _faulty(context: HandlerContext, name: str, found: SetFaults) -> str:
    """The first faults, a line each, and how many more there are."""
    shown = SetFaults(found.faults[:MAX_FAULTS])
    more = len(found.faults) + found.more - len(shown.faults)
    lines = [context.say("push.faults", name=name, n=len(shown.faults) + more)]
    lines += [f"• {line}" for line in set_faults.fault_lines(name, shown, context.say)]
    if more:
        lines.append(context.say("fault.more", n=more))
    return "\n".join([*lines, "", context.say("push.mend")])


async def sets(context: HandlerContext, argument: str) -> Reply:
    """/sets: which sets are live, and for whom; `/sets terug NAAM` takes one back."""
    if not (await roles.of_member(context.session, context.member.id)).trains:
        return Reply([Outgoing(context.say("sets.not_for_you"))])
    verb, _, name = argument.partition(" ")
    if not verb:
        return Reply([Outgoing("\n".join([context.say("sets.live"), *await _lines(context)]))])
    if verb.lower() in FIGURES:
        return await _figures(context, name.strip().lower())
    if verb.lower() in BACK and name.strip():
        return await _confirm_rollback(context, name.strip().lower())
    raise NotUnderstood("sets.unclear")


async def _lines(context: HandlerContext) -> list[str]:
    counts = await stored.sizes(context.session)
    named = {one.team.id: one.team.name for one in await teams.all_teams(context.session)}
    lines: list[str] = []
    for newest in await stored.newest_versions(context.session):
        published = await stored.publications_of(context.session, newest.name)
        versions = {
            one.number: one for one in await stored.versions_of(context.session, newest.name)
        }
        for one in _live_lines(published, context):
            line = _line(context, versions[one.version], counts[versions[one.version].id])
            if one.team is not None:
                line = context.say("sets.for_team", line=line, team=named[one.team])
            if one.starts_at > context.at:
                day = context.say.day(one.starts_at.astimezone(context.member.rhythm.zone).date())
                line = context.say("sets.from_day", line=line, day=day)
            lines.append(line)
    return lines


def _live_lines(published: list[Publication], context: HandlerContext) -> list[Publication]:
    """What is live for everybody and for teams that have another, and what begins later."""
    audiences = [(), *((team,) for team in sorted({one.team for one in published if one.team}))]
    live = [one for who in audiences for one in live_versions(published, who, context.at).values()]
    coming = [
        one
        for one in published
        if one.starts_at > context.at
        and all(one.act > other.act for other in live if other.team in (None, one.team))
    ]
    return list(dict.fromkeys([*live, *coming]))


def _line(context: HandlerContext, version: SetVersionRow, size: int) -> str:
    return context.say(
        "sets.line",
        title=version.title[context.say.language],
        name=version.name,
        version=version.number,
        n=size,
    )


async def _figures(context: HandlerContext, name: str) -> Reply:
    """What works: the themes beside each other, or the challenges of one set."""
    titles = await titles_in(context.session, context.say.language)
    if name and name not in titles:
        raise NotUnderstood("sets.unknown", name=name[:SHOWN])
    found = statistics.publishable_statistics(
        await stored_statistics.challenge_counts(context.session, name or None), context.minimum
    )
    if name:
        return Reply([telling.messages_for_set(found, titles[name], context.minimum, context.say)])
    return Reply(telling.messages(found, titles, context.minimum, context.say))


async def _confirm_rollback(context: HandlerContext, name: str) -> Reply:
    """Asks once, saying what would be live then."""
    say = context.say
    published = await stored.publications_of(context.session, name)
    if not published:
        raise NotUnderstood("sets.unknown", name=name[:SHOWN])
    way = rollback_of(published)
    if way is None:
        raise NotUnderstood("sets.no_way_back", name=name)
    previous = await stored.version_of(context.session, name, way.previous[0])
    versions = say.list(map(str, way.previous))
    asked = say(
        "sets.back_ask",
        name=name,
        previous=versions,
        current=way.current,
        whom=await _whom(context, way.teams),
    )
    act = await stored.last_publication_number(context.session, name)
    buttons: ButtonRows = (
        (Button(say("button.sets_back", version=versions), f"sets:back:{previous.id}:{act}"),),
        (Button(say("button.sets_stay"), "sets:stay"),),
    )
    return Reply([Outgoing(asked, buttons=buttons)])


async def _whom(context: HandlerContext, numbers: tuple[int | None, ...]) -> str:
    chosen = await teams.teams_by_id(context.session, frozenset(one for one in numbers if one))
    return context.say.list(team.name for team in chosen) or context.say("push.everybody")


async def press(context: HandlerContext, argument: str) -> Reply:
    """A button under the question whether to go back: `back:12:4`, `stay`."""
    if not (await roles.of_member(context.session, context.member.id)).trains:
        raise DeadButton
    verb, *numbers = argument.split(":")
    if verb == "stay":
        return Reply([Outgoing(context.say("sets.stays"), replaces=context.pressed)])
    if verb != "back" or len(numbers) != 2:
        raise DeadButton
    previous = await context.session.get(SetVersionRow, row_id_in(numbers[0]))
    if previous is None:
        raise DeadButton
    asked_at = row_id_in(numbers[1])
    act = await stored.last_publication_number(context.session, previous.name, for_update=True)
    if act == asked_at + 1 and (done := await _already_rolled_back(context, previous, act)):
        return Reply([Outgoing(done, replaces=context.pressed)], notice=done)
    if act != asked_at:
        told = context.say("sets.overtaken", name=previous.name)
        return Reply([Outgoing(told, replaces=context.pressed)], notice=told)
    way = await stored.roll_back(context.session, previous.name, context.at)
    if way is None:
        raise DeadButton
    told = await _is_rolled_back(context, previous.name, way.previous, way.teams)
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told)


async def _is_rolled_back(
    context: HandlerContext, name: str, versions: Sequence[int], numbers: tuple[int | None, ...]
) -> str:
    whom = await _whom(context, numbers)
    return context.say(
        "sets.is_back", name=name, version=context.say.list(map(str, versions)), whom=whom
    )


async def _already_rolled_back(
    context: HandlerContext, previous: SetVersionRow, act: int
) -> str | None:
    """What the last act came to, if it was this very going back: a second tap."""
    published = await stored.publications_of(context.session, previous.name)
    last = [one for one in published if one.act == act]
    versions = sorted({one.version for one in last})
    if previous.number not in versions:
        return None
    return await _is_rolled_back(context, previous.name, versions, tuple(one.team for one in last))
