"""Days off that do not break a streak."""

from datetime import UTC, date, datetime

import pytest

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.absences import read_absence
from bot.messages import Pressed
from tests.support.fakes import FakeMember, FixedClock

MONDAY = date(2026, 11, 23)
NEXT_WEEK = (date(2026, 11, 30), date(2026, 12, 6))
MON_WED = (date(2026, 11, 30), date(2026, 12, 2))
WEEKEND = (date(2026, 11, 28), date(2026, 11, 29))
FRIDAY = (date(2026, 12, 4), date(2026, 12, 4))
CHRISTMAS = (date(2026, 12, 24), date(2027, 1, 3))


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("", MONDAY, None),
        ("tot 3 jan", MONDAY, date(2027, 1, 2)),
        ("until 3 jan", MONDAY, date(2027, 1, 2)),
        ("t/m 3 jan", MONDAY, date(2027, 1, 3)),
        ("tot en met 3 januari", MONDAY, date(2027, 1, 3)),
        ("through 3 january", MONDAY, date(2027, 1, 3)),
        ("24 dec - 3 jan", *CHRISTMAS),
        ("24 dec – 3 jan", *CHRISTMAS),
        ("24 dec-3 jan", *CHRISTMAS),
        ("24-28 dec", date(2026, 12, 24), date(2026, 12, 28)),
        ("van 24 dec t/m 3 jan", *CHRISTMAS),
        ("from 24 dec until 4 jan", *CHRISTMAS),
        ("vanaf 24 dec", date(2026, 12, 24), None),
        ("morgen", date(2026, 11, 24), date(2026, 11, 24)),
        ("vrijdag", date(2026, 11, 27), date(2026, 11, 27)),
        ("maandag", date(2026, 11, 30), date(2026, 11, 30)),
        ("vandaag", MONDAY, MONDAY),
        ("2026-12-01", date(2026, 12, 1), date(2026, 12, 1)),
        ("16 nov - 20 nov", date(2026, 11, 16), date(2026, 11, 20)),
        ("2 weken", MONDAY, date(2026, 12, 6)),
        ("een week", MONDAY, date(2026, 11, 29)),
        ("3 days", MONDAY, date(2026, 11, 25)),
        ("10 nov 2027 t/m 14 nov 2027", date(2027, 11, 10), date(2027, 11, 14)),
        ("tot 20 nov 2027", MONDAY, date(2027, 11, 19)),
        *((f"24 dec {dash} 3 jan", *CHRISTMAS) for dash in "-–—‒―−"),
        *((f"24 dec{dash}3 jan", *CHRISTMAS) for dash in "-–—‒―−"),
        *((f"24{dash}28 dec", date(2026, 12, 24), date(2026, 12, 28)) for dash in "–—"),
        ("24\u00a0dec t/m 3\u00a0jan", *CHRISTMAS),
        ("“24 dec - 3 jan”.", *CHRISTMAS),
        ("24 dec to 3 jan", *CHRISTMAS),
        ("van 24 t/m 28 dec", date(2026, 12, 24), date(2026, 12, 28)),
        ("30 nov - 4 dec", date(2026, 11, 30), date(2026, 12, 4)),
        ("30-11 - 4-12", date(2026, 11, 30), date(2026, 12, 4)),
        ("tot 1 dec!", MONDAY, date(2026, 11, 30)),
        *((typed, *NEXT_WEEK) for typed in ("volgende week", "Volgende week.", "next week")),
        *((typed, MONDAY, date(2026, 11, 29)) for typed in ("deze week", "this week")),
        *((typed, *WEEKEND) for typed in ("weekend", "dit weekend", "this weekend")),
        ("tot volgende week", MONDAY, date(2026, 11, 29)),
        ("t/m volgende week", MONDAY, date(2026, 12, 6)),
        ("vanaf volgende week", date(2026, 11, 30), None),
        *((typed, *FRIDAY) for typed in ("volgende week vrijdag", "friday next week")),
        ("volgende maand", date(2026, 12, 1), date(2026, 12, 31)),
        ("deze maand", MONDAY, date(2026, 11, 30)),
        *(
            (typed, MONDAY, date(2026, 11, 27))
            for typed in ("tot en met vrijdag", "through friday")
        ),
        *((typed, date(2026, 11, 24), date(2026, 11, 24)) for typed in ("morgen!", "tomorrow")),
        *((typed, *MON_WED) for typed in ("ma t/m wo", "ma–wo", "from monday to wednesday")),
        ("2 weken!", MONDAY, date(2026, 12, 6)),
    ],
)
def test_days_as_people_type_them(typed: str, first: date, last: date | None) -> None:
    assert read_absence(typed, MONDAY) == (first, last)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("tot ooit", "pause.unclear"),
        ("31 feb", "pause.unclear"),
        ("tot 20 nov", "pause.order"),
        ("tot vandaag", "pause.order"),
        ("3 jan - 24 dec 2026", "pause.order"),
        ("12", "pause.unclear"),
        ("0 dagen", "pause.unclear"),
        ("tot 29 feb 2028", "pause.order"),
        ("0001-01-01", "pause.unclear"),
        ("tot 9999-12-31", "pause.unclear"),
        ("kerstvakantie", "pause.holiday"),
        ("tot de kerstvakantie", "pause.holiday"),
        ("Christmas holidays", "pause.holiday"),
    ],
)
def test_what_cannot_be_followed(typed: str, key: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_absence(typed, MONDAY)
    assert caught.value.key == key


def test_leave_that_began_already_is_not_next_years() -> None:
    today = date(2026, 12, 28)
    assert read_absence("24 dec - 3 jan", today) == CHRISTMAS


async def test_a_pause_ends_by_itself_on_the_date_given(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.round("Gedaan")
    await member.says("/pauze tot 7 dec")
    assert "tot en met zondag 6 december" in member.last.text
    assert "Je volgende uitdaging komt maandag 7 december om 9:30." in member.last.text
    await member.waits_for_nudge()
    assert clock().date() == date(2026, 12, 7)
    await member.presses("Gedaan")
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_silence_until_they_say_so(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan")
    await member.says("/pauze")
    assert (await member.member()).next_nudge_at is None
    clock.passes(weeks=5)
    assert await member.application.nudge_sender.tick() == 0
    await member.says("/hervat")
    assert "je pauze is voorbij" in member.last.text
    await member.round("Gedaan")
    assert await member.streak() == "Je reeks: 2 rondes."


async def test_several_absences_are_listed_and_can_be_taken_back(member: FakeMember) -> None:
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/pauze 1 mei")
    assert "• 24 dec 2026 – 3 jan 2027" in member.last.text
    assert "• 1 mei 2027" in member.last.text
    listed = member.last
    drop = Pressed(listed.action("24 dec 2026"), listed.id)
    await member.presses("Toch niet weg: 24 dec 2026", listed)
    assert listed.text.startswith("Goed, dan doe je gewoon mee (24 dec 2026 – 3 jan 2027). Je volg")
    assert [row.first_day for row in (await member.member()).absence_rows] == [date(2027, 5, 1)]
    await member.does(drop)
    assert listed.text == "Die vrije dagen stonden er al niet meer."


async def days_of(member: FakeMember) -> list[tuple[date, date | None]]:
    """Their absences, the earliest first."""
    return [(row.first_day, row.last_day) for row in (await member.member()).absence_rows]


LEAVE = (date(2026, 11, 30), date(2026, 12, 4))


async def test_resuming_keeps_the_leave_that_was_planned(member: FakeMember) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    await member.says("/pauze tot 1 dec")
    assert "• 23–30 nov\n• 30 nov – 4 dec" in member.last.text
    await member.says("/hervat")
    assert member.last.text == (
        "Welkom terug, je pauze is voorbij. "
        "Je volgende uitdaging komt dinsdag 24 november om 9:30. "
        "Je vrije dagen 30 nov – 4 dec blijven staan."
    )
    assert await days_of(member) == [LEAVE]


async def test_resuming_on_a_day_of_planned_leave_asks_first(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/pauze tot 1 dec")
    clock.goes_to(30, 11, 10)
    await member.says("/hervat")
    assert member.last.text == (
        "Je pauze is voorbij. Je bent vrij tot en met vrijdag 4 december, zoals je had gepland. "
        "Wil je nu al verder? Je vrije dagen 24 dec 2026 – 3 jan 2027 blijven staan."
    )
    assert await days_of(member) == [(MONDAY, date(2026, 11, 29)), LEAVE, CHRISTMAS]
    clock.goes_to(2, 12, 8)
    await member.says("/hervat")
    assert member.last.text.startswith("Je bent vrij tot en met vrijdag 4 december")
    await member.presses("Ja, nu verder")
    assert member.last.text == (
        "Welkom terug, je pauze is voorbij. "
        "Je volgende uitdaging komt woensdag 2 december om 9:30. "
        "Je vrije dagen 24 dec 2026 – 3 jan 2027 blijven staan."
    )
    assert (date(2026, 11, 30), date(2026, 12, 1)) in await days_of(member)
    await member.presses("Toch niet weg")
    assert "Goed, dan doe je gewoon mee" in member.last.text


async def test_who_stays_on_leave_gets_nothing(member: FakeMember, clock: FixedClock) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    clock.goes_to(1, 12, 10)
    await member.says("/hervat")
    assert await days_of(member) == [LEAVE]
    assert (await member.member()).next_nudge_at == datetime(2026, 12, 7, 8, 30, tzinfo=UTC)


async def test_a_pause_that_was_planned_without_an_end_ends_with_resume(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze vanaf 30 nov")
    clock.goes_to(2, 12, 8)
    await member.says("/hervat")
    assert "je pauze is voorbij" in member.last.text
    assert await days_of(member) == [(date(2026, 11, 30), date(2026, 12, 1))]


async def test_days_that_are_past_stay_off_when_the_rest_is_dropped(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    clock.goes_to(2, 12, 8)
    await member.says("/pauze 24 dec - 3 jan")
    await member.presses("Toch niet weg: 30 nov – 4 dec")
    assert await days_of(member) == [(date(2026, 11, 30), date(2026, 12, 1)), CHRISTMAS]


async def test_a_pause_shows_what_is_planned_with_a_button_each(member: FakeMember) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/pauze")
    assert "• 30 nov – 4 dec\n• 24 dec 2026 – 3 jan 2027" in member.last.text
    assert member.last.labels == [
        "Toch niet weg: 30 nov – 4 dec",
        "Toch niet weg: 24 dec 2026 – 3 jan 2027",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("24 dec - 3 jan", "28 dec"),
        ("28 dec", "24 dec - 3 jan"),
        ("24 dec - 3 jan", "2 jan - 10 jan"),
        ("24 dec - 3 jan", "24 dec - 28 dec"),
        ("24 dec - 3 jan", "vanaf 1 jan"),
    ],
)
async def test_leave_that_overlaps_leave_is_dropped_apart(
    member: FakeMember, first: str, second: str
) -> None:
    await member.says(f"/pauze {first}")
    [alone] = await days_of(member)
    await member.says(f"/pauze {second}")
    assert len(await days_of(member)) == 2
    await member.says(f"/pauze {second}")  # said twice it is kept once
    [other] = [absence for absence in await days_of(member) if absence != alone]
    row = next(
        row
        for row in (await member.member()).absence_rows
        if (row.first_day, row.last_day) == other
    )
    await member.taps(f"absence:{row.id}")
    assert await days_of(member) == [alone]


async def test_a_pause_from_a_later_day(member: FakeMember) -> None:
    await member.says("/pauze vanaf 1 dec")
    assert "Vanaf dinsdag 1 december" in member.last.text
    await member.says("/pauze 10 dec")
    assert "Op donderdag 10 december ben ik stil" in member.last.text
    await member.presses("Toch niet weg: vanaf 1 dec")
    assert "Goed, dan doe je gewoon mee (vanaf 1 dec)." in member.last.text


async def test_what_is_said_last_about_today_holds(member: FakeMember) -> None:
    for typed, last in (("", None), ("tot 3 jan", date(2027, 1, 2)), ("tot 1 dec", None)):
        await member.says(f"/pauze {typed}")
        [row] = (await member.member()).absence_rows
        assert row.first_day == MONDAY
        assert row.last_day == (date(2026, 11, 30) if typed == "tot 1 dec" else last)
    assert "Je volgende uitdaging komt dinsdag 1 december" in member.last.text


async def test_a_pause_of_yesterday_gets_an_end_today(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze")
    clock.passes(days=1)
    await member.says("/pauze tot 1 dec")
    rows = [(row.first_day, row.last_day) for row in (await member.member()).absence_rows]
    assert rows == [(MONDAY, MONDAY), (date(2026, 11, 24), date(2026, 11, 30))]


async def test_ill_today_after_the_nudge_came(member: FakeMember, clock: FixedClock) -> None:
    await member.round("Gedaan")
    await member.waits_for_nudge()
    await member.says("/pauze vandaag")
    clock.passes(days=1)
    await member.waits_for_nudge()
    await member.says("/reeks")
    assert "0 gemist" in member.last.text and "Je joker is vrij" in member.last.text


async def test_a_put_off_nudge_does_not_break_into_a_pause(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.presses("Later", nudge)
    await member.presses("Over een uur", nudge)
    await member.says("/pauze")
    assert (await member.nudges())[0].send_at is None


async def test_resuming_on_the_first_day_leaves_no_absence(member: FakeMember) -> None:
    await member.says("/pauze")
    await member.says("/hervat")
    assert (await member.member()).absence_rows == []
    await member.says("/resume")
    assert "Je was niet op pauze." in member.last.text


async def test_later_during_a_pause_has_no_moment_for_tomorrow(
    member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze")
    clock.goes_to(24, 11, 11)
    await member.says("/nu")
    await member.presses("Later")
    assert member.notice is not None and "/hervat" in member.notice


async def test_a_holiday_is_asked_for_in_days(member: FakeMember) -> None:
    await member.says("/pauze kerstvakantie")
    assert member.last.text == (
        "Wanneer de kerstvakantie is, weet ik niet: dat verschilt. "
        "Noem de dagen, bijvoorbeeld: /pauze 24 dec - 3 jan"
    )
    assert (await member.member()).absence_rows == []


async def test_one_sentence_for_what_cannot_be_followed(member: FakeMember) -> None:
    await member.says("/pauze tot sint-juttemis")
    assert member.last.text.startswith("Ik begrijp “sint-juttemis” niet als dag.")
