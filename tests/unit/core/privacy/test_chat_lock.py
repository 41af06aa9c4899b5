"""Which PINs a lock on the chat may have."""

import pytest

from bot.core.privacy.chat_lock import FEWEST_DIGITS, MOST_DIGITS, is_easy, is_pin


@pytest.mark.parametrize("typed", ["2580", "9" * MOST_DIGITS])
def test_digits_are_a_pin(typed: str) -> None:
    assert is_pin(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2" * (FEWEST_DIGITS - 1),
        "2" * (MOST_DIGITS + 1),
        "12a4",
        "\u0661\u0662\u0663\u0664",
        "12 3",
    ],
)
def test_anything_else_is_none(typed: str) -> None:
    assert not is_pin(typed)


def test_a_pin_that_anybody_tries_first_is_easy() -> None:
    assert [pin for pin in ("0000", "1234", "98765", "2580", "1223", "1357") if is_easy(pin)] == [
        "0000",
        "1234",
        "98765",
    ]
