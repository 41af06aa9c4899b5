"""/programma: some weeks in an order, for oneself; leads start one for their team."""

from datetime import date

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.parsing.dates import read_start
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.team.team_access import TeamAccess
from bot.core.programme import Programme, week_at
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.set_files.programmes import programmes
from bot.store.challenges import programmes as courses
from bot.store.members import members as people
from bot.store.schema.challenges import ProgrammeStartRow

SHOWN = 40


async def programme(context: HandlerContext, argument: str) -> Reply:
    """/programma: which there are; with a name it begins today, `stop` ends it."""
    name = argument.strip().lower()
    if name in vocabulary().stop:
        return await _stop(context)
    if name:
        return await _start(context, _named(name))
    return Reply([_overview(context)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """A button with a programme."""
    if argument not in programmes():
        raise DeadButton
    return await _start(context, programmes()[argument])


def _overview(context: HandlerContext) -> Outgoing:
    say = context.say
    found = programmes().values()
    lines = [
        say(
            "programme.line",
            title=one.title.in_language(say.language),
            name=one.programme,
            about=one.about.in_language(say.language),
        )
        for one in found
    ]
    buttons: ButtonRows = tuple(
        (Button(one.title.in_language(say.language), f"programme:{one.programme}"),)
        for one in found
    )
    return Outgoing("\n\n".join([say("programme.which"), *lines]), buttons=buttons)


async def _start(context: HandlerContext, one: Programme) -> Reply:
    title = one.title.in_language(context.say.language)
    followed = await courses.of_member(context.session, context.member.id)
    if (
        followed is not None
        and followed.programme == one.programme
        and _is_running(context, followed, one)
    ):
        told = context.say("programme.already", title=title)
        return Reply([Outgoing(told, replaces=context.pressed)], notice=told)
    await courses.start(
        context.session, one.programme, context.today, context.at, member_id=context.member.id
    )
    told = context.say(
        "programme.started",
        title=one.title.in_language(context.say.language),
        n=len(one.weeks),
    )
    return Reply([Outgoing(told)])


def _is_running(context: HandlerContext, course: ProgrammeStartRow, one: Programme) -> bool:
    """Whether it is not over yet."""
    week = week_at(course.starts_on, context.today, context.member.absences)
    return week is None or week < len(one.weeks)


async def _stop(context: HandlerContext) -> Reply:
    had = await courses.stop(context.session, member_id=context.member.id)
    return Reply([Outgoing(context.say("programme.stopped" if had else "programme.none"))])


def _named(name: str) -> Programme:
    if name not in programmes():
        raise NotUnderstood("programme.unknown", name=name[:SHOWN], names=", ".join(programmes()))
    return programmes()[name]


async def start_for_team(context: HandlerContext, theirs: TeamAccess, argument: str) -> Reply:
    """/team programma NAAM [dag]: the whole team begins, on that day or today."""
    name, _, words = argument.strip().partition(" ")
    if name.lower() in vocabulary().stop:
        had = await courses.stop(context.session, team_id=theirs.team.id)
        return Reply([Outgoing(context.say("programme.stopped" if had else "programme.none"))])
    if not name:
        raise NotUnderstood("programme.team_how", names=", ".join(programmes()))
    one = _named(name.lower())
    day = _day(words.strip(), people.today(context.member, context.at))
    await courses.start(context.session, one.programme, day, context.at, team_id=theirs.team.id)
    told = context.say(
        "programme.team_started",
        title=one.title.in_language(context.say.language),
        team=theirs.team.name,
        day=context.say.day(day),
    )
    return Reply([Outgoing(told)])


def _day(words: str, today: date) -> date:
    if not words:
        return today
    day = read_start(words, today)
    if day is None or day < today:
        raise NotUnderstood("push.when_unclear")
    return day
