"""Reads a place as a time zone: a city, a country with one time, or the name of an IANA zone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.spelling import unaccented
from bot.conversation.parsing.vocabulary import vocabulary
from bot.languages.registry import languages
from bot.languages.specification import Language

MOST_WORDS = 5  # of the name of a place
UNIVERSAL = ("UTC", "GMT")
NOWHERE = "ZZ"  # the CLDR's territory of zones without one
# Zones whose clocks agree at each of these moments have one time, as far as a rhythm is concerned.
PROBES = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=30 * n) for n in range(12))


def read_place(text: str) -> tuple[ZoneInfo | None, str]:
    """Returns the time zone of the place in `text`, and what is left; None: it names none.

    Raises:
        NotUnderstood: the place has several times, such as the United States.
    """
    words = text.split()
    for length in range(min(MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            keys = _places(languages()).get(unaccented(name))
            if keys is None:
                continue
            if len(keys) > 1:
                raise NotUnderstood("rhythm.many_times", place=name)
            rest = _without_introduction(words[:start]) + _without_closing(words[start + length :])
            return ZoneInfo(keys[0]), " ".join(rest)
    return None, text


def _without_introduction(words: list[str]) -> list[str]:
    is_introduced = bool(words) and words[-1].lower() in vocabulary().dates.before_place
    return words[:-1] if is_introduced else words


def _without_closing(words: list[str]) -> list[str]:
    is_closed = bool(words) and words[0].lower() in vocabulary().dates.after_place
    return words[1:] if is_closed else words


@cache
def _places(known: tuple[Language, ...]) -> dict[str, tuple[str, ...]]:
    """Returns zones by the names that people call their places; one zone where clocks agree."""
    by_country: dict[str, set[str]] = defaultdict(set)
    zones: dict[str, set[str]] = defaultdict(set)
    territories = get_global("zone_territories")
    for key in available_timezones():
        if "/" in key or key in UNIVERSAL:
            zones[unaccented(key)].add(key)
        # Without a territory it is an old name, such as `US/Central`, or no place at all.
        if "/" in key and (country := territories.get(key, NOWHERE)) != NOWHERE:
            by_country[country].add(key)
            zones[unaccented(key.rpartition("/")[2])].add(key)
            for language in known:
                city = language.babel.time_zones.get(key, {}).get("city")
                zones[unaccented(city or key)].add(key)
    for name, place in _names(known):
        zones[unaccented(name)] |= by_country.get(place, set()) or {place}
    return {name: _apart(sorted(keys)) for name, keys in zones.items() if name}


def _names(known: tuple[Language, ...]) -> Iterator[tuple[str, str]]:
    """Yields the names of countries with their code, and those that the languages add."""
    for language in known:
        for code in set(get_global("zone_territories").values()) - {NOWHERE}:
            yield language.babel.territories.get(code, ""), code
        yield from language.vocabulary.dates.places.items()


def _apart(keys: Sequence[str]) -> tuple[str, ...]:
    """Returns one zone of each group whose clocks agree."""
    if len(keys) == 1:
        return tuple(keys)
    by_offsets = {
        tuple(probe.astimezone(ZoneInfo(key)).utcoffset() for probe in PROBES): key
        for key in reversed(keys)
    }
    return tuple(by_offsets.values())
