"""Challenge sets: receiving one as a file, listing them, their statistics, and rolling one back.

From anybody else a file gets a kind no.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.render import set_faults
from bot.conversation.render import statistics as render_statistics
from bot.conversation.render.board import titles_in
from bot.conversation.render.set_faults import MEBIBYTE
from bot.conversation.trainer import publications
from bot.core.challenges import statistics
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Publication, live_versions, rollback_of
from bot.core.permissions import Audience
from bot.messages import Attached, Button, ButtonRows, FileUnavailable, Outgoing, Reply
from bot.set_files.reader import MAX_BYTES, read_bytes
from bot.set_files.validation import SetFaults
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.challenges import publications as stored
from bot.store.challenges import statistics as stored_statistics
from bot.store.members.roles import Roles
from bot.store.schema.challenges import SetVersionRow
from bot.store.schema.members import Expecting
from bot.store.teams import teams

# With those that are refused with a word about how to save them.
FILE_TYPES = frozenset(
    {
        ".yaml",
        ".yml",
        ".xlsx",
        ".ods",
        ".csv",
        ".tsv",
        ".xls",
        ".xlsm",
        ".xlsb",
        ".fods",
        ".numbers",
    }
)
NOT_A_TRAINER = "file.not_for_you"
MAX_SHOWN = 40
MAX_FAULTS = 20


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it was received.

    Attributes:
        name: what they call it.
        problem: what to say when it was not taken.
        content: the set in it, or what is wrong with it.
    """

    name: str
    problem: str | None = None
    content: ChallengeSet | SetFaults | None = None

    @property
    def is_refused(self) -> bool:
        """Whether it was not even looked at, because its sender is no trainer."""
        return self.problem == NOT_A_TRAINER


async def fetch_file(file: Attached, member_roles: Roles) -> ReceivedFile:
    """Reads a file, if its sender is a trainer and it may be a set."""
    name = file.name[:MAX_SHOWN]
    if not member_roles.belongs_to(Audience.TRAINER):
        return ReceivedFile(name, NOT_A_TRAINER)
    if PurePath(file.name).suffix.lower() not in FILE_TYPES:
        return ReceivedFile(name, "file.wrong_type")
    if file.size > MAX_BYTES:
        return ReceivedFile(name, "file.too_large")
    try:
        content = await file.read()
    except FileUnavailable:
        return ReceivedFile(name, "file.not_arrived")
    # A large one takes up to a second, in which others are answered.
    return ReceivedFile(name, content=await asyncio.to_thread(_read, file.name, content))


def _read(name: str, content: bytes) -> ChallengeSet | SetFaults:
    try:
        return read_bytes(name, content)
    except SetFaults as faults:
        return faults


async def reply_to_file(context: HandlerContext, file: ReceivedFile) -> Reply:
    """Answers a file: with a preview, with its faults, or with why it was not taken."""
    if isinstance(file.content, ChallengeSet):
        return await publications.start_preview(context, file.content)
    if isinstance(file.content, SetFaults):
        return Reply([Outgoing(_faults_text(context, file.name, file.content))])
    text = context.say(
        file.problem or "file.not_arrived", name=file.name, mebibytes=MAX_BYTES // MEBIBYTE
    )
    if context.member.expecting is Expecting.REFLECTION:
        text = f"{text} {context.say('unreadable.reflect')}"
    return Reply([Outgoing(text)])


def _faults_text(context: HandlerContext, name: str, faults: SetFaults) -> str:
    """Returns the first faults, a line each, and how many more there are."""
    shown = SetFaults(faults.faults[:MAX_FAULTS])
    more = len(faults.faults) + faults.more - len(shown.faults)
    lines = [context.say("push.faults", name=name, n=len(shown.faults) + more)]
    lines += [f"• {line}" for line in set_faults.fault_lines(name, shown, context.say)]
    if more:
        lines.append(context.say("fault.more", n=more))
    return "\n".join([*lines, "", context.say("push.mend")])


async def overview(context: HandlerContext) -> Reply:
    """Answers /sets alone: says which sets are live, for whom and from when."""
    say = context.say
    buttons: ButtonRows = ()
    if context.policy.pages:
        buttons = ((Button(say("button.web_sets"), "web:open:sets"),),)
    return Reply([Outgoing("\n".join([say("sets.live"), *await _lines(context)]), buttons=buttons)])


async def _lines(context: HandlerContext) -> list[str]:
    counts = await stored.sizes(context.session)
    team_names = {
        listed.team.id: listed.team.name for listed in await teams.all_teams(context.session)
    }
    lines: list[str] = []
    for newest in await stored.newest_versions(context.session):
        published = await stored.publications_of(context.session, newest.name)
        versions = {
            version.number: version
            for version in await stored.versions_of(context.session, newest.name)
        }
        for publication in live_publications(published, context.at):
            line = _line(
                context, versions[publication.version], counts[versions[publication.version].id]
            )
            if publication.team is not None:
                line = context.say("sets.for_team", line=line, team=team_names[publication.team])
            if publication.starts_at > context.at:
                day = context.say.day(
                    publication.starts_at.astimezone(context.member.rhythm.zone).date()
                )
                line = context.say("sets.from_day", line=line, day=day)
            lines.append(line)
    return lines


def live_publications(published: Sequence[Publication], at: datetime) -> list[Publication]:
    """Returns what is live for everybody and for teams that have another, and what begins later."""
    audiences = [
        (),
        *(
            (team,)
            for team in sorted({publication.team for publication in published if publication.team})
        ),
    ]
    live = [
        publication
        for audience in audiences
        for publication in live_versions(published, audience, at).values()
    ]
    coming = [
        publication
        for publication in published
        if publication.starts_at > at
        and all(
            publication.number > other.number
            for other in live
            if other.team in (None, publication.team)
        )
    ]
    return list(dict.fromkeys([*live, *coming]))


