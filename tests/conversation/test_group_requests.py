"""A code in a group connects nothing: the lead is asked in private, and can disconnect it again."""

import pytest

from bot.messages import Address, Incoming, Typed
from bot.store.admin import audit
from bot.store.schema.teams import InvitationKind
from bot.store.teams import teams
from tests.conversation.teams import GROUP, Team
from tests.support.fakes import FakeMember, FixedClock, SentMessage


async def strangers_group(team: Team, name: str | None = "Joost") -> SentMessage:
    """Somebody who got hold of a code types it in a group; what the group sees."""
    code = await team.code(InvitationKind.GROUP)
    await team.application.replies.handle(
        Incoming(
            f"strangers/{code}",
            Address(team.fake_channel.name, "iemand"),
            team.clock(),
            Typed(f"/start {code}", "1"),
            "nl",
            group=Address(team.fake_channel.name, GROUP),
            name=name,
            group_title="Borrel",
        )
    )
    return team.group[-1]


async def is_connected(team: Team) -> bool:
    """Whether the group is the team's."""
    async with team.application.database.reading() as session:
        return await teams.team_of_chat(session, team.fake_channel.name, GROUP) is not None


async def acts(team: Team) -> list[str]:
    """What the audit trail has."""
    async with team.application.database.reading() as session:
        return [entry.action async for entry in audit.entries(session)]


async def test_a_strangers_group_waits_for_the_lead(team: Team, lead: FakeMember) -> None:
    seen = await strangers_group(team)
    assert "Ik vraag eerst privé" in seen.text and "Griffie" not in seen.text
    for known in ("Griffie", "Borrel", "Joost", "Niet verbinden"):
        assert known in lead.last.text
    assert not await is_connected(team)
    await team.hears("/team")
    assert "hoort nog bij geen team" in team.group[-1].text


async def test_the_lead_refuses(team: Team, lead: FakeMember) -> None:
    await strangers_group(team, None)
    assert "iemand zonder naam" in lead.last.text
    question = lead.last
    await lead.presses("Niet verbinden")
    assert "niet verbonden" in question.text and "niet verbonden" in team.group[-1].text
    assert not await is_connected(team)
    await lead.taps(f"team:connect:{(await team.row()).id}:1:yes")
    assert not await is_connected(team)


async def test_the_lead_connects_and_disconnects(team: Team, lead: FakeMember) -> None:
    other = await team.member("other")
    await team.led_by(other)
    await strangers_group(team)
    await lead.presses("Verbind")
    assert await is_connected(team) and "hoort nu bij Griffie" in team.group[-1].text
    assert "is nu verbonden met een groep" in lead.last.text
    assert "is nu verbonden met een groep" in other.last.text
    await lead.presses("losmaken", lead.last)
    assert not await is_connected(team)
    assert "hoort niet meer bij Griffie" in team.group[-1].text
    assert (await acts(team))[-2:] == ["group_connected", "group_disconnected"]


async def test_a_lead_disconnects_it_from_the_overview_too(team: Team, lead: FakeMember) -> None:
    await strangers_group(team)
    await lead.presses("Verbind")
    await lead.says("/team")
    await lead.presses("losmaken", lead.last)
    assert not await is_connected(team)
    await lead.says("/team")
    assert not [label for label in lead.last.labels if "losmaken" in label]


async def test_nobody_but_a_lead_connects_it(team: Team, lead: FakeMember) -> None:
    member = await team.member("lid")
    await strangers_group(team)
    await member.taps(lead.last.action("Verbind"))
    assert not await is_connected(team)


async def test_two_leads_who_answer_do_it_once(team: Team, lead: FakeMember) -> None:
    other = await team.member("other")
    await team.led_by(other)
    await strangers_group(team)
    question = other.last
    await lead.presses("Niet verbinden")
    await other.presses("Verbind", question)
    assert not await is_connected(team)


async def test_the_question_is_good_for_a_day(
    team: Team, lead: FakeMember, clock: FixedClock
) -> None:
    await strangers_group(team)
    question = lead.last
    clock.passes(days=1)
    await lead.presses("Verbind", question)
    assert not await is_connected(team)


@pytest.mark.parametrize("is_led", [True, False])
async def test_without_a_lead_who_talks_with_the_bot_the_code_stays_good(
    team: Team, member: FakeMember, is_led: bool
) -> None:
    code = await team.code(InvitationKind.GROUP)
    if is_led:
        await team.led_by(FakeMember(team.application, team.fake_channel, team.clock, "away"))
    await team.hears(f"/start {code}")
    assert "Nog niemand die dat team leidt" in team.group[-1].text
    assert "Griffie" not in team.group[-1].text  # the code may have leaked
    await team.led_by(member)
    await team.hears(f"/start {code}")
    await member.presses("Verbind")
    assert await is_connected(team)
