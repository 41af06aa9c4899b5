"""Every kind of fault: where it is, and that both languages can tell it."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.render.set_faults import fault_sentence
from bot.conversation.words import Words
from bot.core.challenges.challenge import CHOICES, ChallengeSet
from bot.languages.registry import language_of, tags
from bot.set_files.formats.yaml_file import MAX_BYTES, parse_set
from bot.set_files.reader import read_set
from bot.set_files.validation import KINDS, Fault, SetFaults
from tests.unit.set_files.test_yaml_file import GOOD

SECOND = '  - id: twee\n    minutes: 5\n    daring: 1\n    nl: {task: "Stel nog'
CHANGED = [
    # what is taken out, what comes in its place, the kind of fault, its line, its field
    ("set: proef\n", "", "missing", 1, "set"),
    ("    daring: 1\n    nl:\n", "    nl:\n", "missing", 4, "challenges[0].daring"),
    ("id: twee", "id: een", "double_id", 13, "challenges[1].id"),
    ("Stel nog", "Stel\u202e nog", "unreadable", 16, "challenges[1].nl.task"),
    ("Stel nog", "Stel **nog**", "markup", 16, "challenges[1].nl.task"),
    ("daring: 1", "daring: 0", "greater_than_equal", 6, "challenges[0].daring"),
    ("daring: 1", "daring: 4", "less_than_equal", 6, "challenges[0].daring"),
    ("minutes: 5", "minutes: 5.5", "int_type", 5, "challenges[0].minutes"),
    ("nl: Proef", "nl: 2026", "string_type", 2, "title.nl"),
    ("nl: Proef", 'nl: ""', "string_too_short", 2, "title.nl"),
    ("nl: Proef", "nl: " + "x" * 81, "string_too_long", 2, "title.nl"),
    ("id: een", "id: Eén", "string_pattern_mismatch", 4, "challenges[0].id"),
    ("daring: 1", "daring: 1\n    span: weak", "not_a_choice_with_hint", 7, "challenges[0].span"),
    ("daring: 1", "daring: 1\n    at: 5", "not_a_choice", 7, "challenges[0].at"),
    ("daring: 1", "daring: 1\n    fits: {a: b}", "malformed", 7, "challenges[0].fits"),
    ("minutes: 5", "minuten: 5", "unknown_with_hint", 5, "challenges[0].minuten"),
    ("minutes: 5", "zzz: 5\n    minutes: 5", "unknown", 5, "challenges[0].zzz"),
    ("title: {nl: Proef, en: Trial}", "title: [a, b]", "malformed", 2, "title"),
    ("Stel nog", "\\ud800Stel nog", "yaml_escape", 16, "file"),
    ("Stel nog", "\\qStel nog", "not_yaml", 16, "file"),
    ("id: een", "id: &a een", "reference", 4, "file"),
    ("id: een", "id: *a", "reference", 4, "file"),
    ("id: een", "id: !!str een", "reference", 4, "file"),
    ("id: een", "id: een\n    id: twee", "double_field", 5, "challenges[0].id"),
    ("id: een", "id: een: twee", "yaml_colon", 4, "file"),
    ("id: een", "id: 2026-13-45", "string_type", 4, "challenges[0].id"),
    ("id: een", "? [id]\n    : een", "odd_yaml", 4, "file"),
    ("id: een", "id: [een", "yaml_quote", 5, "file"),
    ("id: een", "id: @een", "yaml_character", 4, "file"),
    ("id: een", "   id: een\n   - a", "yaml_indent", 5, "file"),
    ("challenges:", "---\nchallenges:", "two_documents", 3, "file"),
    ("title: {nl: Proef", "title: " + "[" * 13, "too_much", 2, "file"),
]
WHOLE = [
    (b"", "empty", 1, "file"),
    (b"# a\n---\n...\n", "empty", 1, "file"),
    (b"a: b\nc: \x8e\xff", "odd_letters", 2, "file"),
    (b"a: b\nc: CAF\xc9", "unclear_letters", 2, "file"),
    ("a: b\nc: cafÃ©, één".encode(), "encoded_twice", 2, "file"),
    ("a: b\nc: caf\ufffd".encode(), "lost_letter", 2, "file"),
    (GOOD.encode("utf-16")[:-1], "not_text", 1, "file"),
    (b"#" * (MAX_BYTES + 1), "too_large", 1, "file"),
    (b"set: a\ntitle: {nl: a, en: b}\nchallenges: []\n", "too_short", 3, "challenges"),
    (b"12", "malformed", 1, "set"),
]

# Told of spreadsheets and of what is no file of a set at all, in the tests of reading those.
OF_TABLES = frozenset(
    {
        *("no_columns", "missing_column", "too_many_columns", "outside", "two_tables", "too_far"),
        *("cell_error", "cell_date", "formula", "merged", "csv_quote", "binary"),
        *("not_xlsx", "zip_bomb", "macros", "links", "embedded", "entities", "old_excel"),
        *("not_ods", "ods_password", "flat_ods", "numbers"),
    }
)


def faults(content: str | bytes) -> list[Fault]:
    """What is wrong with it."""
    with pytest.raises(SetFaults) as caught:
        parse_set(content.encode() if isinstance(content, str) else content)
    return caught.value.faults


def readable(fault: Fault) -> bool:
    """Whether both catalogues can tell it, with nothing left to fill in."""
    told = [fault_sentence(fault, Words(language)) for language in tags()]
    return told[0] != told[1] and not any(re.search(r"[{}]", words) for words in told)


@pytest.mark.parametrize(("old", "new", "kind", "line", "field"), CHANGED)
def test_each_fault_in_a_field(old: str, new: str, kind: str, line: int, field: str) -> None:
    assert old in GOOD
    found = [fault for fault in faults(GOOD.replace(old, new, 1)) if fault.kind == kind]
    assert [(fault.line, fault.field) for fault in found] == [(line, field)]
    assert readable(found[0])


@pytest.mark.parametrize(("content", "kind", "line", "field"), WHOLE)
def test_each_fault_of_a_file(content: bytes, kind: str, line: int, field: str) -> None:
    [fault] = faults(content)
    assert (fault.kind, fault.line, fault.field) == (kind, line, field)
    assert readable(fault)


def test_a_set_of_too_many_challenges() -> None:
    start, _, challenge = GOOD.partition(SECOND)
    many = "".join((SECOND + challenge).replace("twee", f"c{n}") for n in range(500))
    [fault] = faults(start + many)
    assert (fault.kind, fault.line, fault.field) == ("too_long", 3, "challenges")
    assert fault_sentence(fault, Words("en")) == "has 501, at most 500"
    assert readable(fault)


@pytest.mark.parametrize(
    ("name", "kind"), [("nowhere.yaml", "unreadable_file"), ("folder", "is_a_folder")]
)
def test_each_fault_of_a_path(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetFaults) as caught:
        read_set(tmp_path / name)
    [fault] = caught.value.faults
    assert (fault.kind, fault.line, fault.field) == (kind, 1, "file")
    assert readable(fault)


def test_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "proef.yaml").write_text(GOOD, encoding="utf-8")
    assert read_set(tmp_path / "proef.yaml") == parse_set(GOOD.encode())


@pytest.mark.parametrize("language", tags())
def test_each_message_of_the_catalogue_is_about_a_fault_told_here(language: str) -> None:
    catalogue = language_of(language).messages.read_text(encoding="utf-8")
    known = set(re.findall(r'^msgid "fault\.(\w+)"$', catalogue, re.MULTILINE))
    told = {row[2] for row in CHANGED} | {row[1] for row in WHOLE}
    assert (
        known
        == told | {"too_long", "far_too_long", "unreadable_file", "is_a_folder", "more"} | OF_TABLES
    )
    assert known >= KINDS


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("sourse: a", "source"),
        ("challenge: []", "challenges"),
        ("titles: {}", "title"),
        ("minutes: 5", ""),
        ("kleur: rood", ""),
    ],
)
def test_did_you_mean(wrong: str, meant: str) -> None:
    [fault] = faults(f"{GOOD}{wrong}\n")
    assert (fault.line, fault.field) == (18, wrong.split(":")[0])
    assert fault.details["meant"] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fits: [desk, outdors]", "outdoors"),
        ("fits: desk Outdors", "outdoors"),
        ("fits: [colleages, desk]", "colleagues"),
        ("fits: [kantoor]", ""),
        ("span: weeks", "week"),
        ("at: Mornings", "morning"),
        ("at: zondag", ""),
    ],
)
def test_a_misspelt_tag_has_a_hint_or_the_list_to_choose_from(written: str, meant: str) -> None:
    [fault] = faults(GOOD.replace("daring: 1", f"daring: 1\n    {written}", 1))
    assert (fault.line, fault.details["meant"]) == (7, meant)
    field = written.partition(":")[0]
    assert fault.field.startswith(f"challenges[0].{field}")
    said = fault_sentence(fault, Words("nl"))
    assert f"bedoel je “{meant}”?" in said if meant else ", ".join(CHOICES[field]) in said


@pytest.mark.parametrize("wrong", ["minute", "taks"])
def test_a_hint_is_about_the_place_it_stands_in(wrong: str) -> None:
    [fault] = faults(GOOD.replace("      reflect", f"      {wrong}: x\n      reflect", 1))
    assert fault.details["meant"] == {"minute": "", "taks": "task"}[wrong]
    assert (fault.line, fault.field) == (9, f"challenges[0].nl.{wrong}")


def test_all_doubles_are_told_even_beside_other_faults() -> None:
    thrice = GOOD + SECOND.replace("twee", "een") + GOOD.partition(SECOND)[2]
    found = faults(thrice.replace("twee", "een").replace("minutes: 5", "minutes: 0", 1))
    assert [(fault.kind, fault.line) for fault in found] == [
        ("greater_than_equal", 5),
        ("double_id", 13),
        ("double_id", 18),
    ]


PIECES = (
    *"{}[]:,-#&*!|>'\"%@?~ \n\t",
    *("\n  ", "\n    - ", ": ", "---\n", "...\n", "<<: ", "%YAML 1.1\n", "!!set", "\\ud800", "\\x"),
    *("set: a", "title: {nl: a, en: b}\n", "challenges:\n  - ", "id", "nl: {task: ", "reflect: "),
    *("1", "1_", "0x_", "2026-13-01", ".inf", "\u202e", "\x07"),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_what_looks_like_yaml_is_a_set_or_has_faults_that_can_be_told(text: str) -> None:
    try:
        found = parse_set(text.encode())
    except SetFaults as error:
        assert error.faults
        assert all(fault.line >= 1 and fault.field for fault in error.faults)
    else:
        assert isinstance(found, ChallengeSet)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"? [a, b]\n: 1\n", id="a key that is a list"),
        pytest.param(b'set: "\\UFFFFFFFF"\n', id="an escape of no character"),
    ],
)
def test_odd_yaml_has_faults_too(content: bytes) -> None:
    assert [fault.kind for fault in faults(content)] != []
