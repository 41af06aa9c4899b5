"""A language added from outside `bot/`, by a folder and one registration, works everywhere."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.channel_factory import channel_menus
from bot.config.settings import Settings
from bot.conversation.parsing.absences import read_absence
from bot.conversation.parsing.dates import read_date, read_duration
from bot.conversation.parsing.rhythm import read_rhythm
from bot.conversation.words import Words
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm, Weekday
from bot.languages.registry import greeting_tag, register, tags
from bot.languages.specification import Language
from bot.messages import Incoming, Typed
from bot.set_files import template
from bot.set_files.columns import columns
from bot.set_files.json_schema import schema
from bot.set_files.programmes import programmes
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults
from tests.support.fakes import AMSTERDAM, FakeMember
from tests.support.toy_language import MARK, speaking_frisian
from tests.unit.set_files.spreadsheets import as_csv, fields_of, rows_of
from tests.unit.set_files.test_yaml_file import GOOD

NOW = Rhythm(WORKWEEK, time(9, 30), AMSTERDAM)
TODAY = date(2026, 11, 23)
FRISIAN = """\
    fy: {task: "Freegje hjoed in kollega wat.", reflect: "Wat hearde ik dêr?"}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Language]:
    """Frisian, for as long as the test runs."""
    programmes()  # read once, before; those in `prompts/` are not in Frisian
    folder = tmp_path / "fy"
    folder.mkdir()
    with speaking_frisian(folder) as language:
        yield language


def faults(content: str, name: str = "set.yaml") -> list[tuple[int, str, str]]:
    """Line, field and kind of each fault."""
    with pytest.raises(SetFaults) as caught:
        read_bytes(name, content.encode())
    return [(fault.line, fault.field, fault.kind) for fault in caught.value.faults]


def test_it_has_words_days_and_numbers_of_its_own(toy: Language) -> None:
    say = Words("fy")
    assert say("language.set") == f"{MARK}Fine, English it is."
    assert say.day(TODAY) == "moandei 23 Novimber"
    assert (say.decimal(4.25), toy.name) == ("4,2", "Frysk")


def test_it_is_registered_once(toy: Language) -> None:
    with pytest.raises(ValueError, match="registered already"):
        register(toy)


@pytest.mark.parametrize(
    ("typed", "weekdays", "at"),
    [
        ("tiisdei en tongersdei 9 oere", {Weekday.TUESDAY, Weekday.THURSDAY}, time(9)),
        ("elke dei 10:00", set(Weekday), time(10)),
        ("wurkdagen om 8.15", set(WORKWEEK), time(8, 15)),
        ("moandei oant en mei woansdei", {1, 2, 3}, time(9, 30)),
        ("di do 9:30", {Weekday.TUESDAY, Weekday.THURSDAY}, time(9, 30)),
    ],
)
def test_days_and_times_in_it_are_read(
    toy: Language, typed: str, weekdays: set[Weekday], at: time
) -> None:
    assert read_rhythm(typed, NOW) == Rhythm(frozenset(weekdays), at, AMSTERDAM)


def test_absences_in_it_are_read(toy: Language) -> None:
    assert read_duration("twa wiken") is None
    assert read_duration("2 wiken") == 14
    assert read_date("hjoed", TODAY) == TODAY
    assert read_absence("oant 3 jan", TODAY) == (TODAY, date(2027, 1, 2))


@pytest.mark.parametrize(
    ("app", "greeted_in"), [("fy-NL", "fy"), ("nl-BE", "nl"), ("de", "en"), (None, "nl")]
)
def test_people_whose_app_speaks_it_are_greeted_in_it(
    toy: Language, app: str | None, greeted_in: str
) -> None:
    assert greeting_tag(app, "nl") == greeted_in


async def test_a_conversation_in_it(sanne: FakeMember, toy: Language) -> None:
    await sanne.application.replies.handle(
        Incoming("k", sanne.address, sanne.clock(), Typed("/start", "m"), "fy-NL")
    )
    assert sanne.last.text.startswith(f"{MARK}Hi! I am Olievlek")
    assert sanne.last.labels == ["Nederlands", "English", "Frysk"]
    await sanne.presses("Frysk")
    await sanne.says("tiisdei 9:30")
    assert (await sanne.member()).language == "fy"
    await sanne.says("/gong woansdei 10 oere")
    assert "woansdei" in sanne.last.text and sanne.last.text.startswith(MARK)
    await sanne.says("/spraak ingelsk")
    assert sanne.last.text == "Fine, English it is."
    await sanne.says("/spraak")
    assert "Frysk" in sanne.last.labels
    await sanne.says("/taal xx")
    assert sanne.last.text.startswith(
        "I do not speak that language. Choose nl, en or fy. / Die taal"
    )


