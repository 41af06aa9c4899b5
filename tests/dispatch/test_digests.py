"""The week's message in a team's group: when it comes, that it comes once, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import House, build
from bot.channels.channel import NotNow, Refused, SendError, Still, Unreachable, always
from bot.store import members, teams
from bot.store.team_tables import DigestRow
from bot.store.vault import Vault
from bot.talk.messages import Outgoing, Pressed, Withdrawn
from tests.story import Paper, Sheet, Someone, StillClock
from tests.talk.teams import GROUP, Team, number_of

TOLD = "Voor bij de koffie op maandag"
Happens = Callable[[str, Outgoing], None]


def nothing(to: str, message: Outgoing) -> None:
    """Nothing happens."""


class Fated(Paper):
    """The paper of somebody else, on which something happens before or after a message lands."""

    def __init__(self, paper: Paper, before: Happens = nothing, after: Happens = nothing) -> None:
        super().__init__(paper.sheets, keys=paper.keys)
        self.before, self.after = before, after

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        still: Still = always,
    ) -> str | None:
        """Lays down a sheet, if nothing keeps it from that."""
        self.before(to, message)
        receipt = await super().send(to, message, key, urgent=urgent, still=still)
        self.after(to, message)
        return receipt


@dataclass
class Office:
    """A team of five with a group chat, one of whom leads it; it is Monday 23 November."""

    team: Team
    people: list[Someone] = field(default_factory=list)

    @property
    def lead(self) -> Someone:
        """Who leads it."""
        return self.people[0]

    @property
    def house(self) -> House:
        """Where it is told."""
        return self.team.house

    async def begins(self) -> None:
        """They all join, and somebody connects the group."""
        await self.team.begins()
        self.people = await self.team.of(5)
        await self.team.led_by(self.lead)
        await self.team.has_group()

    async def week(self, tuesday: int = 24, month: int = 11, did: int = 3) -> None:
        """Tuesday: everybody gets a nudge, and so many do it."""
        for hour, minute in ((8, 0), (9, 30)):  # the days in between were spent elsewhere
            self.team.clock.goes_to(tuesday, month, hour, minute)
            await self.house.sending.tick()
        for someone in self.people[:did]:
            await someone.presses("Gedaan")

    async def friday(self, day: int = 27, month: int = 11) -> list[Sheet]:
        """Friday half past three comes."""
        self.team.clock.goes_to(day, month, 15, 30)
        await self.tick()
        return self.digests

    async def tick(self) -> int:
        """What is due is sent."""
        return await self.house.digests.tick()

    async def later(self) -> None:
        """The next tick."""
        self.team.clock.passes(seconds=5)
        await self.tick()

    @property
    def digests(self) -> list[Sheet]:
        """The digests in the group, as they read now."""
        return [sheet for sheet in self.team.group if TOLD in sheet.text]

    @property
    def pictures(self) -> list[Sheet]:
        """The pictures that came with them."""
        return [sheet for sheet in self.team.group if sheet.text.startswith("De week van")]

    async def shares(self, number: int, words: str, how: str = "Deel met naam") -> str:
        """The member of this number writes about the challenge of this week, and shares it."""
        someone = self.people[number]
        self.team.clock.passes(minutes=1)
        source = await someone.says(words)
        await someone.presses(how)
        return source

    async def second_team(self, name: str = "Wijkteam") -> str:
        """Everybody is in another team too, with its own group; where that is."""
        other = Team(self.house, self.team.paper, self.team.clock, name, f"group-{name}")
        await other.begins()
        for someone in self.people:
            await someone.says(f"/start {await other.code()}")
        await other.has_group()
        return other.chat

    async def number(self, name: str) -> int:
        """The number of the team of this name."""
        return (await Team(self.house, self.team.paper, self.team.clock, name).row()).id

    async def row(self) -> DigestRow:
        """The one row of a digest."""
        async with self.house.database.reading() as session:
            return (await session.scalars(select(DigestRow))).one()


@pytest.fixture
async def office(house: House, paper: Paper, clock: StillClock) -> Office:
    """A team of five with a group chat."""
    found = Office(Team(house, paper, clock))
    await found.begins()
    return found


def again(office: Office, paper: Paper | None = None) -> House:
    """Another process on the same database."""
    house = office.house
    papers = [paper or office.team.paper]
    return build(house.database, house.vault, papers, office.team.clock, "nl", "Europe/Amsterdam")


# When it comes, and how often


async def test_on_friday_the_group_hears_how_the_week_went(office: Office) -> None:
    await office.week()
    await office.shares(0, "Ik vroeg door.")
    office.team.clock.goes_to(27, 11, 15, 29)
    assert await office.tick() == 0 and office.digests == []
    [digest] = await office.friday()
    assert "1 week op rij. Deze week telt al mee." in digest.text
    assert "Wat collega’s deelden:" in digest.text and "“Ik vroeg door.”\n– Lid1" in digest.text
    assert digest.text.count("Voor bij de koffie op maandag: ") == 1
    [drawn] = office.pictures
    assert drawn.message.picture is not None
    assert drawn.message.picture.draw().startswith(b"\x89PNG")


async def test_it_is_told_once_however_often_is_looked(office: Office) -> None:
    await office.week()
    await office.friday()
    for _ in range(3):
        await office.later()
        await again(office).digests.tick()
    office.team.clock.passes(days=2)
    await office.tick()
    assert len(office.digests) == len(office.pictures) == 1


async def test_two_processes_at_once_tell_it_once(office: Office) -> None:
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert [await office.tick(), await again(office).digests.tick()] == [1, 0]
    assert len(office.digests) == 1


async def test_each_week_has_its_own(office: Office) -> None:
    await office.week()
    await office.friday()
    await office.week(1, 12)
    first, second = await office.friday(4, 12)
    assert "1 week op rij" in first.text and "2 weken op rij" in second.text
    assert first.text.rpartition(TOLD)[2] != second.text.rpartition(TOLD)[2]


async def test_after_a_crash_it_goes_out_again_under_the_same_key(office: Office) -> None:
    def power_cut(to: str, message: Outgoing) -> None:
        if TOLD in message.text:
            raise KeyError(to)

    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    await again(office, Fated(office.team.paper, after=power_cut)).digests.tick()
    await office.later()
    assert len(office.digests) == 1  # its lease still runs
    office.team.clock.passes(seconds=60)
    await office.tick()
    number = (await office.row()).id
    assert office.team.paper.keys.count(f"digest-{number}") == 2
    office.team.clock.passes(hours=1)
    await office.tick()
    assert len(office.digests) == 2 and (await office.row()).receipt == office.digests[1].id


async def test_a_repeat_is_told_anew_for_a_platform_that_kept_the_first_words(
    office: Office,
) -> None:
    await office.week()
    office.team.paper.fails_with = [NotNow("slow")]
    await office.friday()
    office.team.clock.passes(minutes=1)
    await office.tick()
    await office.later()
    assert [digest.edits for digest in office.digests] == [1]
    await office.later()
    assert [digest.edits for digest in office.digests] == [1]


async def test_one_that_waited_for_days_is_not_told_any_more(office: Office) -> None:
    await office.week()
    office.team.paper.fails_with = [NotNow("down", timedelta(seconds=1))]
    await office.friday()
    office.team.clock.passes(days=3)
    assert await office.tick() == 0 and office.digests == []
    assert (await office.row()).send_at is None


async def test_who_was_down_on_friday_tells_it_within_a_day_or_not_at_all(office: Office) -> None:
    await office.week()
    office.team.clock.goes_to(28, 11, 15, 30)
    await office.tick()
    assert len(office.digests) == 1
    await office.week(1, 12)
    office.team.clock.goes_to(5, 12, 15, 31)
    await office.tick()
    assert len(office.digests) == 1
    await office.week(8, 12)
    await office.friday(11, 12)
    assert len(office.digests) == 2


async def test_trouble_is_tried_again_with_one_picture(office: Office) -> None:
    troubles = [NotNow("slow", timedelta(minutes=2)), SendError("no")]

    def stutters(to: str, message: Outgoing) -> None:
        if TOLD in message.text and troubles:
            raise troubles.pop(0)

    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    there = again(office, Fated(office.team.paper, before=stutters))
    assert await there.digests.tick() == 1
    office.team.clock.passes(seconds=119)
    assert await there.digests.tick() == 0
    for _ in range(2):
        office.team.clock.passes(minutes=5)
        await there.digests.tick()
    assert len(office.digests) == len(office.pictures) == 1 and not troubles


async def test_it_is_given_up_in_the_end(office: Office) -> None:
    await office.week()
    office.team.paper.fails_with = [NotNow("down") for _ in range(100)]
    await office.friday()
    for _ in range(60):
        office.team.clock.passes(minutes=11)
        await office.tick()
    assert office.digests == [] and (await office.row()).attempts == 30
    office.team.paper.fails_with = []
    assert await office.tick() == 0


async def test_a_fault_of_ours_with_one_digest_is_no_fault_with_another(office: Office) -> None:
    def cannot(to: str, message: Outgoing) -> None:
        if to == GROUP:
            raise KeyError(to)

    other = await office.second_team()
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert await again(office, Fated(office.team.paper, before=cannot)).digests.tick() == 2
    assert office.digests == [] and TOLD in office.team.paper.sheets[other][-1].text


# Where it cannot be told


@pytest.mark.parametrize(
    ("error", "told", "chats"),
    [
        (Unreachable("gone"), "uit de groep van Griffie gehaald", 0),
        (Refused("no rights"), "mag ik niets meer zeggen", 1),
    ],
)
async def test_the_lead_hears_why_a_group_hears_nothing(
    office: Office, error: SendError, told: str, chats: int
) -> None:
    await office.week()
    office.team.paper.fails_with = [error]
    assert await office.friday() == []
    assert told in office.lead.last.text
    async with office.house.database.reading() as session:
        assert len(await teams.chats_of(session, (await office.team.row()).id)) == chats
    heard = len(office.lead.sheets)
    office.team.clock.passes(hours=1)
    assert await office.tick() == 0 and len(office.lead.sheets) == heard


async def test_a_group_that_was_deleted_is_not_looked_for_next_week(office: Office) -> None:
    await office.week()
    office.team.paper.fails_with = [Unreachable("gone")]
    await office.friday()
    await office.week(1, 12)
    await office.friday(4, 12)
    assert office.digests == []
    await office.team.has_group()
    await office.week(8, 12)
    await office.friday(11, 12)
    assert len(office.digests) == 1


async def test_each_channel_has_its_own(office: Office) -> None:
    house, clock, other = office.house, office.team.clock, Paper(name="other")
    papers = [office.team.paper, other]
    there = build(house.database, house.vault, papers, clock, "nl", "Europe/Amsterdam")
    await Team(there, other, clock, chat="group-2").has_group()
    await office.week()
    office.team.clock.goes_to(27, 11, 15, 30)
    assert await there.digests.tick() == 2
    assert await there.digests.tick() == 0
    assert len(office.digests) == 1 and TOLD in other.sheets["group-2"][-1].text


# When there is none


async def test_the_lead_moves_it_to_thursday(office: Office) -> None:
    await office.lead.says("/team digest do 15:30")
    await office.week()
    office.team.clock.goes_to(26, 11, 15, 30)
    await office.tick()
    assert len(office.digests) == 1
    await office.friday()
    assert len(office.digests) == 1


async def test_moving_it_after_it_came_brings_no_second(office: Office) -> None:
    await office.lead.says("/team digest do 15:30")
    await office.week()
    office.team.clock.goes_to(26, 11, 15, 30)
    await office.tick()
    await office.lead.says("/team digest vr 15:30")
    await office.friday()
    assert len(office.digests) == 1


async def test_the_lead_mutes_it_and_wants_it_again(office: Office) -> None:
    await office.lead.says("/team digest uit")
    await office.week()
    assert await office.friday() == []
    await office.lead.says("/team digest vr 15:30")
    await office.week(1, 12)
    assert len(await office.friday(4, 12)) == 1


async def test_nothing_of_a_week_in_which_nobody_had_a_round(office: Office) -> None:
    for someone in office.people:
        await someone.says("/pauze 1 week")
    await office.week(did=0)
    assert not any("Lef:" in sheet.text for sheet in office.lead.sheets)
    assert await office.friday() == []


async def test_nothing_on_a_public_holiday(office: Office) -> None:
    await office.week(22, 12)
    assert await office.friday(25, 12) == []
    await office.week(29, 12)
    office.team.clock.goes_to(1, 1, 15, 30, year=2027)
    await office.tick()
    assert office.digests == []
    await office.lead.says("/team digest do 15:30")
    for hour, minute in ((8, 0), (9, 30)):
        office.team.clock.goes_to(5, 1, hour, minute, year=2027)
        await office.house.sending.tick()
    office.team.clock.goes_to(7, 1, 15, 30, year=2027)
    await office.tick()
    assert len(office.digests) == 1


async def test_nothing_when_fewer_than_four_had_a_round(office: Office) -> None:
    for someone in office.people[3:]:
        await someone.says("/team verberg")
    await office.week()
    assert await office.friday() == []


async def test_below_half_there_is_no_number(office: Office) -> None:
    await office.week(did=2)
    [digest] = await office.friday()
    assert "Het is nog vroeg deze week" in digest.text and "2" not in digest.text.partition(TOLD)[0]


# What was shared


async def test_three_stories_at_most_and_the_oldest_first(office: Office) -> None:
    await office.week(did=5)
    for number in range(5):
        await office.shares(number, f"Verhaal {number}.")
    [digest] = await office.friday()
    assert [f"Verhaal {n}." in digest.text for n in range(5)] == [True, True, True, False, False]
    await office.week(1, 12)
    _, second = await office.friday(4, 12)
    assert [f"Verhaal {n}." in second.text for n in range(5)] == [False] * 3 + [True] * 2


async def test_a_story_is_told_whole_or_not_at_all(office: Office) -> None:
    await office.week()
    whole = "Ik zei nee. " * 73 + "Of nee, toch ja."
    await office.shares(0, whole)
    await office.shares(1, "x" * 901)
    await office.shares(2, "Kort.")
    [digest] = await office.friday()
    assert f"“{whole}”" in digest.text and "“Kort.”" in digest.text and "xx" not in digest.text


async def test_without_a_name_there_is_none(office: Office) -> None:
    await office.week()
    await office.shares(0, "Ik vroeg door.", "Deel zonder naam")
    [digest] = await office.friday()
    assert "“Ik vroeg door.”\n– iemand uit het team" in digest.text and "Lid" not in digest.text


async def test_what_was_not_shared_is_not_told(office: Office) -> None:
    await office.week()
    await office.shares(0, "Voor mij.", "Alleen voor mij")
    await office.people[1].says("Zonder antwoord op de vraag.")
    [digest] = await office.friday()
    assert "mij" not in digest.text and "antwoord" not in digest.text
    assert "collega’s" not in digest.text


async def test_what_is_written_after_sharing_is_not_shared(office: Office) -> None:
    await office.week()
    await office.shares(0, "Het ging goed.")
    someone = office.people[0]
    [nudge] = [sheet for sheet in someone.sheets if "Lef:" in sheet.text]
    office.team.clock.passes(hours=1)
    await someone.says("Eigenlijk was het vreselijk.", reply_to=nudge)
    [digest] = await office.friday()
    assert "Het ging goed." in digest.text and "vreselijk" not in digest.text
    await someone.presses("Deel met naam")
    await office.later()
    assert "Het ging goed.\nEigenlijk was het vreselijk." in digest.text


async def test_a_second_share_takes_it_from_the_first_team(office: Office) -> None:
    other = await office.second_team()
    await office.week()
    someone = office.people[0]
    await someone.says("Ik vroeg door.")
    await someone.presses("Deel met naam")
    await someone.presses("Griffie")
    [digest] = await office.friday()
    assert "Ik vroeg door." in digest.text
    assert "Ik vroeg door." not in office.team.paper.sheets[other][-1].text
    thanks = [sheet for sheet in someone.sheets if "Terugnemen" in sheet.labels]
    number = (await someone.nudges())[0].id
    wijkteam = await office.number("Wijkteam")
    await someone.does(Pressed(f"share:{number}:team_nameless:{wijkteam}", thanks[-1].id))
    await office.later()
    assert "Ik vroeg door." not in digest.text
    await office.week(1, 12)
    await office.friday(4, 12)
    assert "“Ik vroeg door.”\n– iemand uit" in office.team.paper.sheets[other][-1].text


# What is taken back


async def told(office: Office) -> tuple[Sheet, str]:
    """A digest with a story of the second member, beside one of the first; their message."""
    await office.week()
    await office.shares(0, "Van de eerste.")
    source = await office.shares(1, "Van de tweede.")
    [digest] = await office.friday()
    assert "Van de eerste." in digest.text and "Van de tweede." in digest.text
    return digest, source


async def test_taking_it_back_takes_it_from_the_group(office: Office) -> None:
    digest, _ = await told(office)
    await office.people[1].presses("Terugnemen")
    await office.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text and TOLD in digest.text
    assert digest.edits == 1
    await office.later()
    assert digest.edits == 1 and len(office.digests) == len(office.pictures) == 1


async def test_editing_it_changes_it_in_the_group(office: Office) -> None:
    digest, source = await told(office)
    await office.people[1].edits(source, "Ik bedoelde het anders.")
    await office.later()
    assert "tweede" not in digest.text and "Ik bedoelde het anders." in digest.text


async def test_a_story_that_grew_too_long_keeps_no_other_in_the_group(office: Office) -> None:
    digest, source = await told(office)
    await office.people[1].edits(source, "Van de tweede, en nog iets. " * 400)
    await office.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_withdrawing_the_message_takes_it_from_the_group(office: Office) -> None:
    digest, source = await told(office)
    await office.people[1].does(Withdrawn(source))
    await office.later()
    assert "tweede" not in digest.text


async def test_who_is_erased_in_the_chat_is_gone_from_the_group(office: Office) -> None:
    digest, _ = await told(office)
    await office.people[1].says("/vergeetmij")
    await office.people[1].presses("Ja, wis alles")
    await office.later()
    assert "tweede" not in digest.text and "Lid2" not in digest.text
    assert "Van de eerste." in digest.text


async def test_who_is_erased_on_the_command_line_is_gone_from_the_group(office: Office) -> None:
    digest, _ = await told(office)
    number = await number_of(office.people[1])
    async with office.house.database.transaction() as session:
        await Vault.shred(session, number)
        await members.forget(session, number, office.team.clock())
    await office.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_who_leaves_takes_their_stories_along(office: Office) -> None:
    digest, _ = await told(office)
    await office.people[1].says("/team verlaat")
    await office.people[1].presses("Ja, ik ga weg")
    await office.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_who_is_taken_out_is_taken_from_the_group(office: Office) -> None:
    digest, _ = await told(office)
    await office.lead.says("/team leden")
    await office.lead.presses("Lid2 eruit")
    await office.lead.presses("Ja, Lid2 eruit")
    await office.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_what_is_taken_back_before_friday_is_never_told(office: Office) -> None:
    await office.week()
    await office.shares(0, "Toch niet.")
    await office.people[0].presses("Terugnemen")
    [digest] = await office.friday()
    assert "Toch niet" not in digest.text


async def test_what_is_taken_back_while_the_digest_waits_is_never_told(office: Office) -> None:
    await office.week()
    await office.shares(0, "Toch niet.")
    office.team.paper.fails_with = [NotNow("slow")]
    assert await office.friday() == []
    await office.people[0].presses("Terugnemen")
    office.team.clock.passes(minutes=5)
    await office.tick()
    [digest] = office.digests
    assert "Toch niet" not in digest.text


async def test_what_is_taken_back_while_the_digest_is_on_its_way_leaves_the_group(
    office: Office,
) -> None:
    class Slow(Fated):
        """While it sends, somebody else does something."""

        async def send(
            self,
            to: str,
            message: Outgoing,
            key: str,
            *,
            urgent: bool = False,
            still: Still = always,
        ) -> str | None:
            """They take back what they shared, right before the words land."""
            if "Toch niet" in message.text and to == GROUP:
                await office.people[0].presses("Terugnemen")
            return await super().send(to, message, key, urgent=urgent, still=still)

    await office.week()
    await office.shares(0, "Toch niet.")
    office.team.clock.goes_to(27, 11, 15, 30)
    await again(office, Slow(office.team.paper)).digests.tick()
    [digest] = office.digests
    assert "Toch niet" in digest.text
    await office.later()
    assert "Toch niet" not in digest.text and len(office.digests) == 1


async def test_when_the_group_is_gone_taking_back_troubles_nobody(office: Office) -> None:
    await told(office)
    office.team.paper.fails_with = []
    await office.people[1].presses("Terugnemen")
    office.team.paper.fails_with = [Unreachable("gone")]
    heard = len(office.lead.sheets)
    await office.later()
    office.team.clock.passes(hours=1)
    assert await office.tick() == 0 and len(office.lead.sheets) == heard
