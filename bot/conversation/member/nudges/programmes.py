"""/programma: weeks of challenges in an order, for a member alone or for a team."""

from datetime import date

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.parsing.dates import read_start
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.team.team_access import TeamAccess
from bot.core.challenges.programme import Programme, week_at
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.set_files.programmes import programmes
from bot.store.challenges import programmes as programme_starts
from bot.store.members import members as people
from bot.store.schema.challenges import ProgrammeStartRow

MAX_SHOWN = 40


async def programme(context: HandlerContext, argument: str) -> Reply:
    """Answers /programma: lists the programmes, starts the one it names, or stops on `stop`."""
    name = argument.strip().lower()
    if name in vocabulary().stop:
        return await _stop(context)
    if name:
        return await _start(context, _programme_named(name))
    return Reply([_overview(context)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button with a programme on it: starts it."""
    if argument not in programmes():
        raise DeadButton
    return await _start(context, programmes()[argument])


def _overview(context: HandlerContext) -> Outgoing:
    say = context.say
    available = programmes().values()
    lines = [
        say(
            "programme.line",
            title=programme.title.in_language(say.language),
            name=programme.programme,
            about=programme.about.in_language(say.language),
        )
        for programme in available
    ]
    buttons: ButtonRows = tuple(
        (Button(programme.title.in_language(say.language), f"programme:{programme.programme}"),)
        for programme in available
    )
    return Outgoing("\n\n".join([say("programme.which"), *lines]), buttons=buttons)


async def _start(context: HandlerContext, chosen: Programme) -> Reply:
    title = chosen.title.in_language(context.say.language)
    followed = await programme_starts.of_member(context.session, context.member.id)
    if (
        followed is not None
        and followed.programme == chosen.programme
        and _is_running(context, followed, chosen)
    ):
        confirmation = context.say("programme.already", title=title)
        return Reply([Outgoing(confirmation, replaces=context.pressed)], notice=confirmation)
    await programme_starts.start(
        context.session, chosen.programme, context.today, context.at, member_id=context.member.id
    )
    confirmation = context.say(
        "programme.started",
        title=chosen.title.in_language(context.say.language),
        n=len(chosen.weeks),
    )
    return Reply([Outgoing(confirmation)])


def _is_running(context: HandlerContext, course: ProgrammeStartRow, chosen: Programme) -> bool:
    """Returns whether a programme that was started is not over yet."""
    week = week_at(course.starts_on, context.today, context.member.absences)
    return week is None or week < len(chosen.weeks)


async def _stop(context: HandlerContext) -> Reply:
    was_following = await programme_starts.stop(context.session, member_id=context.member.id)
    return Reply(
        [Outgoing(context.say("programme.stopped" if was_following else "programme.none"))]
    )


def _programme_named(name: str) -> Programme:
    if name not in programmes():
        raise NotUnderstood(
            "programme.unknown", name=name[:MAX_SHOWN], names=", ".join(programmes())
        )
    return programmes()[name]


async def start_for_team(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Answers /team programma NAAM [dag]: starts a programme for the team, on that day or today."""
    name, _, words = argument.strip().partition(" ")
    if name.lower() in vocabulary().stop:
        was_following = await programme_starts.stop(context.session, team_id=access.team.id)
        return Reply(
            [Outgoing(context.say("programme.stopped" if was_following else "programme.none"))]
        )
    if not name:
        raise NotUnderstood("programme.team_how", names=", ".join(programmes()))
    chosen = _programme_named(name.lower())
    day = _start_day(words.strip(), people.today(context.member, context.at))
    await programme_starts.start(
        context.session, chosen.programme, day, context.at, team_id=access.team.id
    )
    confirmation = context.say(
        "programme.team_started",
        title=chosen.title.in_language(context.say.language),
        team=access.team.name,
        day=context.say.day(day),
    )
    return Reply([Outgoing(confirmation)])


def _start_day(words: str, today: date) -> date:
    if not words:
        return today
    day = read_start(words, today)
    if day is None or day < today:
        raise NotUnderstood("push.when_unclear")
    return day