async def test_what_was_published_before_it_was_added_is_still_sent(
    member: FakeMember, toy: Language
) -> None:
    await member.says("/taal frysk")
    nudge = await member.waits_for_nudge()
    assert f"{MARK}" in nudge.text
    await member.says(f"{MARK}Done")
    assert (await member.nudges())[0].answer == "done"


def test_each_set_must_have_it(toy: Language) -> None:
    assert faults(GOOD) == [
        (2, "title.fy", "missing"),
        (4, "challenges[0].fy", "missing"),
        (13, "challenges[1].fy", "missing"),
    ]
    whole = GOOD.replace("en: Trial}", "en: Trial, fy: Proef}")
    whole = whole.replace("  - id: twee", f"{FRISIAN}  - id: twee") + FRISIAN
    found = read_bytes("set.yaml", whole.encode())
    assert [list(challenge.texts) for challenge in found.challenges] == 2 * [["nl", "en", "fy"]]
    assert "fy" in schema()["$defs"]["Challenge"]["required"]
    assert {"task_fy", "why_fy", "reflect_fy"} <= columns().keys()


@pytest.mark.parametrize("kind", template.KINDS)
def test_the_template_has_it(toy: Language, kind: str) -> None:
    assert read_bytes(f"mine.{kind}", template.KINDS[kind]()) == template.example()


def test_the_setting_takes_it_and_no_other(toy: Language) -> None:
    assert Settings(language="fy").language == "fy"
    with pytest.raises(ValidationError, match="should be 'nl', 'en' or 'fy'"):
        Settings(language="de")


def test_telegram_shows_commands_in_it(toy: Language) -> None:
    assert [menu.language for menu in channel_menus()] == ["nl", "en", "fy"]


# -- without registering it: sets may have more languages than the bot


def test_a_set_may_have_further_languages() -> None:
    assert "fy" not in tags()
    whole = GOOD.replace("en: Trial}", "en: Trial, pap: Prueba, en-GB: Trial}")
    whole = whole.replace("  - id: twee", f"{FRISIAN}  - id: twee")
    found = read_bytes("set.yaml", whole.encode())
    assert [list(challenge.texts) for challenge in found.challenges] == [
        ["nl", "en", "fy"],
        ["nl", "en"],
    ]
    assert found.title.model_dump() == {
        "nl": "Proef",
        "en": "Trial",
        "en-GB": "Trial",
        "pap": "Prueba",
    }
    assert type(found).model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    fy:", "    FY:", (13, "challenges[0].FY", "unknown")),
        ("    nl:\n", "    NL:\n", (7, "challenges[0].NL", "unknown_with_hint")),
        ("    fy: {task", "    fy: {taks", (13, "challenges[0].fy.taks", "unknown_with_hint")),
        ("    minutes: 5\n", "    min: 5\n", (5, "challenges[0].min", "unknown_with_hint")),
        ("Freegje hjoed in kollega wat.", "Koart.", (13, "challenges[0].fy.task",
         "string_too_short")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_further_language(
    old: str, new: str, fault: tuple[int, str, str]
) -> None:
    whole = GOOD.replace("  - id: twee", f"{FRISIAN}  - id: twee")
    changed = whole.replace(old, new, 1)
    assert fault in faults(changed)


def test_a_spreadsheet_may_have_further_languages() -> None:
    header, *rows = rows_of()
    texts = ("Freegje hjoed in kollega wat.", "Wat hearde ik dêr?")
    wide = [[*header, "Task EN-gb", "reflect_en_GB"], [*rows[0], *texts], *rows[1:]]
    found = read_bytes("a.csv", as_csv(wide, {**fields_of(), "title_fy": "Myn set"}).encode())
    assert found.title.in_language("fy") == "Myn set"
    assert [list(challenge.texts) for challenge in found.challenges] == [
        ["nl", "en", "en-GB"],
        ["nl", "en"],
        ["nl", "en"],
    ]


def test_a_further_language_is_complete_in_a_spreadsheet() -> None:
    header, *rows = rows_of()
    lacking = as_csv([[*header, "task_fy"], [*rows[0], "Freegje hjoed wat."], *rows[1:]])
    assert [kind for _, _, kind in faults(lacking, "a.csv")] == ["missing_column"]
    half = [[*header, "task_fy", "reflect_fy"], [*rows[0], "Freegje hjoed wat."], *rows[1:]]
    [(_, field, kind)] = faults(as_csv(half), "a.csv")
    assert (field.partition(" ")[2], kind) == ("(reflect_fy)", "missing")
