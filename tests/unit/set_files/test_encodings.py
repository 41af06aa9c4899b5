"""Text in any encoding is read as it was, or refused; it is never read garbled."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.set_files.formats.encodings import decode
from bot.set_files.formats.yaml_file import parse_set
from bot.set_files.reader import read_bytes, read_set
from bot.set_files.validation import SetFaults
from tests.support.paths import PROJECT
from tests.unit.set_files.spreadsheets import EXAMPLE, as_csv, fields_of, rows_of

EIGHT_BITS = ("cp1252", "mac_roman", "cp850", "cp858", "cp437")
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
BUNDLED = [
    *sorted((PROJECT / "prompts").glob("*.yaml")),
    *sorted((PROJECT / "bot" / "languages").glob("*/messages.po")),
]
LINES = sorted(
    {line for file in BUNDLED for line in file.read_text().splitlines() if not line.isascii()}
)
IN_ONE_LINE = (
    "één Eén EÉN Één één-op-één écht Écht café cafés CAFÉ privé logé comité oké attaché Renée "
    "Hélène ideeën knieën zeeën tweeën categorieën financiën officiële kopiëren beëindigen "
    "België Israël Noël Zoë Citroën reëel ideële variëren geëerd hiërarchie poëzie coöperatie "
    "coördinatie gecoördineerd zoölogie reünie geüpdatet geïnteresseerd geïnspireerd "
    "beïnvloeden naïef naïeve egoïsme ruïne maïs skiën altruïstisch heroïsch Oekraïne scène "
    "scènes crème carrière première barrière hè enquête enquêtes gêne crêpe Curaçao Curaçaose "
    "façade à voilà déjà vis-à-vis vóór vóórdat dít dát níet nú zó óók óf wél wíl máár pâté "
    "château rôle maître dîner señor España Köln München Zürich Göteborg Özgür überhaupt Björn "
    "Søren Händel Länder Malmö Çelik Straße André José foto’s zo’n auto’s agenda’s elkaar’s "
    "it’s don’t you’re we’ll team’s ’s ‘nee’ “ja” “één” ‘één’ “hoe…” wachten… – — €5 20°C m² "
    "9–5 ma–vr ½ • "
)
WORDS = IN_ONE_LINE.split()
FRAMES = ("Wat vind je van {} in je buurt?", "{} is het begin.", "vraag;{};antwoord", "Zeg “{}”.")


def read_or_none(content: bytes) -> str | None:
    """The text, or None where it is refused."""
    try:
        return decode(content)
    except SetFaults as error:
        [fault] = error.faults
        assert fault.line >= 1
        return None


def encoded(text: str, encoding: str) -> bytes | None:
    """The bytes of a text; None where the encoding lacks a letter of it."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None


def faults(content: bytes, name: str = "a.csv") -> list[tuple[int, str, str]]:
    """Line, kind and the word that is shown, of each fault."""
    with pytest.raises(SetFaults) as caught:
        read_bytes(name, content)
    return [
        (fault.line, fault.kind, fault.details.get("word", "")) for fault in caught.value.faults
    ]


@pytest.mark.parametrize("encoding", EIGHT_BITS)
def test_a_line_of_the_bot_is_read_as_it_was_or_refused(encoding: str) -> None:
    read = 0
    for line in LINES:
        if content := encoded(line, encoding):
            text = read_or_none(content)
            assert text in (line, None), line
            read += text is not None
    possible = sum(encoded(line, encoding) is not None for line in LINES)
    assert possible > 50 and read > 0.9 * possible


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("encoding", EIGHT_BITS)
def test_a_single_word_is_read_as_it_was_or_refused(encoding: str, frame: str) -> None:
    texts = [frame.format(word) for word in WORDS]
    contents = {text: content for text in texts if (content := encoded(text, encoding))}
    readings = {text: read_or_none(content) for text, content in contents.items()}
    assert {text: read for text, read in readings.items() if read not in (text, None)} == {}
    assert sum(read is not None for read in readings.values()) >= 0.6 * len(contents)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), st.sampled_from(EIGHT_BITS))
def test_words_together_are_read_as_they_were_or_refused(words: list[str], encoding: str) -> None:
    text = f"Dit gaat over {' en '.join(words)}."
    if content := encoded(text, encoding):
        assert read_or_none(content) in (text, None)


@pytest.mark.parametrize("encoding", EIGHT_BITS)
def test_words_of_every_day_are_read(encoding: str) -> None:
    text = "Eén idee, drie ideeën: vóór de coördinatie van België vraag je naar het café."
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", (*EIGHT_BITS, *UNICODE))
@pytest.mark.parametrize("file", BUNDLED[:-2], ids=lambda file: file.stem)
def test_a_set_of_the_bot_is_read_as_it_was_or_refused(file: Path, encoding: str) -> None:
    whole = read_set(file)
    table = as_csv(rows_of(whole), fields_of(whole))
    if (content := encoded(table, encoding)) is None:
        return
    try:
        assert read_bytes("a.csv", content) == whole
    except SetFaults:
        assert encoding not in UNICODE


@pytest.mark.parametrize("encoding", UNICODE)
def test_unicode_is_read_in_csv_and_yaml(encoding: str) -> None:
    assert read_bytes("a.csv", as_csv(rows_of()).encode(encoding)) == EXAMPLE
    assert read_bytes("a.txt", as_csv(rows_of(), delimiter="\t").encode(encoding)) == EXAMPLE
    yaml = (PROJECT / "prompts" / "nieuwsgierig.yaml").read_text()
    assert parse_set(yaml.encode(encoding)) == parse_set(yaml.encode())


@pytest.mark.parametrize("mistaken", EIGHT_BITS)
def test_text_that_was_encoded_twice_is_repaired(mistaken: str) -> None:
    text = "Eén café, “geïnteresseerd”…"
    twice = b"".join(
        bytes([byte]).decode(mistaken, "ignore").encode() or f"{byte:c}".encode()
        for byte in text.encode()
    )
    assert twice.decode() != text
    assert decode(twice) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Een café\nen een cafÃ©.", (2, "encoded_twice", "cafÃ©.")),
        ("“Nee”, zei hij\n\nin het cafâ€™.", (3, "encoded_twice", "cafâ€™.")),
        ("Ga naar\nhet caf\ufffd", (2, "lost_letter", "caf\ufffd")),
    ],
)
def test_what_was_encoded_twice_in_part_is_refused(
    text: str, expected: tuple[int, str, str]
) -> None:
    assert faults(text.encode()) == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Stel\neen vraag: a\x92\x8eb.", (2, "odd_letters", "a’Žb.")),
        (b"a\r\nb\r\nde C\xe9\x8ee", (3, "odd_letters", "CéŽe")),
        ("Ga naar\nCAFÉ".encode("cp1252"), (2, "unclear_letters", "CAFÉ")),
        (b"\x81\x8d\x8f", (1, "odd_letters", "\ufffd\ufffd\ufffd")),
        ("één".encode("utf-16") + b"a", (1, "not_text", "")),
        (b"a\0b\xff", (1, "binary", "")),
    ],
)
def test_a_refusal_names_the_line_and_the_word(
    content: bytes, expected: tuple[int, str, str]
) -> None:
    assert faults(content) == [expected]


def test_letters_that_look_odd_in_good_unicode_are_left_alone() -> None:
    text = "Ångström, Łódź, São Paulo, Dvořák, “CAFÉ” … ‘É’, ÇÉÈ, 😀 ❤️ → ½"
    assert decode(text.encode()) == text
