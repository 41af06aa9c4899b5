"""Reading a set from YAML, and telling every fault with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.render.set_faults import fault_sentence
from bot.conversation.words import Words
from bot.core.challenges.challenge import ChallengeSet
from bot.set_files.formats.yaml_file import MAX_BYTES, MAX_EVENTS, parse_set
from bot.set_files.reader import read_set
from bot.set_files.validation import SetFaults

GOOD = """\
set: proef
title: {nl: Proef, en: Trial}
challenges:
  - id: een
    minutes: 5
    daring: 1
    nl:
      task: "Stel een vraag aan een collega."
      reflect: "Wat hoorde je daar?"
    en:
      task: "Ask a colleague a question."
      reflect: "What did you hear?"
  - id: twee
    minutes: 5
    daring: 1
    nl: {task: "Stel nog een vraag vandaag.", reflect: "Wat hoorde je daar?"}
    en: {task: "Ask one more question today.", reflect: "What did you hear?"}
"""


def faults(text: str | bytes) -> list[tuple[int, str, str]]:
    """Line, field and what the Dutch catalogue says, of each fault."""
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(SetFaults) as caught:
        parse_set(content)
    for language in ("nl", "en"):  # both can tell it
        told = [fault_sentence(f, Words(language)) for f in caught.value.faults]
    dutch = [fault_sentence(f, Words("nl")) for f in caught.value.faults]
    assert len(told) == len(dutch)
    return [
        (fault.line, fault.field, said)
        for fault, said in zip(caught.value.faults, dutch, strict=True)
    ]


def test_a_good_set() -> None:
    found = parse_set(GOOD.encode())
    assert (found.set, [challenge.id for challenge in found.challenges]) == (
        "proef",
        ["een", "twee"],
    )
    assert parse_set(b"\xef\xbb\xbf" + GOOD.encode()) == found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("minutes: 5\n    daring: 1\n    nl:\n", "minutes: 0\n    daring: 1\n    nl:\n",
         (5, "challenges[0].minutes", "moet minstens 1 zijn")),
        ("id: twee", "id: een", (13, "challenges[1].id",
         "“een” staat er al; geef elke uitdaging een eigen id")),
        ("set: proef", "set: Mijn Proef", (1, "set",
         "“Mijn Proef” mag alleen a-z, 0-9 en '-' bevatten, niet met '-' beginnen of eindigen, "
         "en hoogstens 64 tekens tellen")),
        ("Stel een vraag aan een collega.", "Kort.", (8, "challenges[0].nl.task",
         "is 5 tekens, minstens 10")),
        ("Wat hoorde je daar?\"\n    en", "x" * 201 + "\"\n    en", (9, "challenges[0].nl.reflect",
         "is 201 tekens, hoogstens 200")),
        ("      reflect: \"What did you hear?\"\n", "", (10, "challenges[0].en.reflect",
         "ontbreekt")),
        ("      reflect: \"What", "      reflekt: \"What", (12, "challenges[0].en.reflekt",
         "“reflekt” is hier geen veld; bedoel je “reflect”?")),
        ("title:", "titel:", (2, "titel",
         "“titel” is hier geen veld; bedoel je “title”?")),
        ("{nl: Proef, en: Trial}", "{nl: Proef, de: Probe}", (2, "title.en", "ontbreekt")),
        ("set: proef", "set: proef\nxyzzy: 1", (2, "xyzzy", "“xyzzy” is hier geen veld")),
        ("minutes: 5\n    daring: 1\n    nl:\n", "minutes: kort\n    daring: 1\n    nl:\n",
         (5, "challenges[0].minutes", "moet een heel getal zijn")),
        ("\"Stel een vraag aan een collega.\"", "12", (8, "challenges[0].nl.task",
         "moet tekst zijn, tussen aanhalingstekens")),
        ("Stel een vraag aan", "Stel een <i>vraag</i> aan", (8, "challenges[0].nl.task",
         "bevat opmaak (<i>); schrijf platte tekst")),
        ("Stel een vraag aan", "Stel een vraag\u200b aan", (8, "challenges[0].nl.task",
         "bevat het onzichtbare teken U+200B; haal het weg")),
        ("title: {nl: Proef, en: Trial}", "title: Proef", (2, "title",
         "heeft niet de goede vorm; kijk in docs/sets.md")),
        ("id: een", "id: &x een", (4, "file",
         "gebruikt een anker, verwijzing of tag (&, *, !); schrijf alles voluit")),
        ("id: een", "id: !!python/name:os.system een", (4, "file",
         "gebruikt een anker, verwijzing of tag (&, *, !); schrijf alles voluit")),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_field(
    old: str, new: str, expected: tuple[int, str, str]
) -> None:
    assert expected in faults(GOOD.replace(old, new, 1))


def test_all_faults_in_one_go_top_to_bottom() -> None:
    bad = GOOD.replace("minutes: 5", "minutes: 999").replace("id: twee", "id: een")
    assert [line for line, _, _ in faults(bad)] == [5, 13, 14]


def test_only_invalid_challenges_is_not_called_empty() -> None:
    bad = GOOD.replace("daring: 1", "daring: 9")
    assert {said for _, _, said in faults(bad)} == {"mag hoogstens 3 zijn"}


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "is leeg"),
        (b"# niets\n", 1, "is leeg"),
        (b"\x00\x01\xff", 1, "is geen YAML, Excel"),
        (b"set: a\ntitle: \xe9", 2, "“é” kan zo niet bedoeld zijn"),
        (b"set: [\n", 2, "een aanhalingsteken of haakje gaat open"),
        (b"set: a\nset: b\n", 2, "staat er al"),
        (b"- 1\n- 2\n", 1, "heeft niet de goede vorm"),
        (b"zomaar", 1, "heeft niet de goede vorm"),
        (b"challenges: []\nset: a\ntitle: {nl: a, en: b}", 1, "is leeg; zet er minstens 1 in"),
        (b"[" * 100_000, 1, "is te diep genest"),
        (b"a: {b: [1, 2]}\n" * 60_000, MAX_EVENTS // 8, "is te diep genest of bevat te veel"),
        (b"#" * (MAX_BYTES + 1), 1, "is groter dan 1 MiB"),
        (b"a: *b", 1, "gebruikt een anker"),
        (b"a: b\nset: \x07", 2, "bevat het onzichtbare teken U+0007"),
        (b"set: 2026-13-45\n", 1, "moet tekst zijn, tussen aanhalingstekens"),
    ],
)
def test_what_is_no_set_at_all(content: bytes, line: int, said: str) -> None:
    found = faults(content)
    assert any(at == line and words.startswith(said) for at, _, words in found), found


@pytest.mark.parametrize(
    ("name", "kind"), [("nowhere.yaml", "unreadable_file"), (".", "is_a_folder")]
)
def test_what_is_no_file(tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(SetFaults) as caught:
        read_set(tmp_path / name)
    assert [fault.kind for fault in caught.value.faults] == [kind]


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(MAX_BYTES * 1000)
    with pytest.raises(SetFaults) as caught:
        read_set(tmp_path / "huge.yaml")
    assert [fault.kind for fault in caught.value.faults] == ["too_large"]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_nothing_but_faults_comes_of_nonsense(content: bytes) -> None:
    with pytest.raises(SetFaults):
        parse_set(content)


@given(st.data())
def test_nothing_but_faults_comes_of_a_damaged_set(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    damage = data.draw(st.text(st.sampled_from("{}[]:,-#&*!|>'\"%@ \n\tab1"), max_size=12))
    try:
        found = parse_set((GOOD[:start] + damage + GOOD[end:]).encode())
    except SetFaults as error:
        assert error.faults
    else:
        assert isinstance(found, ChallengeSet)
