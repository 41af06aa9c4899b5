"""Challenges that are no more than selecting needs to know of them."""

from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.core.challenges.challenge import Challenge
from bot.core.challenges.fit import DayPart, Span, Tag
from bot.core.challenges.selection import Available, Theme, traits_of

TEXT = {"task": "Doe iets nieuws vandaag.", "reflect": "Hoe ging het?"}


@dataclass(frozen=True)
class Card:
    """A challenge: its number, the name of its set, and what selecting needs to know of it."""

    number: int
    theme: str
    daring: int
    minutes: int = 20
    fits: frozenset[Tag] = frozenset()
    span: Span = Span.TODAY
    at: DayPart | None = None


@cache
def traits_of_card(card: Card) -> list[str]:
    """Returns the traits of a card, as those of a challenge."""
    return traits_of(
        Challenge.of(
            id="a",
            minutes=card.minutes,
            daring=card.daring,
            span=card.span,
            fits=tuple(card.fits),
            at=card.at,
            nl=TEXT,
            en=TEXT,
        )
    )


def available_from(cards: list[Card]) -> Available:
    """Returns these cards as challenges that can be selected."""
    return _available_from(tuple(cards))


@lru_cache
def _available_from(cards: tuple[Card, ...]) -> Available:
    traits: dict[str, Counter[str]] = {card.theme: Counter() for card in cards}
    for card in sorted(cards, key=lambda card: card.theme):
        for trait in traits_of_card(card):
            traits[card.theme][trait] += 1 << card.number
    return Available(tuple(Theme(name, traits[name]) for name in sorted(traits)))


def forget_cards() -> None:
    """Empties the caches of this module, as `nothing_remembered` does those of the rules."""
    traits_of_card.cache_clear()
    _available_from.cache_clear()
