"""When nudges come: choosing days and time, pausing, going on."""

import re
from datetime import time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.conversation.context import Misunderstood, Turn
from bot.conversation.parsing.dates import read_time, read_weekdays
from bot.core.load_spreading import MINUTE, WITHIN, roomy
from bot.core.rhythm import WORKWEEK, Rhythm, Weekday, next_moment
from bot.core.workdays import CLOSES, OPENS
from bot.messages import Button, Outgoing, Reply, Rows
from bot.store.members import members
from bot.store.schema.members import Expecting

PRESETS = (
    (frozenset({Weekday.TUESDAY, Weekday.THURSDAY}), time(9, 30)),
    (frozenset({Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.FRIDAY}), time(13, 0)),
    (WORKWEEK, time(9, 0)),
    (frozenset({Weekday.WEDNESDAY}), time(15, 0)),
)
FILLERS = re.compile(r"\b(elke|iedere|every|op|on)\b(?!\s+(?:dag|day|werkdag|workday|weekday)\b)")


async def show(turn: Turn, argument: str) -> Reply:
    """/ritme: sets days and time, or shows them with some to choose from."""
    if argument:
        return change(turn, argument)
    say = turn.say
    text = say("rhythm.now", rhythm=say.rhythm(turn.member.rhythm), coming=coming(turn))
    return Reply([Outgoing(text, buttons=await presets(turn))])


def change(turn: Turn, typed: str) -> Reply:
    """Sets the rhythm that was typed.

    Raises:
        Misunderstood: with what to type instead.
    """
    chosen = read_rhythm(typed, turn.member.rhythm)
    first = not turn.member.welcomed
    members.set_rhythm(turn.member, chosen, turn.at)
    turn.member.welcomed = True
    if turn.member.expecting in (Expecting.LANGUAGE, Expecting.RHYTHM):
        turn.member.expects(None)
    say = turn.say
    text = say("welcome.ready" if first else "rhythm.set", rhythm=say.rhythm(chosen))
    now = ((Button(say("button.now"), "now:"),),) if first else ()
    return Reply([Outgoing(f"{text} {coming(turn)}", buttons=now)])


def read_rhythm(typed: str, current: Rhythm) -> Rhythm:
    """`di do 9:30`, `ma-vr`, `10:00`, `elke dag 8:15 America/Curacao`; what is left out stays.

    Raises:
        Misunderstood: with what to type instead.
    """
    words = " ".join(typed.lower().split())
    zone, words = _read_zone(words, current.zone)
    try:
        at, days = read_time(words)
    except ValueError as error:
        raise Misunderstood("rhythm.no_such_time") from error
    days = " ".join(FILLERS.sub(" ", days).split())
    weekdays = read_weekdays(days) if days else current.weekdays
    if weekdays is None:
        raise Misunderstood("rhythm.unclear", words=days[:40])
    at = at or current.at
    if not OPENS <= at < CLOSES:
        raise Misunderstood("rhythm.quiet")
    return Rhythm(weekdays, at, zone)


def _read_zone(words: str, current: ZoneInfo) -> tuple[ZoneInfo, str]:
    """The IANA zone that ends `words`, whole or by its city; and what stands before it."""
    before, _, last = words.rpartition(" ")
    wanted = last.replace("ç", "c")
    name = _zones().get(wanted)
    return (current, words) if name is None else (ZoneInfo(name), before)


@cache
def _zones() -> dict[str, str]:
    """IANA zones by their name and by their city, in small letters; short names are no cities."""
    names = [name for name in sorted(available_timezones(), reverse=True) if "/" in name]
    cities = {name.lower().rpartition("/")[2]: name for name in names}
    return cities | {name.lower(): name for name in names}


async def presets(turn: Turn) -> Rows:
    """Some rhythms to choose from with one tap, each at a minute that is not crowded."""
    zone = turn.member.rhythm.zone
    offered = [await _roomy(turn, Rhythm(days, at, zone)) for days, at in PRESETS]
    return tuple(
        (
            Button(
                _with_capital(turn.say.rhythm(rhythm)),
                f"rhythm:{''.join(str(int(d)) for d in sorted(rhythm.weekdays))}@{rhythm.at:%H:%M}",
            ),
        )
        for rhythm in offered
    )


async def _roomy(turn: Turn, rhythm: Rhythm) -> Rhythm:
    """The same rhythm, some minutes later where its next moment is crowded."""
    moment = next_moment(rhythm, turn.at)
    crowds = await members.crowds(turn.session, moment, moment + WITHIN * MINUTE)
    at = roomy(moment, crowds).astimezone(rhythm.zone).time()
    return Rhythm(rhythm.weekdays, at, rhythm.zone)


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def press(turn: Turn, argument: str) -> Reply:
    """One of the presets."""
    numbers, _, at = argument.partition("@")
    weekdays = frozenset(Weekday(int(number)) for number in numbers)
    members.set_rhythm(
        turn.member, Rhythm(weekdays, time.fromisoformat(at), turn.member.rhythm.zone), turn.at
    )
    reply = change(turn, at)
    settled = Outgoing(
        turn.say("rhythm.chosen", rhythm=turn.say.rhythm(turn.member.rhythm)),
        replaces=turn.pressed,
    )
    return Reply([settled, *reply.messages])


def coming(turn: Turn) -> str:
    """When the next nudge comes, in a sentence."""
    moment = turn.member.next_nudge_at
    if moment is None:
        return turn.say("rhythm.paused" if turn.member.welcomed else "rhythm.none_yet")
    return turn.say("rhythm.coming", moment=turn.say.moment(moment, turn.member.rhythm.zone))
