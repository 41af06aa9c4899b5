"""A line of their own back: once a month, and when a challenge comes again."""

from sqlalchemy import delete

from bot.store.schema.challenges import PublicationRow
from tests.support.fakes import FakeMember, FixedClock

WROTE = "De kapper weet alles"


async def asked_after(member: FakeMember, answer: str = "Gedaan") -> str:
    """Returns the question after an answer to a challenge of their own asking."""
    await member.says("/nu")
    await member.presses(answer)
    return member.last.text


async def test_after_a_month_they_read_what_they_wrote_and_what_they_say_now_is_kept(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan", WROTE)
    clock.passes(days=10)
    assert WROTE not in await asked_after(member)
    clock.passes(days=20)
    asked = await asked_after(member)
    assert f"Een maand geleden schreef je: “{WROTE}”\n\nWat doe je nu anders?" in asked
    assert member.last.labels == ["Overslaan"]
    await member.says("Ik vraag eerder door")
    await member.says("/terugblik")
    assert "“Ik vraag eerder door”" in member.last.text


async def test_once_a_month_is_enough(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan", WROTE)
    clock.passes(days=28)
    assert WROTE in await asked_after(member)
    clock.passes(days=1)
    assert WROTE not in await asked_after(member)


async def test_a_long_one_is_cut_off(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan", "woord " * 200)
    clock.passes(days=28)
    asked = await asked_after(member)
    assert "woord…”" in asked and len(asked) < 500


async def test_nobody_else_gets_it(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan", WROTE)
    joost = FakeMember(member.application, member.fake_channel, clock, "joost")
    await joost.joins()
    clock.passes(days=28)
    assert WROTE not in await asked_after(joost)


async def test_a_second_lap_says_so_and_shows_what_they_wrote_then(
    member: FakeMember, clock: FixedClock
) -> None:
    only = (await member.waits_for_nudge()).text
    async with member.application.database.transaction() as session:
        [nudge] = await member.nudges()
        name = nudge.challenge.set_name
        await session.execute(delete(PublicationRow).where(PublicationRow.set_name != name))
    await member.presses("Gedaan")
    await member.says(WROTE)
    task = only.split("\n\n")[1]
    for _ in range(30):
        await member.says("/nu")
        assert WROTE not in member.last.text  # a locked screen may show it
        if task in member.last.text:
            break
        await member.presses("Niet nu")
    assert member.last.text.startswith("Deze had je al eens.")
    await member.presses("Gedaan")
    assert f"Op 24 nov 2026 schreef je: “{WROTE}”" in member.last.text
