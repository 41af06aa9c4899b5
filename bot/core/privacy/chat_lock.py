"""The lock on a chat in a browser: which PINs there may be, and how many wrong ones."""

import itertools

MINUTES = (1, 5, 15, 60)
"""Without being used, after which the lock may shut; the person chooses."""
FEWEST_DIGITS, MOST_DIGITS = 4, 12
MOST_WRONG = 10
"""PINs in a row; after the last one the browser is signed out."""


def is_pin(typed: str) -> bool:
    """Returns whether this can be a PIN: digits, and enough of them."""
    is_digits = typed.isascii() and typed.isdecimal()
    return is_digits and FEWEST_DIGITS <= len(typed) <= MOST_DIGITS


def is_easy(pin: str) -> bool:
    """Returns whether somebody would try this PIN first: `0000`, `1234` or `4321`."""
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    return steps in ({0}, {1}, {-1})
