"""Files: challenge sets that trainers send; from anybody else, a kind no."""

from dataclasses import dataclass
from pathlib import PurePath

from bot.store import roles
from bot.store import sets as stored
from bot.store.roles import Held
from bot.store.tables import Expecting
from bot.talk.messages import Attached, NotToBeHad, Outgoing, Reply
from bot.talk.turn import Turn

MOST_BYTES = 1024 * 1024
KINDS = frozenset({".yaml", ".yml", ".xlsx", ".csv"})
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it was sent; `problem` names what to say when it was not taken."""

    name: str
    content: bytes = b""
    problem: str | None = None


async def fetch(file: Attached, held: Held) -> Fetched:
    """The file, if whoever sent it is a trainer and it may be a set."""
    name = file.name[:SHOWN]
    if not held.trains:
        return Fetched(name, problem="file.not_for_you")
    if PurePath(file.name).suffix.lower() not in KINDS:
        return Fetched(name, problem="file.wrong_type")
    if file.size > MOST_BYTES:
        return Fetched(name, problem="file.too_large")
    try:
        return Fetched(file.name, await file.read())
    except NotToBeHad:
        return Fetched(name, problem="file.not_arrived")


async def sets(turn: Turn, _: str) -> Reply:
    """/sets: which sets are live."""
    say = turn.say
    if not (await roles.of_member(turn.session, turn.member.id)).trains:
        return Reply([Outgoing(say("sets.not_for_you"))])
    counts = await stored.sizes(turn.session)
    lines = [
        say(
            "sets.line",
            title=version.title[say.language],
            name=version.name,
            version=version.number,
            n=counts[version.id],
        )
        for version in await stored.newest_versions(turn.session)
    ]
    return Reply([Outgoing("\n".join([say("sets.live"), *lines]))])


async def received(turn: Turn, file: Fetched) -> Reply:
    """What to say to a file."""
    if file.problem is not None:
        told = turn.say(file.problem, name=file.name)
        if turn.member.expecting is Expecting.REFLECTION:
            told = f"{told} {turn.say('unreadable.reflect')}"
        return Reply([Outgoing(told)])
    return Reply()
