"""Histories of two teams, drawn by chance and lived in a real house on a SQLite file.

Eight people take part, on workdays at half past nine; the first leads Griffie and the last leads
Wijkteam. Nothing happens twice at the same moment, and whatever may not be does nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.app import build
from bot.messages import Pressed
from bot.startup import open_database, prepare, unlock
from bot.store.keys.master_key import new_secret_key
from bot.store.lifecycle import erase
from bot.store.members.vault import Vault
from bot.store.nudges import receipts
from bot.store.schema.teams import TeamRow
from bot.store.teams import teams, weeks
from tests.conversation.teams import Team, number_of
from tests.support.databases import copied
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock, SentMessage

NAMES = ("Griffie", "Wijkteam")
PEOPLE = 8
MINIMUM = 5


@dataclass(frozen=True)
class Beginning:
    """A database in which everybody takes part already, to copy for each history."""

    file: Path
    key: str

    @classmethod
    def made_in(cls, folder: Path) -> "Beginning":
        """Makes one."""
        beginning = cls(folder / "beginning.db", new_secret_key())
        asyncio.run(beginning._make())
        return beginning

    async def _make(self) -> None:
        async with self._application(self.file) as world:
            await prepare(world.application.database, world.application.vault, world.clock())
            for person in world.people:
                await person.joins()
            for team, lead in zip(world.teams, (world.people[0], world.people[-1]), strict=True):
                await team.begins()
                await team.led_by(lead)
                await team.has_group()
            await world.application.database.checkpoint_wal()

    @asynccontextmanager
    async def lived(self, place: Path) -> AsyncIterator["World"]:
        """A world of its own that begins like this."""
        copied(self.file, place)
        async with self._application(place) as world:
            yield world

    @asynccontextmanager
    async def _application(self, file: Path) -> AsyncIterator["World"]:
        clock, fake_channel = FixedClock(MONDAY), FakeChannel()
        async with open_database(f"sqlite+aiosqlite:///{file}") as database:
            vault = Vault(self.key)
            await unlock(database, vault)
            application = build(database, vault, [fake_channel], clock)
            people = [
                FakeMember(application, fake_channel, clock, f"p{number}", called=f"Naam{number}")
                for number in range(PEOPLE)
            ]
            for person in people:
                person.said = 1_000 * file.name.startswith("lived")
            found = [
                Team(application, fake_channel, clock, name, f"group-{name}") for name in NAMES
            ]
            for team in found:
                team.said = 1_000 * file.name.startswith("lived")
            yield World(clock, people, found)


@dataclass
class World:
    """People and teams, and what really happened among them.

    Attributes:
        written: the words of each nudge, by its number.
        shared: the nudges that are shared: with which team, by whom, with their name, and how many
            of their words.
        nameless: of each team, the words that were ever shared with it without a name.
        seen: who was a visible member of a team in a week, for a moment at least.
    """

    clock: FixedClock
    people: list[FakeMember]
    teams: list[Team]
    written: dict[int, list[str]] = field(default_factory=dict)
    shared: dict[int, tuple[int, int, bool, int]] = field(default_factory=dict)
    seen: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    nameless: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    week: int = 0
    erased: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.application = self.people[0].application
        self.lead = {0: self.people[0], 1: self.people[-1]}

    async def goes_to(self, weekday: int, hour: int, minute: int = 0) -> None:
        """It is this moment of the week that runs, and what is due goes out."""
        day = MONDAY + timedelta(weeks=self.week, days=weekday)
        self.clock.goes_to(day.day, day.month, hour, minute, year=day.year)
        await self.application.nudge_sender.tick()
        await self.application.digest_sender.tick()

    async def happens(self, what: str, who: int, where: int) -> None:
        """Something happens, a minute later."""
        self.clock.passes(minutes=1)
        if what == "nothing":
            return
        lead = self.people.index(self.lead[where])
        if who not in self.erased and not (what in ("erase", "removed") and who == lead):
            await HAPPENS[what](self, who, where)
        await self.notes_who_is_seen()
        self.clock.passes(seconds=5)
        await self.application.digest_sender.tick()

    async def belong(self, where: int, people: Iterable[int]) -> None:
        """These belong to a team from the beginning."""
        number = (await self.teams[where].row()).id
        belonging = [await number_of(self.people[who]) for who in people]
        async with self.application.database.transaction() as session:
            for member in belonging:
                await teams.add_to_team(session, number, member, self.clock())

    async def notes_who_is_seen(self) -> None:
        """Who is visible now counts as seen this week."""
        for where in range(len(self.teams)):
            self.seen.setdefault((where, self.week), set()).update(await self.visible(where))

    async def visible(self, where: int) -> set[int]:
        """The numbers of the visible members of a team."""
        async with self.application.database.reading() as session:
            found = await teams.members_of(session, (await self.teams[where].row()).id)
        return {member.id for member, belongs in found if not belongs.hidden}

    async def presses(self, who: int, what: str, where: int, more: str = "") -> None:
        """They press a button of a team."""
        person, number = self.people[who], (await self.teams[where].row()).id
        on = person.last.id if person.messages else "gone"
        await person.does(Pressed(f"team:{what}:{number}{more}", on))

    def newest(self, who: int, label: str) -> SentMessage | None:
        """Their newest message with this button."""
        found = [sheet for sheet in self.people[who].messages if label in sheet.labels]
        return found[-1] if found else None

    def tells(self, nudge: int) -> str:
        """A word that nobody wrote before, about this nudge."""
        words = self.written.setdefault(nudge, [])
        words.append(f"woord-{nudge}-{len(words)}-einde")
        return words[-1]

    def may_read(self, where: int) -> dict[str, set[int | None]]:
        """The words that a team may read now, each with whose they may be; None: nobody's.

        What was shared without a name stays until the next digest, whatever its writer does.
        """
        readable: dict[str, set[int | None]] = {}
        for word in self.nameless[where]:
            readable.setdefault(word, set()).add(None)
        for nudge, (team, who, named, many) in self.shared.items():
            for word in self.written[nudge][:many] if team == where else ():
                readable.setdefault(word, set()).add(who if named else None)
        return readable

    def takes_back(self, who: int, where: int | None = None) -> None:
        """What somebody shared (with a team) is not shared any more."""
        self.shared = {
            nudge: share
            for nudge, share in self.shared.items()
            if share[1] != who or where not in (None, share[0])
        }

    async def outputs(self, where: int) -> list[str]:
        """All that a team's weeks are told and drawn by, to its lead and to its group."""
        lead, team = self.lead[where], self.teams[where]
        await lead.says("/team")
        async with self.application.database.transaction() as session:
            row = await session.get_one(TeamRow, (await team.row()).id)
            shown = await weeks.board_of(session, row, MINIMUM, self.clock())
        drawn = {
            name: getattr(shown, name)
            for name, found in vars(type(shown)).items()
            if isinstance(found, property) and not name.startswith("_")
        }
        drawn["themes"] = sorted(shown.themes)
        return [lead.last.text, repr(drawn)]


