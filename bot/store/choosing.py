"""The next challenge of many members at once, out of what is live for each of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.choice import choose
from bot.store import decks, pasts
from bot.store.pasts import Got
from bot.store.tables import ChallengeRow


@dataclass(frozen=True, slots=True)
class Given:
    """What a member gets next, and how many of their own rounds began before."""

    challenge: ChallengeRow
    rounds: int


async def give(
    session: AsyncSession, member_ids: Collection[int], at: datetime, *, planned: bool
) -> dict[int, Given]:
    """The next challenge of each of these members, kept as what they got.

    Args:
        session: the transaction in which their nudges are made.
        member_ids: who gets one.
        at: the present.
        planned: it begins one of their own rounds.

    Returns:
        By member; for whom nothing is live is not in it.
    """
    if not member_ids:
        return {}
    shelf = await decks.shelf_at(session, at)
    teams = await decks.teams_of(session, member_ids) if shelf.teams else {}
    got: dict[int, Got] = {}
    picked: dict[int, decks.Picked] = {}
    had = await pasts.of_members(session, member_ids)
    for number in member_ids:
        past, theirs = had[number], teams.get(number, decks.NO_TEAMS)
        choice = choose(shelf.deck(theirs), past, number)
        if choice is not None:
            got[number] = Got(past, choice, planned)
            picked[number] = (shelf.version(choice.theme, theirs), choice.number)
    await pasts.note(session, got)
    rows = await decks.challenges_of(session, set(picked.values()))
    return {number: Given(rows[picked[number]], one.past.rounds) for number, one in got.items()}
