"""Teams in stories on paper: who leads, who joins, and what the group hears."""

from dataclasses import dataclass

from bot.app import House
from bot.messages import Address, Incoming, Typed
from bot.store.members import members, roles
from bot.store.schema.teams import Opens, Role, TeamRow
from bot.store.teams import invitations, teams
from tests.support.story import Paper, Sheet, Someone, StillClock

GROUP = "group-1"


@dataclass
class Team:
    """A team in a house, and its group chat on paper."""

    house: House
    paper: Paper
    clock: StillClock
    name: str = "Griffie"
    chat: str = GROUP

    async def begins(self) -> None:
        """There is such a team."""
        async with self.house.database.transaction() as session:
            zone = "Europe/Amsterdam"
            await teams.create(session, self.name, "nl", zone, self.clock())

    async def row(self) -> TeamRow:
        """Its row."""
        async with self.house.database.reading() as session:
            found = await teams.named(session, self.name)
        assert found is not None
        return found

    async def code(self, opens: Opens = Opens.TEAM, **how: int) -> str:
        """A fresh invitation."""
        number = (await self.row()).id
        async with self.house.database.transaction() as session:
            return await invitations.new(session, number, opens, self.clock(), **how)  # type: ignore[arg-type]  # its own keywords

    async def led_by(self, someone: Someone) -> None:
        """They lead it, from now on."""
        number = (await self.row()).id
        async with self.house.database.transaction() as session:
            pair = someone.address.pair
            await roles.grant(session, pair, Role.LEAD, number, self.clock())

    async def member(self, name: str, language: str = "Nederlands") -> Someone:
        """Somebody who was invited, and takes part on workdays at half past nine."""
        someone = Someone(self.house, self.paper, self.clock, name, called=name.capitalize())
        await someone.says(f"/start {await self.code()}")
        await someone.presses(language)
        await someone.says("ma-vr 9:30")
        return someone

    async def of(self, many: int, first: int = 1) -> list[Someone]:
        """So many members."""
        return [await self.member(f"lid{number}") for number in range(first, first + many)]

    async def has_group(self) -> None:
        """Somebody connects a group chat."""
        await self.hears(f"/start {await self.code(Opens.GROUP)}")

    async def hears(self, text: str, by: str = "iemand") -> None:
        """Somebody says this in the group, to the bot."""
        group = Address(self.paper.name, self.chat)
        self.said = getattr(self, "said", 0) + 1
        await self.house.conversation.hear(
            Incoming(
                f"{self.chat}/{self.said}",
                Address(self.paper.name, by),
                self.clock(),
                Typed(text, str(self.said)),
                "nl",
                group=group,
            )
        )

    @property
    def group(self) -> list[Sheet]:
        """What the bot said in the group, as it stands there now."""
        return self.paper.sheets.get(self.chat, [])

    async def week(self, monday: int, month: int, did: list[Someone], tried: bool = False) -> None:
        """Tuesday of this week: everybody gets a nudge, and these do it (or try)."""
        self.clock.goes_to(monday + 1, month, 9, 30)
        await self.house.sending.tick()
        for someone in did:
            await someone.presses("Geprobeerd" if tried else "Gedaan")

    async def everyone(self) -> set[int]:
        """The numbers of its members."""
        async with self.house.database.reading() as session:
            found = await teams.members_of(session, (await self.row()).id)
        return {member.id for member, _ in found}


async def number_of(someone: Someone) -> int:
    """A member's number."""
    async with someone.house.database.reading() as session:
        found = await members.find(session, *someone.address.pair)
    assert found is not None
    return found.id