async def _answers(world: World, who: int, _: int, label: str = "Gedaan") -> int | None:
    """They answer their newest nudge; which one, if it counts."""
    sheet = world.newest(who, label)
    if sheet is None:
        return None
    number = int(sheet.action(label).split(":")[1])
    await world.people[who].presses(label, sheet)
    return number


async def _writes(world: World, who: int, where: int, share: str) -> None:
    nudge = await _answers(world, who, where)
    if nudge is None:
        return
    person = world.people[who]
    await person.says(world.tells(nudge))
    if "Deel met je team" not in person.last.labels:
        return  # they have no team
    await person.presses("Deel met je team")
    await person.presses(share)
    if world.teams[where].name in person.last.labels:
        await person.presses(world.teams[where].name, person.last)
    confirmed = "\n".join(sheet.text for sheet in person.messages[-2:])  # a question may follow it
    for number, team in enumerate(world.teams):
        if share != "Alleen voor mij" and f"{team.name} mag dit lezen" in confirmed:
            world.shared[nudge] = (number, who, share == "Deel met naam", len(world.written[nudge]))
            if share == "Deel zonder naam":
                world.nameless[number].update(world.written[nudge])


async def _takes_back(world: World, who: int, _: int) -> None:
    sheet = world.newest(who, "Terugnemen")
    if sheet is not None:
        nudge = int(sheet.action("Terugnemen").split(":")[1])
        await world.people[who].presses("Terugnemen", sheet)
        world.shared.pop(nudge, None)


