"""Runs the tests of the rules on a computer in a distant time zone, fourteen hours ahead of UTC."""

import time
from collections.abc import Iterator

import pytest

from bot.core.challenges.nerve import nerve_of
from tests.unit.core.challenges.cards import forget_cards


@pytest.fixture(autouse=True, scope="session")
def far_from_here() -> Iterator[None]:
    """Puts the computer's own clock twelve hours behind UTC.

    The rules use a member's time zone, and never that of the computer; where one did, its test
    would only pass on a computer in the right place.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Etc/GMT+12")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def nothing_remembered() -> None:
    """Empties the caches of the rules, and of what the tests make of them.

    mutmut runs the tests on each change in a copy of a process that ran them before. What that
    remembered would come back as the answer of the changed rule.
    """
    nerve_of.cache_clear()
    forget_cards()
