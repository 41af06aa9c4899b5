"""What members shared, as their team's group hears it, and as it leaves the group again."""

import pytest

from bot.app import Application
from bot.channels.base import ShouldSend, TemporaryFailure, Unreachable, always_send
from bot.messages import Deleted, Outgoing, Pressed
from bot.store.lifecycle import erase
from bot.store.members.vault import Vault
from tests.conversation.teams import GROUP, Team, number_of
from tests.delivery.team_chat import TOLD, InterruptedChannel, Office, again
from tests.support.fakes import FakeChannel, FixedClock, SentMessage


@pytest.fixture
async def office(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Office:
    """A team of five with a group chat."""
    found = Office(Team(application, fake_channel, clock))
    await found.begins()
    return found


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
    [nudge] = [sheet for sheet in someone.messages if "Lef:" in sheet.text]
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
    assert "Ik vroeg door." not in office.team.fake_channel.messages[other][-1].text
    thanks = [sheet for sheet in someone.messages if "Terugnemen" in sheet.labels]
    number = (await someone.nudges())[0].id
    wijkteam = await office.number("Wijkteam")
    await someone.does(Pressed(f"share:{number}:team_nameless:{wijkteam}", thanks[-1].id))
    await office.later()
    assert "Ik vroeg door." not in digest.text
    await office.week(1, 12)
    await office.friday(4, 12)
    assert "“Ik vroeg door.”\n– iemand uit" in office.team.fake_channel.messages[other][-1].text


# What is taken back


async def told(office: Office) -> tuple[SentMessage, str]:
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
    await office.people[1].does(Deleted(source))
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
    async with office.application.database.transaction() as session:
        await Vault.shred(session, number)
        await erase.erase_rows(session, number, office.team.clock())
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
    office.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    assert await office.friday() == []
    await office.people[0].presses("Terugnemen")
    office.team.clock.passes(minutes=5)
    await office.tick()
    [digest] = office.digests
    assert "Toch niet" not in digest.text


async def test_what_is_taken_back_while_the_digest_is_on_its_way_leaves_the_group(
    office: Office,
) -> None:
    class Slow(InterruptedChannel):
        """While it sends, somebody else does something."""

        async def send(
            self,
            to: str,
            message: Outgoing,
            key: str,
            *,
            urgent: bool = False,
            should_send: ShouldSend = always_send,
        ) -> str | None:
            """They take back what they shared, right before the words land."""
            if "Toch niet" in message.text and to == GROUP:
                await office.people[0].presses("Terugnemen")
            return await super().send(to, message, key, urgent=urgent, should_send=should_send)

    await office.week()
    await office.shares(0, "Toch niet.")
    office.team.clock.goes_to(27, 11, 15, 30)
    await again(office, Slow(office.team.fake_channel)).digests.tick()
    [digest] = office.digests
    assert "Toch niet" in digest.text
    await office.later()
    assert "Toch niet" not in digest.text and len(office.digests) == 1


async def test_when_the_group_is_gone_taking_back_troubles_nobody(office: Office) -> None:
    await told(office)
    office.team.fake_channel.fails_with = []
    await office.people[1].presses("Terugnemen")
    office.team.fake_channel.fails_with = [Unreachable("gone")]
    heard = len(office.lead.messages)
    await office.later()
    office.team.clock.passes(hours=1)
    assert await office.tick() == 0 and len(office.lead.messages) == heard
