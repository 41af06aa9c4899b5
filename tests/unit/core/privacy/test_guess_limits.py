"""How many wrong codes may be typed, in one chat and in all of them."""

from datetime import timedelta

from bot.core.privacy.guess_limits import MAX_CHATS, OVERALL, PER_CHAT, WINDOW, GuessLimits
from tests.support.fakes import MONDAY

SECOND = timedelta(seconds=1)
HERE, THERE = ("paper", "here"), ("paper", "there")


def test_a_chat_waits_after_too_many_until_the_first_is_an_hour_ago() -> None:
    limits = GuessLimits()
    for number in range(PER_CHAT):
        assert limits.blocked_until(HERE, MONDAY + number * SECOND) is None
        limits.count_wrong(HERE, MONDAY + number * SECOND)
    assert limits.blocked_until(HERE, MONDAY + PER_CHAT * SECOND) == MONDAY + WINDOW
    assert limits.blocked_until(HERE, MONDAY + WINDOW - SECOND) == MONDAY + WINDOW
    assert limits.blocked_until(HERE, MONDAY + WINDOW) is None
    assert limits.blocked_until(THERE, MONDAY) is None


def test_codes_typed_while_a_chat_waits_make_it_wait_longer() -> None:
    limits = GuessLimits()
    for number in range(PER_CHAT + 2):
        limits.count_wrong(HERE, MONDAY + number * SECOND)
    assert limits.blocked_until(HERE, MONDAY + PER_CHAT * SECOND) == MONDAY + 2 * SECOND + WINDOW


def test_when_all_chats_typed_too_many_only_those_that_did_wait() -> None:
    limits = GuessLimits()
    for number in range(OVERALL):
        assert limits.blocked_until(HERE, MONDAY) is None
        limits.count_wrong(("paper", str(number)), MONDAY + number * SECOND)
    now = MONDAY + OVERALL * SECOND
    assert limits.blocked_until(("paper", "7"), now) == MONDAY + WINDOW
    assert limits.blocked_until(HERE, now) is None
    limits.count_wrong(HERE, now)
    assert limits.blocked_until(HERE, now) == MONDAY + SECOND + WINDOW
    assert limits.blocked_until(HERE, MONDAY + SECOND + WINDOW) is None


def test_how_many_chats_are_remembered_is_limited() -> None:
    limits = GuessLimits()
    for _ in range(PER_CHAT):
        limits.count_wrong(HERE, MONDAY)
    for number in range(MAX_CHATS - 1):
        limits.count_wrong(("paper", str(number)), MONDAY)
    assert limits.blocked_until(HERE, MONDAY) == MONDAY + WINDOW
    limits.count_wrong(THERE, MONDAY)
    assert limits.blocked_until(HERE, MONDAY) is None
