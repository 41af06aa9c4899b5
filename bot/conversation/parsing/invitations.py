"""Reads the limits of an invitation, as a lead types them."""

from datetime import timedelta

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.vocabulary import vocabulary

MIN_LASTS, MAX_LASTS, MAX_USES = timedelta(days=1), timedelta(days=365), 10_000


def read_limits(typed: str, lasts: timedelta, uses: int) -> tuple[timedelta, int]:
    """Returns how long an invitation works and for how many people: `3 dagen, 10 mensen`.

    Args:
        typed: the words.
        lasts: how long it works when they do not say.
        uses: for how many people when they do not say.

    Raises:
        NotUnderstood: they say something else as well, or something out of bounds.
    """
    rest = typed.lower()
    if match := vocabulary().dates.days.search(rest):
        lasts, rest = timedelta(days=int(match[1])), rest.replace(match[0], "")
    if match := vocabulary().people.search(rest):
        uses, rest = int(match[1]), rest.replace(match[0], "")
    if rest.strip(" ,") or not are_limits(lasts, uses):
        raise NotUnderstood("invite.unclear")
    return lasts, uses


def are_limits(lasts: timedelta, uses: int) -> bool:
    """Returns whether an invitation may work so long, and for so many people."""
    return MIN_LASTS <= lasts <= MAX_LASTS and 0 < uses <= MAX_USES