async def _writes_on(world: World, who: int, _: int) -> None:
    """They reply to an answered nudge, and do not say who may read that."""
    person, number = world.people[who], await number_of(world.people[who])
    messages = [sheet for sheet in person.messages if "Lef:" in sheet.text]
    async with world.application.database.reading() as session:
        for sheet in reversed(messages):
            about = await receipts.find_by_receipt(session, number, person.address.pair, sheet.id)
            if about is not None and about.id in world.written:
                break
        else:
            return
    await person.says(world.tells(about.id), reply_to=sheet)


async def _asks(world: World, who: int, _: int) -> None:
    await world.people[who].says("/nu")


async def _does_more(world: World, who: int, where: int) -> None:
    await _asks(world, who, where)
    await _answers(world, who, where)


async def _joins(world: World, who: int, where: int) -> None:
    await world.people[who].says(f"/start {await world.teams[where].code()}")


async def _hides(world: World, who: int, where: int) -> None:
    await world.presses(who, "hide", where)


async def _shows(world: World, who: int, where: int) -> None:
    await world.presses(who, "show", where)


async def _leaves(world: World, who: int, where: int) -> None:
    await world.presses(who, "leave", where, ":yes")
    if await number_of(world.people[who]) not in await world.teams[where].everyone():
        world.takes_back(who, where)


async def _is_removed(world: World, who: int, where: int) -> None:
    lead, number = world.people.index(world.lead[where]), await number_of(world.people[who])
    if number in await world.visible(where):
        await world.presses(lead, "remove", where, f":{number}:yes")
        world.takes_back(who, where)


async def _is_erased(world: World, who: int, _: int) -> None:
    if who in (0, PEOPLE - 1):  # those lead
        return
    number = await number_of(world.people[who])
    async with world.application.database.transaction() as session:
        await erase.erase_member(session, world.application.vault, number, world.clock())
    world.erased.add(who)
    world.takes_back(who)


async def _goes_away(world: World, who: int, _: int) -> None:
    await world.people[who].says("/pauze 1 week")


async def _looks(world: World, _: int, where: int) -> None:
    lead = world.people.index(world.lead[where])
    await world.outputs(where)
    await world.presses(lead, "members", where)
    await world.presses(lead, "board", where)
    await world.teams[where].hears("/team")


def _answering(label: str) -> Callable[[World, int, int], Awaitable[None]]:
    async def answers(world: World, who: int, where: int) -> None:
        await _answers(world, who, where, label)

    return answers


def _sharing(label: str) -> Callable[[World, int, int], Awaitable[None]]:
    async def writes(world: World, who: int, where: int) -> None:
        await _writes(world, who, where, label)

    return writes


HAPPENS: dict[str, Callable[[World, int, int], Awaitable[None]]] = {
    "done": _answering("Gedaan"),
    "tried": _answering("Geprobeerd"),
    "skipped": _answering("Niet nu"),
    "swap": _answering("Andere"),
    "named": _sharing("Deel met naam"),
    "nameless": _sharing("Deel zonder naam"),
    "private": _sharing("Alleen voor mij"),
    "take back": _takes_back,
    "write on": _writes_on,
    "asks": _asks,
    "extra": _does_more,
    "join": _joins,
    "leave": _leaves,
    "hide": _hides,
    "show": _shows,
    "removed": _is_removed,
    "erase": _is_erased,
    "away": _goes_away,
    "look": _looks,
}
