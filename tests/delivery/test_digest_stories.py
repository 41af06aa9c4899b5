"""What members shared, as their team's group hears it, and as it leaves the group again."""

from collections.abc import Awaitable, Callable

import pytest

from bot.channels.base import ShouldSend, TemporaryFailure, Unreachable, always_send
from bot.messages import Deleted, Outgoing, Pressed
from bot.store.lifecycle import erase
from tests.conversation.teams import GROUP, number_of
from tests.delivery.begun_team import group, prepared_copy
from tests.delivery.team_chat import QUESTION, InterruptedChannel, TeamChat, another_process
from tests.support.fakes import SentMessage

__all__ = ["group", "prepared_copy"]  # fixtures


NAMELESS = "Deel zonder naam"


# What was shared


async def test_three_stories_at_most_and_the_oldest_first(group: TeamChat) -> None:
    await group.week(did=5)
    for number in range(5):
        await group.shares(number, f"Verhaal {number}.")
    [digest] = await group.friday()
    assert [f"Verhaal {n}." in digest.text for n in range(5)] == [True, True, True, False, False]
    await group.week(1, 12)
    _, second = await group.friday(4, 12)
    assert [f"Verhaal {n}." in second.text for n in range(5)] == [False] * 3 + [True] * 2


async def test_a_story_is_told_whole_or_not_at_all(group: TeamChat) -> None:
    await group.week()
    whole = "Ik zei nee. " * 73 + "Of nee, toch ja."
    await group.shares(0, whole)
    await group.shares(1, "x" * 901)
    await group.shares(2, "Kort.")
    [digest] = await group.friday()
    assert f"“{whole}”" in digest.text and "“Kort.”" in digest.text and "xx" not in digest.text


async def test_without_a_name_there_is_none(group: TeamChat) -> None:
    digest = await digest_without_names(group)
    assert "“Van de tweede.”\n– iemand uit het team" in digest.text and "Lid" not in digest.text


