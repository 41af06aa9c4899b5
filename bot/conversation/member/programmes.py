"""/programma: some weeks in an order, for oneself; leads start one for their team."""

from datetime import date

from bot.conversation.context import DeadButton, Misunderstood, Turn
from bot.conversation.parsing.dates import read_date
from bot.conversation.team.team_access import Theirs
from bot.core.programme import Programme, week_at
from bot.messages import Button, Outgoing, Reply, Rows
from bot.set_files.programmes import programmes
from bot.store.challenges import programmes as courses
from bot.store.members import members as people
from bot.store.schema.challenges import CourseRow

STOP = frozenset({"stop", "uit", "off"})
SHOWN = 40


async def programme(turn: Turn, argument: str) -> Reply:
    """/programma: which there are; with a name it begins today, `stop` ends it."""
    name = argument.strip().lower()
    if name in STOP:
        return await _stop(turn)
    if name:
        return await _start(turn, _named(name))
    return Reply([_overview(turn)])


async def press(turn: Turn, argument: str) -> Reply:
    """A button with a programme."""
    if argument not in programmes():
        raise DeadButton
    return await _start(turn, programmes()[argument])


def _overview(turn: Turn) -> Outgoing:
    say = turn.say
    found = programmes().values()
    lines = [
        say(
            "programme.line",
            title=one.title.model_dump()[say.language],
            name=one.programme,
            about=one.about.model_dump()[say.language],
        )
        for one in found
    ]
    buttons: Rows = tuple(
        (Button(one.title.model_dump()[say.language], f"programme:{one.programme}"),)
        for one in found
    )
    return Outgoing("\n\n".join([say("programme.which"), *lines]), buttons=buttons)


async def _start(turn: Turn, one: Programme) -> Reply:
    title = one.title.model_dump()[turn.say.language]
    followed = await courses.of_member(turn.session, turn.member.id)
    if followed is not None and followed.programme == one.programme and _runs(turn, followed, one):
        told = turn.say("programme.already", title=title)
        return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    await courses.start(turn.session, one.programme, turn.today, turn.at, member_id=turn.member.id)
    told = turn.say(
        "programme.started",
        title=one.title.model_dump()[turn.say.language],
        n=len(one.weeks),
    )
    return Reply([Outgoing(told)])


def _runs(turn: Turn, course: CourseRow, one: Programme) -> bool:
    """Whether it is not over yet."""
    week = week_at(course.starts_on, turn.today, turn.member.absences)
    return week is None or week < len(one.weeks)


async def _stop(turn: Turn) -> Reply:
    had = await courses.stop(turn.session, member_id=turn.member.id)
    return Reply([Outgoing(turn.say("programme.stopped" if had else "programme.none"))])


def _named(name: str) -> Programme:
    if name not in programmes():
        raise Misunderstood("programme.unknown", name=name[:SHOWN], names=", ".join(programmes()))
    return programmes()[name]


async def of_team(turn: Turn, theirs: Theirs, argument: str) -> Reply:
    """/team programma NAAM [dag]: the whole team begins, on that day or today."""
    name, _, words = argument.strip().partition(" ")
    if name.lower() in STOP:
        had = await courses.stop(turn.session, team_id=theirs.team.id)
        return Reply([Outgoing(turn.say("programme.stopped" if had else "programme.none"))])
    if not name:
        raise Misunderstood("programme.team_how", names=", ".join(programmes()))
    one = _named(name.lower())
    day = _day(words.strip(), people.today(turn.member, turn.at))
    await courses.start(turn.session, one.programme, day, turn.at, team_id=theirs.team.id)
    told = turn.say(
        "programme.team_started",
        title=one.title.model_dump()[turn.say.language],
        team=theirs.team.name,
        day=turn.say.day(day),
    )
    return Reply([Outgoing(told)])


def _day(words: str, today: date) -> date:
    if not words:
        return today
    day = read_date(words.removeprefix("vanaf ").removeprefix("from "), today)
    if day is None or day < today:
        raise Misunderstood("push.when_unclear")
    return day
