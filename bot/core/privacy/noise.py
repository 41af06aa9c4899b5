"""Noise for figures: what one person did may hardly change what is shown.

The two-sided geometric mechanism (A. Ghosh, T. Roughgarden and M. Sundararajan, Universally
utility-maximizing privacy mechanisms, SIAM Journal on Computing 41 (6), 2012): to a count, add a
whole number `n` with probability `(1 - r) / (1 + r) * r ** abs(n)`. One person changes a count by
one, so no outcome is more than `1 / r` times as probable whatever that person did. Whoever knows
all others then still knows the last one no better than that: with `r` = 2/3, a chance of a half
becomes at most 0.6, and no chance grows by more than 10.2 percentage points.
"""

import hmac
from math import floor, log
from secrets import token_hex

RATIO = 2 / 3
VARIANCE = 2 * RATIO / (1 - RATIO) ** 2
"""The variance of the noise that is added to one count."""


def new_noise_key() -> str:
    """Returns a new random key for `noise`."""
    return token_hex(32)


def noise(key: str, label: str) -> int:
    """Returns the number to add to the count that `label` names.

    The same key and label give the same number, so that counting again, for example after a backup
    was put back, shows nothing more. It is the difference of two geometric variables, each the
    logarithm of a uniform one, which come from HMAC-SHA256.
    """
    digest = hmac.digest(key.encode(), label.encode(), "sha256")
    return geometric(digest[:7]) - geometric(digest[7:14])


def geometric(random: bytes) -> int:
    """Returns `k`, 0 or more, with probability `(1 - RATIO) * RATIO ** k` if `random` is random."""
    uniform = (int.from_bytes(random) + 1) / 256 ** len(random)
    return floor(log(uniform) / log(RATIO))
