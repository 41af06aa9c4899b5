"""Codes that are guessed: slowed in each chat, counted, logged without saying who, and no more."""

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from bot.app import Application
from bot.core.privacy.guess_limits import OVERALL, PER_CHAT
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

TOO_MANY = "Hier zijn te veel codes getypt die niet kloppen. Probeer het over 60 minuten weer."


def wrong_codes(kind: str) -> float:
    """What /metrics says."""
    return REGISTRY.get_sample_value("olievlek_wrong_codes_total", {"kind": kind}) or 0


@pytest.mark.parametrize(("command", "kind"), [("/koppel", "link"), ("/start", "invitation")])
async def test_a_guesser_is_slowed_and_told_when_to_try_again(
    member: FakeMember, team: Team, clock: FixedClock, command: str, kind: str
) -> None:
    right = await team.code()
    before = wrong_codes(kind)
    for number in range(PER_CHAT):
        await member.says(f"{command} AAAA-AAA{number}")
        assert member.last.text != TOO_MANY
    await member.says(f"{command} {right}")
    assert member.last.text == TOO_MANY
    assert wrong_codes(kind) == before + PER_CHAT
    clock.passes(hours=1)
    await member.says(f"/start {right}")
    assert "Je hoort nu bij Griffie" in member.last.text


async def test_an_honest_chat_gets_in_while_others_guess(
    application: Application, fake_channel: FakeChannel, team: Team, clock: FixedClock
) -> None:
    for number in range(OVERALL // PER_CHAT + 1):
        for guess in range(PER_CHAT):
            chat = FakeMember(application, fake_channel, clock, f"guesser-{number}")
            chat.said = guess
            await chat.says("/koppel AAAA-AAAA")
    last = FakeMember(application, fake_channel, clock, "one-more")
    await last.says("/koppel AAAA-AAAA")
    await last.says("/koppel AAAA-AAAA")
    assert last.last.text == TOO_MANY
    honest = FakeMember(application, fake_channel, clock, "honest")
    await honest.says(f"/start {await team.code()}")
    assert "Je hoort nu bij Griffie" in honest.messages[0].text


async def test_a_group_code_is_counted_with_whoever_types_it(
    member: FakeMember, team: Team, clock: FixedClock
) -> None:
    before = wrong_codes("group")
    for _ in range(PER_CHAT):
        await team.hears("/start AAAA-AAAA")
    assert wrong_codes("group") == before + PER_CHAT
    await team.hears("/start AAAA-AAAA")
    assert team.group[-1].text == TOO_MANY
    await member.says("/start AAAA-AAAA")
    assert member.last.text != TOO_MANY


async def test_the_log_has_a_line_a_minute_without_any_chat(
    member: FakeMember, clock: FixedClock
) -> None:
    with capture_logs() as lines:
        for _ in range(3):
            await member.says("/koppel AAAA-AAAA")
        clock.passes(minutes=1)
        await member.says("/koppel AAAA-AAAA")
    told = [line for line in lines if line["event"] == "wrong codes typed"]
    assert [line["count"] for line in told] == [1, 3]
    assert str(member.address.id) not in str(told)
