"""What a transcript says of what was seen."""

import pytest

from tests.golden.record import BOT, Event, Kind, Record, changed


@pytest.mark.parametrize(
    ("now", "labels", "told"),
    [
        ("Doe dit.\n\nGedaan", (), "…\nGedaan"),
        ("Doe dit.", (), "(de knoppen zijn weg)"),
        ("Doe dit.", (("Ja",),), "…"),
        ("Hoi.", (), "Hoi."),
        ("Iets anders.\n\nEn nog iets.", (), "Iets anders.\n\nEn nog iets."),
    ],
)
def test_a_change_tells_what_is_new(now: str, labels: tuple[object, ...], told: str) -> None:
    assert changed("Hoi.\n\nDoe dit.", now, "nl", labels) == told


def test_a_picture_counts_in_words_only() -> None:
    first, other = (Event(Kind.SAYS, "Hier.", BOT, picture=bytes) for bytes in (b"1", b"2"))
    assert first == other
    with_file = Event(Kind.SAYS, "Hier.", BOT, (("Ja", "Nee"),), "📎 a.zip")
    assert with_file.lines("nl") == ["Olievlek: [📎 a.zip]", "    Hier.", "    [Ja] [Nee]"]


def test_what_differs_each_time_is_shown_the_same() -> None:
    record = Record("en")
    record.add(Event(Kind.SAYS, "Your code: XYZ-9", BOT))
    assert record.shows(r"[A-Z]+-\d", "ABC-1") == "XYZ-9"
    record.add(Event(Kind.SAYS, "/link XYZ-9", "Sanne"))
    assert record.transcript() == "Olievlek: Your code: ABC-1\nSanne: /link ABC-1"
