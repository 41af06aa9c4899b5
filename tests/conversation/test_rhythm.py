"""Choosing days and a time."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.places import read_place
from bot.conversation.parsing.rhythm import read_rhythm
from bot.conversation.parsing.vocabulary import vocabulary
from bot.core.rhythm.load_spreading import CROWDED
from bot.core.rhythm.rhythm import WEEKEND, WORKWEEK, Rhythm, Weekday
from tests.support.fakes import AMSTERDAM, FakeMember, FixedClock
from tests.support.population import enrol

TUE_THU = frozenset({Weekday.TUESDAY, Weekday.THURSDAY})
NOW = Rhythm(TUE_THU, time(9, 30), AMSTERDAM)
ALL = frozenset(Weekday)
MON_WED_FRI = frozenset({Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.FRIDAY})


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


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        *((typed, time(9, 30)) for typed in ("0930", "930", "9u30", "9 u 30", "9h30", "9.30u")),
        *((typed, time(9, 30)) for typed in ("9,30", "9.30 uur", "9:30 am", "half tien")),
        *((typed, time(9, 30)) for typed in ("half 10", "half past nine", "half nine")),
        *((typed, time(9, 30)) for typed in ("’s ochtends half tien", "9:30 in the morning")),
        *((typed, time(9, 15)) for typed in ("kwart over negen", "quarter past 9", "9u15")),
        *((typed, time(9, 45)) for typed in ("kwart voor tien", "a quarter to ten")),
        *((typed, time(9, 25)) for typed in ("vijf voor half tien", "twenty-five past nine")),
        *(
            (typed, time(9))
            for typed in ("9am", "9 a.m.", "9 o'clock", "om 9", "at 9", "negen uur")
        ),
        *(
            (typed, time(12))
            for typed in ("noon", "12 uur 's middags", "12 uur ’s middags", "12 pm")
        ),
        *((typed, time(16, 30)) for typed in ("half vijf", "half past four", "1630", "4:30 p.m.")),
        *((typed, time(15)) for typed in ("3 uur", "drie uur", "'s middags 3 uur", "3 pm")),
        ("９：３０", time(9, 30)),
        ("9:30\u00a0uur", time(9, 30)),
    ],
)
def test_times_as_people_type_them(typed: str, at: time) -> None:
    assert read_rhythm(typed, NOW) == Rhythm(TUE_THU, at, AMSTERDAM)
    assert read_rhythm(f"ma vr {typed}", NOW).weekdays == {Weekday.MONDAY, Weekday.FRIDAY}
    assert read_rhythm(f"{typed}, ma en vr", NOW).at == at


@pytest.mark.parametrize(
    ("typed", "weekdays"),
    [
        *((f"ma{dash}vr", WORKWEEK) for dash in "-–—‒―−‐‑﹣－"),
        *((f"ma {dash} vr", WORKWEEK) for dash in "-–—"),
        *(
            (typed, WORKWEEK)
            for typed in ("ma t/m vr", "maandag tot en met vrijdag", "van ma tot vr")
        ),
        *((typed, WORKWEEK) for typed in ("mon to fri", "monday through friday")),
        *((typed, WORKWEEK) for typed in ("werkdagen", "doordeweeks", "elke werkdag", "weekdays")),
        *((typed, WORKWEEK) for typed in ("op werkdagen", "every working day", "door de week")),
        *((typed, WEEKEND) for typed in ("weekend", "in het weekend", "weekends", "za, zo")),
        *((typed, MON_WED_FRI) for typed in ("ma, wo en vr", "ma/wo/vr", "ma. wo. vr.")),
        *((typed, MON_WED_FRI) for typed in ("mon, wed & fri", "maandagen, woensdagen, vrijdagen")),
        *(
            (typed, MON_WED_FRI)
            for typed in ("“ma wo vr”", "‘ma wo vr’", "ma\u00a0wo\u00a0vr", "ＭＡ wo vr")
        ),
        *((typed, frozenset(Weekday)) for typed in ("elke dag", "dagelijks", "every day", "daily")),
    ],
)
def test_days_as_people_type_them(typed: str, weekdays: frozenset[Weekday]) -> None:
    assert read_rhythm(typed, NOW) == Rhythm(weekdays, time(9, 30), AMSTERDAM)
    assert read_rhythm(f"{typed} 10:00", NOW) == Rhythm(weekdays, time(10), AMSTERDAM)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        *((typed, "America/New_York") for typed in ("New York", "new york", "in New York")),
        *((typed, "America/New_York") for typed in ("America/New_York", "New York tijd")),
        *((typed, "Europe/London") for typed in ("Londen", "London", "Engeland", "London time")),
        ("Parijs", "Europe/Paris"),
        *((typed, "Europe/Brussels") for typed in ("Brussel", "Brussels", "België")),
        *((typed, "America/Curacao") for typed in ("Curaçao", "curacao")),
        ("Bonaire", "America/Kralendijk"),
        *((typed, "America/Paramaribo") for typed in ("Paramaribo", "Suriname")),
        ("Duitsland", "Europe/Berlin"),
        ("Port-au-Prince", "America/Port-au-Prince"),
        ("UTC", "UTC"),
    ],
)
def test_places_as_people_type_them(typed: str, zone: str) -> None:
    for words in (f"9:30 {typed}", f"{typed} 9:30", f"9:30 {typed} di do", typed):
        assert read_rhythm(words, NOW) == Rhythm(TUE_THU, time(9, 30), ZoneInfo(zone))


def test_no_place_is_called_what_means_something_else_in_a_rhythm() -> None:
    words = {*vocabulary().dates.weekdays, *vocabulary().dates.numbers, "uur", "om", "en", "dag"}
    assert [word for word in words if read_place(word)[0] is not None] == []


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
        ("om de dag 9:30", "rhythm.alternating"),
        ("every other day", "rhythm.alternating"),
        ("om de week di 9:30", "rhythm.alternating"),
        ("9:30 Amerika", "rhythm.many_times"),
        ("9:30 Verenigde Staten", "rhythm.many_times"),
        ("9:30 Spain", "rhythm.many_times"),
        ("weekend 6:00", "rhythm.quiet"),
        ("di acht uur ’s avonds", "rhythm.quiet"),
    ],
)
def test_what_cannot_be_followed(typed: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_rhythm(typed, NOW)
    assert caught.value.key == key


async def test_one_sentence_for_what_cannot_be_followed(member: FakeMember) -> None:
    await member.says("/ritme ooit eens")
    assert member.last.text == ("Ik begrijp “ooit eens” niet. Typ bijvoorbeeld: /ritme di do 9:30")
    assert (await member.member()).weekdays == WORKWEEK


@pytest.mark.parametrize(
    ("typed", "unclear", "clear"),
    [
        ("ma blub 9:30", "blub", "maandag om 9:30"),
        ("9:30 Atlantis", "Atlantis", "om 9:30"),
        ("elke dag behalve vrijdag", "behalve", "elke dag"),
        ("di do 9:30 10:30", "10:30", "dinsdag en donderdag om 9:30"),
        ("Londen 9:30 snachts", "snachts", "om 9:30 (tijd in Londen)"),
        ("foo di bar baz 9:30", "foo … bar baz", "dinsdag om 9:30"),
        ("zodra het in de stad sneeuwt, vr", "zodra het in de stad sneeuwt", "vrijdag"),
    ],
)
async def test_the_part_that_was_not_understood_is_named(
    member: FakeMember, typed: str, unclear: str, clear: str
) -> None:
    await member.says(f"/ritme {typed}")
    assert member.last.text == (
        f"Ik begrijp “{unclear}” niet. Wel begrijp ik: {clear}. Typ bijvoorbeeld: /ritme di do 9:30"
    )
    assert (await member.member()).weekdays == WORKWEEK


@pytest.mark.parametrize("example", ["di do 9:30", "9:30 New York", "ma wo vr 9:30"])
def test_the_examples_in_refusals_work(example: str) -> None:
    assert read_rhythm(example, NOW).at == time(9, 30)


async def test_a_zone_is_named_when_it_is_not_the_usual_one(member: FakeMember) -> None:
    await member.says("/ritme ma-vr 9:30 New York")
    assert "Je ritme is nu: elke werkdag om 9:30 (tijd in New York)." in member.last.text
    await member.says("/ritme")
    assert "(tijd in New York)" in member.last.text
    await member.presses("Woensdag om 15:00")
    assert "woensdag om 15:00 (tijd in New York)" in member.last.text
    await member.says("/start")
    assert "(tijd in New York)" in member.last.text
    await member.says("/ritme 9:30 Amsterdam")
    assert "tijd in" not in member.last.text


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
    assert "woensdag 25 november om 9:30" in member.last.text  # a day has one round
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
