"""The next challenge of many members at once, out of what is live for each of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.programme import Key
from bot.core.selection import Available, select_challenge
from bot.store.challenges import catalogue, history
from bot.store.challenges import programmes as courses
from bot.store.challenges.history import Received
from bot.store.challenges.programmes import ProgrammeGuide, Programmes
from bot.store.schema.challenges import ChallengeRow


@dataclass(frozen=True, slots=True)
class NextChallenge:
    """What a member gets next.

    Attributes:
        challenge: which one.
        rounds: how many of their own rounds began before.
        guide: what the programme that they follow says about it.
    """

    challenge: ChallengeRow
    rounds: int
    guide: ProgrammeGuide | None


async def select_challenges(
    session: AsyncSession,
    member_ids: Collection[int],
    at: datetime,
    programmes: Programmes,
    *,
    planned: bool,
) -> dict[int, NextChallenge]:
    """The next challenge of each of these members, kept as what they got.

    Args:
        session: the transaction in which their nudges are made.
        member_ids: who gets one.
        at: the present.
        programmes: all there are.
        planned: it begins one of their own rounds.

    Returns:
        By member; for whom nothing is live is not in it.
    """
    if not member_ids:
        return {}
    shelf = await catalogue.live_catalogue(session, at)
    teams = await catalogue.teams_of(session, member_ids) if shelf.teams else {}
    guides = await courses.programme_guides(session, member_ids, programmes, at)
    keys = {key for guide in guides.values() for key in (*guide.candidates, *guide.spare)}
    numbers = await courses.challenge_numbers(session, keys) if keys else {}
    got: dict[int, Received] = {}
    picked: dict[int, catalogue.SelectedKeys] = {}
    had = await history.histories_of(session, member_ids)
    for number in member_ids:
        past, theirs = had[number], teams.get(number, catalogue.NO_TEAMS)
        deck = _within_programme(shelf.deck(theirs), guides.get(number), numbers)
        choice = select_challenge(deck, past, number)
        if choice is not None:
            got[number] = Received(past, choice, planned)
            picked[number] = (shelf.version(choice.theme, theirs), choice.number)
    await history.record_received(session, got)
    rows = await catalogue.challenges_by_number(session, set(picked.values()))
    return {
        number: NextChallenge(rows[picked[number]], one.past.rounds, guides.get(number))
        for number, one in got.items()
    }


def _within_programme(
    deck: Available, guide: ProgrammeGuide | None, numbers: Mapping[Key, int]
) -> Available:
    """What a programme leaves of a deck: this week's, or else all but what is still to come."""
    if guide is None:
        return deck
    asked = _as_bits(guide.candidates, numbers)
    if guide.programme.order == "fixed":  # one that was retired holds up nothing
        each = (_as_bits([key], numbers) for key in guide.candidates)
        asked = next((one for one in each if deck.all & one), 0)
    if deck.all & asked:
        return deck.only(asked)
    rest = deck.all & ~_as_bits(guide.spare, numbers)
    return deck.only(rest) if rest else deck


def _as_bits(keys: Iterable[Key], numbers: Mapping[Key, int]) -> int:
    return sum(1 << numbers[key] for key in keys if key in numbers)
