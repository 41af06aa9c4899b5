"""A nudge and its five answers."""

import pytest
from sqlalchemy import text

from bot.app import Application
from bot.channels.base import SendError
from bot.messages import Pressed, Typed
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

FIVE = ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]


async def test_done_then_a_reflection_then_the_streak_grows(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    assert nudge.labels == FIVE
    await member.presses("Gedaan")
    assert nudge.labels == []
    assert "✅ Gedaan" in nudge.text
    assert member.last.labels == ["Overslaan"]
    question = member.last
    await member.says("Ik hoorde iets nieuws")
    assert question.labels == []
    assert "Je reeks: 1 ronde." in member.last.text
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_trying_is_praised_and_counts_as_much(member: FakeMember) -> None:
    await member.round("Geprobeerd")
    assert "Dat telt net zo goed" in member.last.text
    await member.presses("Overslaan")
    assert member.last.text.startswith("Je reeks: 1 ronde.")
    assert "1 geprobeerd" in (await said_of_streak(member))


async def said_of_streak(someone: FakeMember) -> str:
    """All that /reeks says."""
    await someone.says("/reeks")
    return someone.last.text


async def test_pressing_twice_changes_nothing_twice_and_is_answered(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    press = Pressed(nudge.action("Gedaan"), nudge.id)
    await member.does(press)
    before = await member.nudges()
    messages = len(member.messages)
    await member.does(press)
    assert member.notice == "Deze had je al beantwoord. Er verandert niets."
    assert len(member.messages) == messages
    assert [row.answered_at for row in await member.nudges()] == [before[0].answered_at]


async def test_a_press_that_the_platform_tells_twice_is_heard_once(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    press = Pressed(nudge.action("Gedaan"), nudge.id)
    await member.does(press, key="told-twice")
    messages = len(member.messages)
    await member.does(press, key="told-twice")
    assert len(member.messages) == messages
    assert len([row for row in await member.nudges() if row.answer]) == 1


async def test_a_text_that_the_platform_tells_twice_is_heard_once(member: FakeMember) -> None:
    await member.does(Typed("/nu", "m1"), key="told-twice")
    messages = len(member.messages)
    await member.does(Typed("/nu", "m1"), key="told-twice")
    assert (len(member.messages), len(await member.nudges())) == (messages, 1)


async def test_a_question_that_could_not_be_sent_comes_once_however_often_they_press(
    member: FakeMember, fake_channel: FakeChannel, application: Application, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    press = Pressed(nudge.action("Gedaan"), nudge.id)
    fake_channel.fails_with = [SendError("gone")]
    await member.does(press)
    await member.does(press)
    assert member.last is nudge
    clock.passes(seconds=5)
    assert await application.outbox_sender.tick() == 1
    assert member.last.labels == ["Overslaan"]
    assert [sheet.labels for sheet in member.messages].count(["Overslaan"]) == 1
    await member.says("Toch nog")
    assert "Je reeks: 1 ronde." in member.last.text


async def test_a_done_nudge_does_not_come_back_for_another_round(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Later", nudge)
    await member.presses("Morgen", nudge)
    clock.goes_to(24, 11, 15)
    await member.says("/nu")
    await member.presses("Gedaan")
    fresh = await member.waits_for_nudge()
    assert fresh.text.splitlines()[0] != nudge.text.splitlines()[0]
    await member.presses("Gedaan", fresh)
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_a_nudge_put_off_to_the_next_round_is_that_round(member: FakeMember) -> None:
    tuesday = await member.waits_for_nudge()
    later = Pressed(tuesday.action("Later"), tuesday.id)
    await member.round("Gedaan", "Woensdag")
    await member.does(later)
    await member.presses("Morgen", tuesday)
    thursday = await member.waits_for_nudge()
    assert thursday.text.splitlines()[0] == tuesday.text.splitlines()[0]
    await member.presses("Gedaan", thursday)
    assert "al voorbij" not in member.last.text
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_skipping_an_old_question_leaves_the_new_one_open(member: FakeMember) -> None:
    await member.round("Gedaan")
    old = member.last
    await member.round("Gedaan")
    await member.presses("Overslaan", old)
    await member.says("Over vandaag")
    assert "Bewaard bij" in member.last.text


async def test_an_extra_challenge_that_was_left_does_not_hold_up_a_later_one(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/ritme di 9:30")
    await member.round("Gedaan")
    await member.says("/nu")
    clock.goes_to(26, 11, 12)
    await member.says("/nu")
    await member.presses("Gedaan", member.last)
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_yesterdays_nudge_can_still_be_pressed_but_counts_no_more(member: FakeMember) -> None:
    yesterday = await member.waits_for_nudge()
    await member.waits_for_nudge()
    await member.presses("Gedaan", yesterday)
    assert "De ronde was al voorbij" in member.last.text
    assert await member.streak() == "Je reeks: 0 rondes."


async def test_a_late_answer_before_the_next_round_counts(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    clock.passes(hours=23)
    await member.presses("Gedaan", nudge)
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_not_now_is_fine(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Niet nu")
    assert member.notice == "Prima, dan niet nu."
    assert nudge.labels == ["Toch doen", "Kwam niet voor"] and "Niet nu" in nudge.text
    await member.does(Pressed(f"notnow:{(await member.nudges())[0].id}", nudge.id))
    assert member.notice is not None
    assert "al beantwoord" in member.notice


async def test_another_twice_at_the_most(member: FakeMember) -> None:
    first = await member.waits_for_nudge()
    await member.presses("Andere", first)
    second = member.last
    assert "Geruild" in first.text and first.labels == ["Past niet bij mijn werk"]
    await member.presses("Andere", second)
    third = member.last
    assert len({first.text.split("\n")[0], second.text.split("\n")[0], third.text}) == 3
    await member.presses("Andere", third)
    assert member.notice is not None and "Twee keer ruilen" in member.notice
    assert third.labels == FIVE
    await member.presses("Gedaan", third)
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_a_swapped_nudge_stays_swapped(member: FakeMember) -> None:
    first = await member.waits_for_nudge()
    action = first.action("Gedaan")
    await member.presses("Andere", first)
    await member.does(Pressed(action, first.id))
    assert member.notice is not None and "geruild" in member.notice
    assert await member.streak() == "Je reeks: 0 rondes."


@pytest.mark.parametrize(
    ("choice", "moment"),
    [
        ("Over een uur", "dinsdag 24 november om 10:30"),
        ("Eind van de middag", "dinsdag 24 november om 16:30"),
        ("Morgen", "woensdag 25 november om 9:30"),
    ],
)
async def test_later_comes_again_at_the_chosen_moment(
    member: FakeMember, clock: FixedClock, choice: str, moment: str
) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Later", nudge)
    assert len(nudge.labels) == 3
    await member.presses(choice, nudge)
    assert member.notice == f"Je krijgt hem weer: {moment}."
    assert nudge.labels == [] and moment in nudge.text
    again = await member.waits_for_nudge()
    assert again.labels == FIVE and again.text.splitlines()[0] == nudge.text.splitlines()[0]
    assert again is not nudge
    await member.presses("Gedaan", again)
    assert await member.streak() == "Je reeks: 1 ronde."
    assert len(await member.nudges()) == 1


async def test_late_in_the_day_only_tomorrow_is_left(member: FakeMember, clock: FixedClock) -> None:
    nudge = await member.waits_for_nudge()
    clock.goes_to(24, 11, 19, 30)
    await member.presses("Later", nudge)
    assert nudge.labels == ["Morgen (9:30)"]


async def test_on_friday_tomorrow_is_monday(member: FakeMember, clock: FixedClock) -> None:
    clock.goes_to(27, 11, 9)
    await member.says("/nu")
    await member.presses("Later")
    assert member.last.labels[-1] == "maandag 30 november (9:30)"


async def test_a_moment_that_passed_meanwhile_is_offered_anew(
    member: FakeMember, clock: FixedClock
) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Later", nudge)
    clock.goes_to(24, 11, 17)
    await member.presses("Eind van de middag", nudge)
    assert member.notice is not None and "al voorbij" in member.notice


async def test_done_while_it_was_put_off_is_not_sent_again(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    done = Pressed(nudge.action("Gedaan"), nudge.id)
    await member.presses("Later", nudge)
    await member.presses("Over een uur", nudge)
    await member.does(done)
    [row] = await member.nudges()
    assert row.send_at is None


async def test_now_joins_the_open_round_and_costs_nothing(member: FakeMember) -> None:
    await member.waits_for_nudge()
    await member.says("/nu")
    first, second = await member.nudges()
    assert first.round_at == second.round_at
    await member.presses("Gedaan", member.last)
    assert await member.streak() == "Je reeks: 1 ronde."


async def test_now_on_a_free_day_counts_once_a_day(member: FakeMember) -> None:
    for _ in range(2):
        await member.says("/nu")
        await member.presses("Gedaan")
    assert await member.streak() == "Je reeks: 1 ronde."


@pytest.mark.parametrize(
    "action", ["done:999", "done:x", "nonsense", "", "done:²", "rhythm:9@x", "absence:soon"]
)
async def test_a_button_of_nowhere_is_answered(member: FakeMember, action: str) -> None:
    await member.does(Pressed(action, "old"))
    assert member.notice is not None and "werkt niet meer" in member.notice


async def test_a_made_up_choice_of_a_real_nudge_is_answered(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    number = (await member.nudges())[0].id
    for action in (f"lateron:{number}:never", f"lateron:{number}", f"share:{number}:everyone"):
        await member.does(Pressed(action, nudge.id))
        assert member.notice is not None and "werkt niet meer" in member.notice


async def test_nobody_can_press_someone_elses_nudge(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    stranger = FakeMember(member.application, member.fake_channel, member.clock, "joost")
    await stranger.joins()
    await stranger.does(Pressed(nudge.action("Gedaan"), nudge.id))
    assert stranger.notice is not None and "werkt niet meer" in stranger.notice
    assert (await member.nudges())[0].answer is None


async def test_answers_can_be_typed(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.says("Gedaan!")
    assert nudge.labels == [] and member.last.labels == ["Overslaan"]
    await member.says("overslaan")
    assert member.last.text.startswith("Je reeks: 1 ronde.")


async def test_without_another_challenge_nothing_is_swapped(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    async with member.application.database.transaction() as session:
        await session.execute(text("DELETE FROM publications"))
    await member.presses("Andere", nudge)
    assert "geen uitdagingen klaar" in member.last.text
    assert (await member.nudges())[0].answer is None
    assert nudge.labels == FIVE


async def test_no_challenges_is_told(member: FakeMember) -> None:
    async with member.application.database.transaction() as session:
        await session.execute(text("DELETE FROM publications"))
    await member.says("/nu")
    assert "geen uitdagingen klaar" in member.last.text