async def test_a_story_without_a_name_waits_for_one_of_somebody_else(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Ik vroeg door.", NAMELESS)
    await group.shares(1, "Met naam.")
    [digest] = await group.friday()
    assert "vroeg" not in digest.text and "– Lid2" in digest.text
    await group.week(1, 12)
    await group.shares(2, "Aan het eind pas.", NAMELESS)
    _, second = await group.friday(4, 12)
    assert second.text.index("Aan het eind") < second.text.index("Ik vroeg")  # as their words go


async def test_what_was_not_shared_is_not_told(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Voor mij.", "Alleen voor mij")
    await group.people[1].says("Zonder antwoord op de vraag.")
    [digest] = await group.friday()
    assert "mij" not in digest.text and "antwoord" not in digest.text
    assert "collega’s" not in digest.text


async def test_what_is_written_after_sharing_is_not_shared(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Het ging goed.")
    member = group.people[0]
    [nudge] = [sheet for sheet in member.messages if "Lef:" in sheet.text]
    group.team.clock.passes(hours=1)
    await member.says("Eigenlijk was het vreselijk.", reply_to=nudge)
    [digest] = await group.friday()
    assert "Het ging goed." in digest.text and "vreselijk" not in digest.text
    await member.presses("Deel met je team")
    await member.presses("Deel met naam")
    await group.later()
    assert "Het ging goed.\nEigenlijk was het vreselijk." in digest.text


async def test_a_second_share_takes_it_from_the_first_team(group: TeamChat) -> None:
    other = await group.second_team()
    await group.week()
    member = group.people[0]
    await member.says("Ik vroeg door.")
    await member.presses("Deel met je team")
    await member.presses("Deel met naam")
    await member.presses("Griffie")
    [digest] = await group.friday()
    assert "Ik vroeg door." in digest.text
    assert "Ik vroeg door." not in group.team.fake_channel.messages[other][-1].text
    thanks = [sheet for sheet in member.messages if "Terugnemen" in sheet.labels]
    number = (await member.nudges())[0].id
    wijkteam = await group.team_id("Wijkteam")
    await member.does(Pressed(f"share:{number}:team:{wijkteam}", thanks[-1].id))
    await group.later()
    assert "Ik vroeg door." not in digest.text
    await group.week(1, 12)
    await group.friday(4, 12)
    assert "“Ik vroeg door.”\n– Lid1" in group.team.fake_channel.messages[other][-1].text


# What is taken back


async def digest_with_two_stories(group: TeamChat) -> tuple[SentMessage, str]:
    """Returns a digest with stories of the first two members, and the second one's message."""
    await group.week()
    await group.shares(0, "Van de eerste.")
    source = await group.shares(1, "Van de tweede.")
    [digest] = await group.friday()
    assert "Van de eerste." in digest.text and "Van de tweede." in digest.text
    return digest, source


async def test_taking_it_back_takes_it_from_the_group(group: TeamChat) -> None:
    digest, _ = await digest_with_two_stories(group)
    await group.people[1].presses("Terugnemen")
    await group.later()
    assert (
        "tweede" not in digest.text and "Van de eerste." in digest.text and QUESTION in digest.text
    )
    assert digest.edits == 1
    await group.later()
    assert digest.edits == 1 and len(group.digests) == len(group.pictures) == 1


async def test_editing_it_changes_it_in_the_group(group: TeamChat) -> None:
    digest, source = await digest_with_two_stories(group)
    await group.people[1].edits(source, "Ik bedoelde het anders.")
    await group.later()
    assert "tweede" not in digest.text and "Ik bedoelde het anders." in digest.text


async def test_a_story_that_grew_too_long_keeps_no_other_in_the_group(group: TeamChat) -> None:
    digest, source = await digest_with_two_stories(group)
    await group.people[1].edits(source, "Van de tweede, en nog iets. " * 400)
    await group.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_withdrawing_the_message_takes_it_from_the_group(group: TeamChat) -> None:
    digest, source = await digest_with_two_stories(group)
    await group.people[1].does(Deleted(source))
    await group.later()
    assert "tweede" not in digest.text


async def test_who_is_erased_in_the_chat_is_gone_from_the_group(group: TeamChat) -> None:
    digest, _ = await digest_with_two_stories(group)
    await group.people[1].says("/vergeetmij")
    await group.people[1].presses("Ja, wis alles")
    await group.later()
    assert "tweede" not in digest.text and "Lid2" not in digest.text
    assert "Van de eerste." in digest.text
    assert not any("zonder je naam" in sheet.text for sheet in group.people[1].messages)


async def test_who_is_erased_on_the_command_line_is_gone_from_the_group(
    group: TeamChat,
) -> None:
    digest, _ = await digest_with_two_stories(group)
    number = await number_of(group.people[1])
    async with group.application.database.transaction() as session:
        await erase.erase_member(session, group.application.vault, number, group.team.clock())
    await group.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_who_leaves_takes_their_stories_along(group: TeamChat) -> None:
    digest, _ = await digest_with_two_stories(group)
    await group.people[1].says("/team verlaat")
    await group.people[1].presses("Ja, ik ga weg")
    await group.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_who_is_taken_out_is_taken_from_the_group(group: TeamChat) -> None:
    digest, _ = await digest_with_two_stories(group)
    await group.lead.says("/team leden")
    await group.lead.presses("Lid2 uit het team")
    await group.lead.presses("Ja, haal Lid2 eruit")
    await group.later()
    assert "tweede" not in digest.text and "Van de eerste." in digest.text


async def test_what_is_taken_back_before_friday_is_never_told(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Toch niet.")
    await group.people[0].presses("Terugnemen")
    [digest] = await group.friday()
    assert "Toch niet" not in digest.text


async def test_what_is_taken_back_while_the_digest_waits_is_never_told(group: TeamChat) -> None:
    await group.week()
    await group.shares(0, "Toch niet.")
    group.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    assert await group.friday() == []
    await group.people[0].presses("Terugnemen")
    group.team.clock.passes(minutes=5)
    await group.tick()
    [digest] = group.digests
    assert "Toch niet" not in digest.text


async def test_what_is_taken_back_while_the_digest_is_on_its_way_leaves_the_group(
    group: TeamChat,
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
                await group.people[0].presses("Terugnemen")
            return await super().send(to, message, key, urgent=urgent, should_send=should_send)

    await group.week()
    await group.shares(0, "Toch niet.")
    group.team.clock.goes_to(27, 11, 15, 30)
    await another_process(group, Slow(group.team.fake_channel)).digest_sender.tick()
    [digest] = group.digests
    assert "Toch niet" in digest.text
    await group.later()
    assert "Toch niet" not in digest.text and len(group.digests) == 1


async def test_when_the_group_is_gone_taking_back_troubles_nobody(group: TeamChat) -> None:
    await digest_with_two_stories(group)
    group.team.fake_channel.fails_with = []
    await group.people[1].presses("Terugnemen")
    group.team.fake_channel.fails_with = [Unreachable("gone")]
    before = len(group.lead.messages)
    await group.later()
    group.team.clock.passes(hours=1)
    assert await group.tick() == 0 and len(group.lead.messages) == before


# What has no name


async def digest_without_names(group: TeamChat, also_named: bool = False) -> SentMessage:
    """Returns a digest with nameless stories of the second and the third member."""
    await group.week()
    if also_named:
        await group.shares(0, "Van de eerste.")
    await group.shares(1, "Van de tweede.", NAMELESS)
    await group.shares(2, "Van de derde.", NAMELESS)
    return (await group.friday())[0]


async def leaves(group: TeamChat) -> None:
    """The second member leaves the team."""
    await group.people[1].says("/team verlaat")
    await group.people[1].presses("Ja, ik ga weg")


async def takes_back(group: TeamChat) -> None:
    """The second member takes back what they shared."""
    await group.people[1].presses("Terugnemen")
    told = group.people[1].messages[-1].text
    assert "Uit de groep gaat het bij het volgende weekbericht" in told


async def is_erased(group: TeamChat) -> None:
    """The second member has everything erased, and hears what stands in the group until when."""
    await group.people[1].says("/vergeetmij")
    await group.people[1].presses("Ja, wis alles")
    told = "\n".join(sheet.text for sheet in group.people[1].messages)
    assert "Een verhaal zonder je naam gaat bij het volgende weekbericht uit de groep" in told


async def nothing(_: TeamChat) -> None:
    """Nobody does anything."""


@pytest.mark.parametrize("happens", [nothing, leaves, takes_back, is_erased])
async def test_nameless_stories_leave_together_with_the_next_digest_whatever_happens(
    group: TeamChat, happens: Callable[[TeamChat], Awaitable[None]]
) -> None:
    digest = await digest_without_names(group)
    before = digest.text
    await happens(group)
    await group.later()
    for day, month in ((30, 11), (3, 12)):
        group.team.clock.goes_to(day, month, 15, 29)
        await group.tick()
    assert digest.text == before and digest.edits == 0
    await group.week(1, 12, did=1)
    await group.friday(4, 12)
    assert "“" not in digest.text and QUESTION in digest.text
    assert "Er stonden hier ook verhalen zonder naam." in digest.text
    await group.later()
    assert digest.edits == 1


async def test_when_a_named_story_is_taken_back_all_nameless_ones_go_along(
    group: TeamChat,
) -> None:
    digest = await digest_without_names(group, also_named=True)
    await leaves(group)
    await group.later()
    assert digest.edits == 0
    await group.people[0].presses("Terugnemen")
    await group.later()
    assert "“" not in digest.text and digest.edits == 1
    await group.week(1, 12)
    await group.friday(4, 12)
    assert digest.edits == 1


async def test_a_nameless_story_that_is_taken_back_before_friday_takes_the_other_along(
    group: TeamChat,
) -> None:
    await group.week()
    await group.shares(1, "Van de tweede.", NAMELESS)
    await group.shares(2, "Van de derde.", NAMELESS)
    group.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    assert await group.friday() == []
    await group.people[1].presses("Terugnemen")
    group.team.clock.passes(minutes=5)
    await group.tick()
    [digest] = group.digests
    assert "“" not in digest.text and "zonder naam" not in digest.text
    await group.week(1, 12)
    await group.friday(4, 12)
    assert "zonder naam" not in digest.text


async def test_after_a_retry_the_nameless_stories_stay_for_their_week(group: TeamChat) -> None:
    await group.week()
    await group.shares(1, "Van de tweede.", NAMELESS)
    await group.shares(2, "Van de derde.", NAMELESS)
    group.team.fake_channel.fails_with = [TemporaryFailure("slow")]
    assert await group.friday() == []
    group.team.clock.passes(minutes=5)
    await group.tick()
    await group.later()
    [digest] = group.digests
    assert "Van de tweede." in digest.text and digest.edits == 0
