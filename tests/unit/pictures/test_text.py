"""What stands in a picture can be read, whatever somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.text import Weight, drawable, fit_to_width, font, wrap


@pytest.mark.parametrize(
    "text",
    ["Coördinatie", "Oriëntatie & één café", "Çelik, Łukasz, Šárka", "‘Ja, en…’ – 50 %"],
)
def test_what_colleagues_are_called_stays_as_it_is(text: str) -> None:
    assert drawable(text) == text


def test_accents_that_are_typed_apart_come_together() -> None:
    assert drawable("Coo\u0308rdinatie") == "Coördinatie"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Team 🚀 Zuid", "Team Zuid"),
        ("🚀👩‍👩‍👧", ""),
        ("צוות מזרח", ""),
        ("فريق Oost", "Oost"),
        ("a\u202eb\u0000c\nd", "abc d"),
        ("", ""),
    ],
)
def test_what_the_font_has_no_letters_for_is_left_out(text: str, read: str) -> None:
    assert drawable(text) == read


def test_a_name_that_fits_is_not_cut() -> None:
    assert fit_to_width("Wijkteam Oost", 900, 72, Weight.SEMIBOLD) == "Wijkteam Oost"


def test_a_name_that_does_not_fit_ends_in_an_ellipsis() -> None:
    cut = fit_to_width("Wijkteam Oost " * 20, 500, 72)
    assert cut.startswith("Wijkteam O")
    assert cut.endswith("…")
    assert not cut.endswith(" …")


@given(st.text(max_size=80), st.integers(100, 900))
def test_no_text_is_wider_than_its_room(text: str, width: int) -> None:
    assert font(38).getlength(fit_to_width(text, width, 38)) <= width
    assert all(font(38).getlength(line) <= width for line in wrap(text, width, 38))


def test_a_sentence_goes_on_on_the_next_line() -> None:
    assert wrap("Het is nog vroeg deze week.", 350, 46) == ["Het is nog vroeg", "deze week."]
    assert wrap("", 300, 46) == []
