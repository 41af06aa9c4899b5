"""Choosing days and a time."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.rhythm import read_rhythm
from bot.core.load_spreading import CROWDED
from bot.core.rhythm import WORKWEEK, Rhythm, Weekday
from tests.support.fakes import AMSTERDAM, FakeMember, FixedClock
from tests.support.population import enrol

TUE_THU = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
NOW = Rhythm(TUE_THU, time(9, 30), AMSTERDAM)
ALL = frozenset(Weekday)
WEEKEND = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})


@pytest.mark.parametrize(
    ("typed", "weekdays", "at"),
    [
        ("di do 9:30", TUE_THU, time(9, 30)),
        ("DI, DO om 9.30 uur", TUE_THU, time(9, 30)),
        ("tue and thu at 9:30", TUE_THU, time(9, 30)),
        ("dinsdag en donderdag 9u30", TUE_THU, time(9, 30)),
        ("tue thu 4:15 pm", TUE_THU, time(16, 15)),
        ("tue thu 12:15 pm", TUE_THU, time(12, 15)),
        ("ma-vr 9:00", WORKWEEK, time(9)),
        ("ma t/m vr 9 uur", WORKWEEK, time(9)),
        ("mon-fri 9:00", WORKWEEK, time(9)),
        ("elke werkdag 16:45", WORKWEEK, time(16, 45)),
        ("every workday 8:00", WORKWEEK, time(8)),
        ("ma-zo 19:59", ALL, time(19, 59)),
        ("elke dag 7:00", ALL, time(7)),
        ("every day 10:00", ALL, time(10)),
        ("za-zo 11:00", WEEKEND, time(11)),
        ("elke woensdag 15:00", frozenset({Weekday.WEDNESDAY}), time(15)),
        ("10:00", TUE_THU, time(10)),
        ("ma wo", frozenset({Weekday.MONDAY, Weekday.WEDNESDAY}), time(9, 30)),
        (
            "vr-ma 9:30",
            frozenset({Weekday.FRIDAY, Weekday.SATURDAY, Weekday.SUNDAY, Weekday.MONDAY}),
            time(9, 30),
        ),
    ],
)
def test_days_and_times_as_people_type_them(
    typed: str, weekdays: frozenset[Weekday], at: time
) -> None:
    assert read_rhythm(typed, NOW) == Rhythm(weekdays, at, AMSTERDAM)


@pytest.mark.parametrize("zone", ["America/Curacao", "america/curacao", "Curaçao", "curacao"])
def test_a_zone_can_come_last(zone: str) -> None:
    assert read_rhythm(f"ma 9:30 {zone}", NOW).zone == ZoneInfo("America/Curacao")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("morgenochtend", "rhythm.unclear"),
        ("ma blub 9:30", "rhythm.unclear"),
        ("25:00", "rhythm.no_such_time"),
        ("di 9:75", "rhythm.no_such_time"),
        ("di 6:59", "rhythm.quiet"),
        ("di 20:00", "rhythm.quiet"),
        ("di do 9:30 10:30", "rhythm.unclear"),
        ("di-", "rhythm.unclear"),
        ("ma-wo-vr", "rhythm.unclear"),
        ("-", "rhythm.unclear"),
        ("{days} 9:30", "rhythm.unclear"),
    ],
)
def test_what_cannot_be_followed(typed: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_rhythm(typed, NOW)
    assert caught.value.key == key


async def test_one_sentence_for_what_cannot_be_followed(member: FakeMember) -> None:
    await member.says("/ritme ooit eens")
    assert member.last.text == (
        "Ik begrijp “ooit eens” niet als dagen. Typ bijvoorbeeld: /ritme di do 9:30"
    )
    assert (await member.member()).weekdays == WORKWEEK


async def test_without_arguments_it_is_shown_with_choices(member: FakeMember) -> None:
    await member.says("/ritme")
    assert "Je ritme is nu: elke werkdag om 9:30." in member.last.text
    await member.presses("Woensdag om 15:00")
    assert "Je ritme is nu: woensdag om 15:00." in member.last.text
    assert "woensdag 25 november om 15:00" in member.last.text


async def test_a_command_may_stand_in_any_letter_case_and_language(member: FakeMember) -> None:
    await member.says("/RHYTHM@olievlek_bot fri 10:00")
    assert "vrijdag om 10:00" in member.last.text


async def test_a_moment_of_today_comes_today(member: FakeMember, clock: FixedClock) -> None:
    await member.says("/ritme ma-zo 10:02")
    clock.goes_to(23, 11, 10, 2)
    assert (await member.waits_for_nudge()).labels[0] == "Gedaan"
    assert clock() == (await member.nudges())[0].round_at


async def test_a_move_to_curacao_keeps_the_local_time(member: FakeMember) -> None:
    await member.round("Gedaan", "In Amsterdam")
    await member.says("/ritme ma-vr 9:30 America/Curacao")
    assert "dinsdag 24 november om 9:30" in member.last.text
    nudge = await member.waits_for_nudge()
    assert (await member.nudges())[-1].round_at.hour == 13
    await member.presses("Gedaan", nudge)
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_a_crowded_minute_is_not_offered(member: FakeMember, clock: FixedClock) -> None:
    rhythm = Rhythm(WORKWEEK, time(9, 0), AMSTERDAM)
    await enrol(
        member.application.database, dict.fromkeys(range(1001, 1001 + CROWDED), rhythm), clock()
    )
    await member.says("/ritme")
    assert "Elke werkdag om 9:01" in member.last.labels
    assert "Dinsdag en donderdag om 9:30" in member.last.labels
    await member.presses("Elke werkdag om 9:01")
    assert "elke werkdag om 9:01" in member.last.text
    await member.says("/ritme 9:00")  # who asks for a minute gets it
    assert "elke werkdag om 9:00" in member.last.text