def _line(context: HandlerContext, version: SetVersionRow, size: int) -> str:
    return context.say(
        "sets.line",
        title=version.title_in(context.say.language),
        name=version.name,
        version=version.number,
        n=size,
    )


async def figures(context: HandlerContext, name: str) -> Reply:
    """Answers /sets cijfers: compares the themes, or the challenges of the set of this name.

    Raises:
        NotUnderstood: there is no such set.
    """
    titles = await titles_in(context.session, context.say.language)
    if name and name not in titles:
        raise NotUnderstood("sets.unknown", name=name[:MAX_SHOWN])
    people = statistics.people_in_batch(context.policy.minimum)
    counts = await stored_statistics.challenge_counts(
        context.session, people, context.at, name or None
    )
    if name:
        return Reply(
            [render_statistics.messages_for_set(counts, titles[name], people, context.say)]
        )
    return Reply(render_statistics.messages(counts, titles, people, context.say))


async def ask_rollback(context: HandlerContext, name: str) -> Reply:
    """Answers /sets terug: asks for a confirmation, saying what would be live then.

    Raises:
        NotUnderstood: no name was given, there is no such set, or nothing to go back to.
    """
    if not name:
        raise NotUnderstood("sets.unclear")
    asked = await rollback_question(context, name)
    yes = Button(asked.label, f"sets:back:{asked.previous}:{asked.act}")
    buttons: ButtonRows = ((yes,), (Button(context.say("button.sets_stay"), "sets:stay"),))
    return Reply([Outgoing(asked.text, buttons=buttons)])


@dataclass(frozen=True, slots=True)
class RollbackQuestion:
    """The question whether to take a publication back.

    Attributes:
        text: the question.
        label: of the button that says yes.
        previous: the row id of the version that would be live again.
        act: the number of the publication that would be taken back.
    """

    text: str
    label: str
    previous: int
    act: int


async def rollback_question(context: HandlerContext, name: str) -> RollbackQuestion:
    """Returns the question whether to take back the last publication of a set.

    Raises:
        NotUnderstood: there is no such set, or nothing to go back to.
    """
    say = context.say
    published = await stored.publications_of(context.session, name)
    if not published:
        raise NotUnderstood("sets.unknown", name=name[:MAX_SHOWN])
    rollback = rollback_of(published)
    if rollback is None:
        raise NotUnderstood("sets.no_way_back", name=name)
    previous = await stored.version_of(context.session, name, rollback.previous[0])
    versions = say.list(map(str, rollback.previous))
    question = say(
        "sets.back_ask",
        name=name,
        previous=versions,
        current=rollback.current,
        whom=await _audience(context, rollback.teams),
    )
    act = await stored.last_publication_number(context.session, name)
    return RollbackQuestion(question, say("button.sets_back", version=versions), previous.id, act)


async def _audience(context: HandlerContext, numbers: tuple[int | None, ...]) -> str:
    chosen = await teams.teams_by_id(
        context.session, frozenset(number for number in numbers if number)
    )
    return context.say.list(team.name for team in chosen) or context.say("push.everybody")


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button under the question whether to roll back: `back:12:4`, `stay`."""
    if not (await context.roles()).belongs_to(Audience.TRAINER):
        raise DeadButton
    verb, *numbers = argument.split(":")
    if verb == "stay":
        return Reply([Outgoing(context.say("sets.stays"), replaces=context.pressed)])
    if verb != "back" or len(numbers) != 2:
        raise DeadButton
    text = await take_back(context, row_id_in(numbers[0]), row_id_in(numbers[1]))
    return Reply([Outgoing(text, replaces=context.pressed)], notice=text)


async def take_back(context: HandlerContext, previous_id: int, asked_at: int) -> str:
    """Takes back the last publication of a set, unless another one followed on the question.

    Args:
        context: of the trainer.
        previous_id: the row id of the version that is to be live again.
        asked_at: the number of the publication that is to be taken back.

    Returns:
        What was done, or why nothing was.

    Raises:
        DeadButton: there is no such version, or nothing to go back to.
    """
    previous = await context.session.get(SetVersionRow, previous_id)
    if previous is None:
        raise DeadButton
    act = await stored.last_publication_number(context.session, previous.name, for_update=True)
    if act == asked_at + 1 and (done := await _repeated_rollback(context, previous, act)):
        return done
    if act != asked_at:
        return context.say("sets.overtaken", name=previous.name)
    rollback = await stored.roll_back(context.session, previous.name, context.at)
    if rollback is None:
        raise DeadButton
    detail = audit.publication(rollback.current, rollback.teams)
    await context.record(Action.ROLLED_BACK, audit.challenge_set(previous.name), detail)
    return await _rolled_back_sentence(context, previous.name, rollback.previous, rollback.teams)


async def _rolled_back_sentence(
    context: HandlerContext, name: str, versions: Sequence[int], numbers: tuple[int | None, ...]
) -> str:
    audience = await _audience(context, numbers)
    return context.say(
        "sets.is_back", name=name, version=context.say.list(map(str, versions)), whom=audience
    )


async def _repeated_rollback(
    context: HandlerContext, previous: SetVersionRow, act: int
) -> str | None:
    """Says what the last act did, if it was this very rollback: the button was pressed twice."""
    published = await stored.publications_of(context.session, previous.name)
    last = [publication for publication in published if publication.number == act]
    versions = sorted({publication.version for publication in last})
    if previous.number not in versions:
        return None
    return await _rolled_back_sentence(
        context, previous.name, versions, tuple(publication.team for publication in last)
    )
