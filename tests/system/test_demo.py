"""The demo: the whole story in a terminal, on a pipe."""

import re
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.rhythm.rhythm import Rhythm, Weekday
from bot.core.rhythm.workdays import next_round
from tests.support.command_line import olievlek
from tests.support.paths import PROJECT
from tests.support.processes import command, environment

STORY = PROJECT / "docs" / "story.txt"


async def test_the_story_of_the_readme_ends_in_a_streak_of_two(tmp_path: Path) -> None:
    code, out, err = await command(environment(tmp_path), tmp_path, "demo", given=STORY.read_text())
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert "Je reeks: 2 rondes." in out.split("› /reeks")[1]
    [picture] = re.findall(r"\[(/.*\.png)\]", out)
    assert Path(picture).read_bytes().startswith(b"\x89PNG")


def test_the_readme_shows_this_story() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert f"printf '{STORY.read_text()}'".replace("\n", "\\n") in readme


def test_a_demo_can_be_kept(tmp_path: Path) -> None:
    env, kept = environment(tmp_path), ("demo", "--database", str(tmp_path / "kept.db"))
    given = "/start\n1\nma-zo 9:30\n/spring\n1\nIk leerde iets\n"
    olievlek(env, tmp_path, *kept, given=given)
    code, out, _ = olievlek(env, tmp_path, *kept, given="/terugblik\n/jump\n")
    assert code == 0 and "“Ik leerde iets”" in out


def test_jumping_before_joining(tmp_path: Path) -> None:
    _, out, _ = olievlek(
        environment(tmp_path), tmp_path, "demo", "--language", "nl", given="/SPRING\n"
    )
    assert "Er is nog geen moment" in out


def test_the_demo_in_english(tmp_path: Path) -> None:
    given = "/start\n2\ntue thu 9:30\n/jump\n1\nI heard something\n/streak\n"
    _, out, _ = olievlek(environment(tmp_path), tmp_path, "demo", "--language", "en", given=given)
    assert "Your streak: 1 round." in out.split("› /streak")[1]
    assert re.search(r"⏩ It is now (Tuesday|Thursday) \d+ \w+ at 9:30\.", out)


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}])
async def test_bytes_that_are_no_text_neither_hang_nor_lose(
    tmp_path: Path, locale: dict[str, str]
) -> None:
    env = environment(tmp_path) | locale | {"PYTHONCOERCECLOCALE": "0"}
    given = b"/start\n1\nma-zo 9:30\n/spring\n1\ncaf\xe9 was leuk\n/terugblik\n"
    code, out, err = await command(env, tmp_path, "demo", given=given)
    assert (code, err) == (0, "")
    assert "“caf\ufffd was leuk”" in out


def test_a_language_that_is_not_there(tmp_path: Path) -> None:
    code, _, err = olievlek(environment(tmp_path), tmp_path, "demo", "--language", "fr")
    assert (code, err) == (2, "olievlek: --language is 'fr', but should be nl or en\n")


def test_a_jump_over_a_holiday_lands_on_a_nudge(tmp_path: Path) -> None:
    given = "/start\n1\nvr 9:30\n" + "/spring\n1\n" * 12
    code, out, _ = olievlek(environment(tmp_path), tmp_path, "demo", given=given)
    assert code == 0 and out.count("Lef:") == 12


def weeks_of_rounds() -> list[int]:
    """The week of each round on Tuesday and Thursday in six weeks from now: the demo begins now."""
    zone = ZoneInfo("Europe/Amsterdam")
    rhythm = Rhythm(frozenset({Weekday.TUESDAY, Weekday.THURSDAY}), time(9, 30), zone)
    now = datetime.now(zone)
    moment, weeks = next_round(rhythm, now, ()), list[int]()
    while moment is not None:
        week = (moment.astimezone(zone).date() - now.date()).days // 7 + 1
        if week > 6:
            break
        weeks.append(week)
        moment = next_round(rhythm, moment, ())
    return weeks


def test_a_programme_from_its_first_week_to_its_end(tmp_path: Path) -> None:
    given = "/start\n1\ndi do 9:30\n/programma olievlek-in-6-weken\n" + "/spring\n1\n" * 13
    _, out, _ = olievlek(environment(tmp_path), tmp_path, "demo", given=given)
    weeks = re.findall(r"Olievlek in 6 weken, week (\d) van 6", out)
    assert weeks == [str(week) for week in weeks_of_rounds()]
    assert "Dat was Olievlek in 6 weken." in out
