"""The page with one's rhythm, the moments that come, and days away."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.web.pages.member.calendar import calendar, escaped
from tests.support.fakes import FakeMember, FixedClock
from tests.web.conftest import Browser

RHYTHM = {"what": "rhythm", "at": "09:30", "place": "Amsterdam"}


async def test_it_shows_the_rhythm_and_what_comes(signed_in: Browser, member: FakeMember) -> None:
    told = await signed_in.opens("rhythm")
    assert "elke werkdag om 9:30" in told
    assert "dinsdag 24 november om 9:30 woensdag 25 november om 9:30" in told
    assert signed_in.html.count(" checked") == 5


async def test_a_calendar_shows_the_rounds_and_the_days_away(
    signed_in: Browser, member: FakeMember
) -> None:
    await signed_in.opens("rhythm")
    told = await signed_in.posts("rhythm", 200, what="away", first="2026-12-01", last="2026-12-03")
    assert "De komende 8 weken" in told
    assert "30 nov 30 er komt een uitdaging 1 je bent weg 2 je bent weg 3 je bent weg 4 er" in told
    assert "23 nov 23 24 er komt" in told  # Monday, too late for its own round
    assert signed_in.html.count('class="olievlek-calendar__away"') == 3 + 1  # and the key


async def test_a_rhythm_is_set_as_in_the_chat(signed_in: Browser, member: FakeMember) -> None:
    await signed_in.opens("rhythm")
    fields = {**RHYTHM, "day": ["3", "5"], "at": "13:15", "place": "Londen"}
    told = await signed_in.posts("rhythm", 200, **fields)
    assert "Je ritme is nu: woensdag en vrijdag om 13:15 (tijd in Londen)." in told
    assert "Je volgende uitdaging komt woensdag 25 november om 13:15." in told
    row = await member.member()
    assert (row.zone, f"{row.nudge_time:%H:%M}") == ("Europe/London", "13:15")
    await member.says("/ritme")
    assert "woensdag en vrijdag om 13:15 (tijd in Londen)" in member.last.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Kies minstens één dag."),
        ({"day": ["8", "x", "9" * 50]}, "Kies minstens één dag."),
        ({"day": "1", "at": ""}, "Vul een tijd in"),
        ({"day": "1", "at": "25:00"}, "Vul een tijd in"),
        ({"day": "1", "at": "9:30 vandaag"}, "Vul een tijd in"),
        ({"day": "1", "at": "06:59"}, "tussen 7:00 en 20:00"),
        ({"day": "1", "at": "20:00"}, "tussen 7:00 en 20:00"),
        ({"day": "1", "place": "Nergenshuizen"}, "Ik ken “Nergenshuizen” niet"),
        ({"day": "1", "place": "Verenigde Staten"}, "meer dan één tijd"),
    ],
)
async def test_a_wrong_rhythm_changes_nothing(
    signed_in: Browser, member: FakeMember, fields: dict[str, str], said: str
) -> None:
    await signed_in.opens("rhythm")
    assert said in await signed_in.posts("rhythm", 422, **{**RHYTHM, **fields})
    row = await member.member()
    assert (row.zone, len(row.weekdays)) == ("Europe/Amsterdam", 5)


async def test_what_was_filled_in_stays(signed_in: Browser) -> None:
    await signed_in.opens("rhythm")
    await signed_in.posts("rhythm", 422, **{**RHYTHM, "day": "2", "at": "23:45"})
    assert 'value="23:45"' in signed_in.html and signed_in.html.count(" checked") == 1


async def test_days_away_are_planned_and_taken_back(signed_in: Browser, member: FakeMember) -> None:
    await signed_in.opens("rhythm")
    told = await signed_in.posts("rhythm", what="away", first="2026-11-24", last="2026-11-27")
    assert "Van dinsdag 24 november tot en met vrijdag 27 november ben ik stil." in told
    assert "24–27 nov" in told.replace(" – ", "–")
    planned = (await member.member()).next_nudge_at
    assert planned is not None and planned.date().isoformat() == "2026-11-30"
    number = re.findall(r'name="absence" value="(\d+)"', signed_in.html)
    assert len(number) == 1
    told = await signed_in.posts("rhythm", what="back", absence=number[0])
    assert "Goed, dan doe je gewoon mee" in told
    assert (await member.member()).absence_rows == []
    await signed_in.posts("rhythm", what="back", absence=number[0])
    assert "stonden er al niet meer" in signed_in.text


async def test_who_does_not_know_when_they_are_back_leaves_the_last_day_empty(
    signed_in: Browser, member: FakeMember
) -> None:
    await signed_in.opens("rhythm")
    told = await signed_in.posts("rhythm", what="away", first="2026-11-23", last="")
    assert "Er staat nu geen uitdaging gepland." in told
    assert (await member.member()).next_nudge_at is None


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "2026-12-01", "op welke dag je weggaat"),
        ("2026-02-30", "", "een dag in die bestaat"),
        ("2026-12-01", "morgen", "een dag in die bestaat"),
        ("20261201", "", "een dag in die bestaat"),
        ("9999-12-31", "", "een dag in die bestaat"),
        ("0001-01-01", "", "een dag in die bestaat"),
        ("2026-12-02", "2026-12-01", "De laatste dag ligt na de eerste"),
        ("2026-12-02", "2027-12-04", "binnen een jaar"),
    ],
)
async def test_wrong_days_change_nothing(
    signed_in: Browser, member: FakeMember, first: str, last: str, said: str
) -> None:
    await signed_in.opens("rhythm")
    assert said in await signed_in.posts("rhythm", 422, what="away", first=first, last=last)
    assert (await member.member()).absence_rows == []


@pytest.mark.parametrize("absence", ["", "x", "0", "9" * 40])
async def test_no_button_has_such_an_absence(signed_in: Browser, absence: str) -> None:
    await signed_in.opens("rhythm")
    await signed_in.posts("rhythm", 404, what="back", absence=absence)


async def test_the_calendar_has_the_moments_and_nothing_of_anybody(
    signed_in: Browser, member: FakeMember, clock: FixedClock
) -> None:
    await member.says("/pauze 30 nov - 4 dec")
    await signed_in.opens("rhythm/olievlek.ics")
    assert signed_in.page is not None
    assert signed_in.page.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = signed_in.html.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    starts = [line for line in lines if line.startswith("DTSTART:")]
    assert starts[:5] == [f"DTSTART:202611{day}T083000Z" for day in (24, 25, 26, 27)] + [
        "DTSTART:20261207T083000Z"
    ]
    assert "DTSTART:20261225T083000Z" not in starts
    last = datetime.strptime(starts[-1], "DTSTART:%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert timedelta(weeks=7) < last - clock() <= timedelta(weeks=8)
    assert len({line for line in lines if line.startswith("UID:")}) == len(starts)
    assert {line for line in lines if line.startswith("SUMMARY:")} == {"SUMMARY:Olievlek"}


def test_a_long_line_is_folded_and_a_text_escaped() -> None:
    moment = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    summary = "é€😀" * 30 + "; a, b\\\nc"
    content = calendar([moment], summary, "https://example.org", moment)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines) and b"\n" not in b"".join(lines)
    unfolded = content.decode().replace("\r\n ", "")
    assert f"SUMMARY:{'é€😀' * 30}\\; a\\, b\\\\\\nc\r\n" in unfolded
    assert escaped("a\r\nb\rc") == "a\\nb\\nc"
